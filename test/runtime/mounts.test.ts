import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Answer, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

type Mount = Readonly<Record<string, unknown>>;

const PROC: Mount = { destination: "/proc", type: "proc", source: "proc" };

suite("mounts", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const runs = (id: string, script: string, mounts: readonly Mount[], linux: Mount = {}): Answer => {
    const path = session.bundle(["sh", "-c", script], { mounts: [PROC, ...mounts] }, linux);
    return onBothBuilds((program) => session.run(program, ["run", "--bundle", path, id]));
  };
  const optionsOf = (place: string): string => `grep ' ${place} ' /proc/self/mountinfo | cut -d' ' -f6`;

  test("attributes of bind mounts are those that are asked for", () => {
    const bind = (destination: string, ...options: string[]): Mount => ({
      destination,
      source: "/usr",
      options: ["bind", ...options],
    });
    const mounts = [
      bind("/tmp/a", "ro", "nosuid"),
      bind("/tmp/b", "noatime", "nodev"),
      bind("/tmp/c", "ro", "rw", "noexec"),
      bind("/tmp/d", "nosymfollow"),
    ];
    const answer = runs("attributes", ["a", "b", "c", "d"].map((name) => optionsOf(`/tmp/${name}`)).join(";"), mounts);
    assert.deepEqual(answer.stdout.split("\n"), [
      "ro,nosuid,relatime",
      "rw,nodev,noatime",
      "rw,noexec,relatime",
      "rw,relatime,nosymfollow",
      "",
    ]);
  });

  test("a bind mount with options has those alone, one without has its source's; a user namespace takes none away", () => {
    const folder = join(session.path, "flags");
    mkdirSync(folder);
    const bind = (destination: string, ...options: string[]): Mount => ({
      destination,
      source: folder,
      options: ["bind", ...options],
    });
    const mounts = [bind("/tmp/a"), bind("/tmp/b", "ro"), bind("/tmp/c", "nodev"), bind("/tmp/d", "private")];
    const script = ["a", "b", "c", "d"].map((name) => optionsOf(`/tmp/${name}`)).join(";");
    const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const namespaces = ["pid", "ipc", "uts", "mount", "network", "user"].map((type) => ({ type }));
    const users = { namespaces, uidMappings: ids, gidMappings: ids };
    const dev = { destination: "/dev", type: "tmpfs", source: "tmpfs" };
    const answers = [{}, users].map((linux) => {
      const path = session.bundle(["sh", "-c", script], { mounts: [PROC, dev, ...mounts] }, linux);
      // The source as a mount that no other test sees.
      const lines = `mount -t tmpfs none ${folder} && mount -o remount,bind,ro,nosuid,noexec ${folder} && exec "$@"`;
      return onBothBuilds((program) =>
        runProgram("unshare", [
          "-m",
          "sh",
          "-c",
          lines,
          program,
          program,
          "--root",
          session.root,
          "run",
          "-b",
          path,
          "flags",
        ]),
      );
    });
    assert.deepEqual(
      answers.map(({ stdout }) => stdout.split("\n").slice(0, 4)),
      [
        ["ro,nosuid,noexec,relatime", "ro,relatime", "rw,nodev,relatime", "ro,nosuid,noexec,relatime"],
        [
          "ro,nosuid,noexec,relatime",
          "ro,nosuid,noexec,relatime",
          "ro,nosuid,nodev,noexec,relatime",
          "ro,nosuid,noexec,relatime",
        ],
      ],
    );
  });

  test("a recursive bind takes all below along, and recursive attributes hold there too", () => {
    const inner = { destination: "/tmp/a/sub", type: "tmpfs", source: "tmpfs" };
    const outer = { destination: "/tmp/a", type: "tmpfs", source: "tmpfs" };
    const again = (options: string[]): Mount => ({ destination: "/tmp/b", source: "/proc", options });
    const deep = runs("recursive", `grep ' /tmp/b' /proc/self/mountinfo | cut -d' ' -f6 | cut -c1-9 | sort -u`, [
      outer,
      inner,
      again(["rbind", "rro", "rnosuid"]),
    ]);
    assert.equal(deep.stdout, "ro,nosuid\n");
  });

  test("a new tmpfs is filled with what stood at its place where that is asked for", () => {
    const folder = join(session.path, "rootfs/etc/up");
    mkdirSync(join(folder, "in"), { recursive: true });
    writeFileSync(join(folder, "in/file"), "text");
    chmodSync(join(folder, "in/file"), 0o751);
    symlinkSync("in/file", join(folder, "link"));
    const mount = { destination: "/etc/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "ro"] };
    const answer = runs("copy", `cat /etc/up/link; stat -c %a /etc/up/in/file; ${optionsOf("/etc/up")}`, [mount]);
    assert.deepEqual(answer, { status: 0, stdout: "text751\nro,relatime\n", stderr: "" });
  });

  test("propagation of the root and of mounts is what is asked for", () => {
    const mount = { destination: "/tmp/a", type: "tmpfs", source: "tmpfs", options: ["shared"] };
    const script =
      "grep -o ' /tmp/a .*shared' /proc/self/mountinfo | wc -l; grep ' / / ' /proc/self/mountinfo | grep -c shared";
    assert.equal(runs("propagation", script, [mount], { rootfsPropagation: "private" }).stdout, "1\n0\n");
  });

  test("mounts are made in their order: a bind finds in the root what a mount before has made", () => {
    const source = join(session.path, "ordered");
    for (const name of ["a", "b"]) {
      mkdirSync(join(source, name, "sub"), { recursive: true });
      writeFileSync(join(source, name, "file"), name);
    }
    const base = session.bundle(["true"]);
    const config = JSON.parse(readFileSync(join(base, "config.json"), "utf8")) as { mounts: unknown[] };
    const root = join(base, "rootfs");
    const mounts = [
      ...config.mounts,
      { destination: "/tmp/one", source: join(source, "a"), options: ["bind"] },
      { destination: "/tmp/one/sub", source: join(source, "b"), options: ["bind"] },
      { destination: `${root}/tmp/two`, source: `${root}/tmp/one`, options: ["rbind"] },
    ];
    writeFileSync(
      join(base, "config.json"),
      JSON.stringify({ ...config, mounts, process: { args: ["cat", "/tmp/two/file", "/tmp/two/sub/file"], cwd: "/" } }),
    );
    assert.equal(onBothBuilds((program) => session.run(program, ["run", "-b", base, "ordered"])).stdout, "ab");
  });

  test("a mount that cannot be made is refused by its field, and nothing is left", () => {
    const cases: readonly (readonly [Mount, RegExp])[] = [
      [
        { destination: "/tmp/x", source: "/nope", options: ["bind"] },
        /mounts\[1\]\.source: mount "\/nope": no such file or directory/,
      ],
      [{ destination: "/tmp/x", type: "nofs", source: "x" }, /mounts\[1\]: mount nofs on "\/tmp\/x": no such device/],
      [
        { destination: "/tmp/x", type: "tmpfs", source: "x", options: ["size=nope"] },
        /mounts\[1\]: mount tmpfs on "\/tmp\/x": invalid argument/,
      ],
    ];
    for (const [mount, message] of cases) {
      const answer = runs("refused", "true", [mount]);
      assert.equal(answer.status, 1);
      assert.match(answer.stderr, message);
    }
    assert.deepEqual(session.leftovers("refused"), []);
  });
});
