import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { after, suite, test } from "node:test";
import { makeRoot } from "./bundle.ts";
import { type Answer, BUILDS, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const needsPython = existsSync("/usr/bin/python3") ? false : "needs python3";

suite("containers stay inside", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const runs = (id: string, path: string): Answer =>
    onBothBuilds((program) => session.run(program, ["run", "--bundle", path, id]));

  test("the program's own file cannot be written from a process that enters (CVE-2019-5736)", () => {
    // The attack: hold the file of a process that enters until nobody runs it any more, then open it for writing.
    const attack = [
      "exec 9< /proc/$PPID/exe",
      "(until sleep 0.1; sh -c ': >> /proc/self/fd/9' 2> /tmp/try; ! grep -q busy /tmp/try; do :; done",
      "mv /tmp/try /tmp/result; echo tried >> /tmp/result) &",
    ].join("; ");
    const hook = { path: "/bin/sh", args: ["sh", "-c", attack], env: ["PATH=/bin"] };
    // With every right that a container can have.
    const all = ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"];
    const capabilities = { bounding: all, effective: all, permitted: all };
    const path = session.bundle(["sleep", "100"], { hooks: { startContainer: [hook] } }, {}, { capabilities });
    const result = onBothBuilds((build) => {
      // A copy, which no other container on this machine runs.
      const program = join(session.path, basename(build));
      copyFileSync(build, program);
      assert.equal(session.run(program, ["create", "-b", path, "seal"]).stderr, "");
      assert.equal(session.run(program, ["start", "seal"]).stderr, "");
      const wait = "until [ -s /tmp/result ]; do sleep 0.1; done; sleep 0.1; cat /tmp/result; rm /tmp/result";
      const { stdout } = runProgram("/bin/sh", ["-c", `cd ${session.path}/rootfs; ${wait.replaceAll("/tmp", "tmp")}`]);
      assert.equal(session.run(program, ["delete", "-f", "seal"]).stderr, "");
      return stdout;
    });
    assert.match(result, /Read-only file system/);
  });

  test("links of the image do not lead mounts, devices and folders to the host (CVE-2019-18837, 2024-45310, 2026-41579)", () => {
    const outside = mkdtempSync("/var/tmp/teu-outside-");
    after(() => rmSync(outside, { recursive: true, force: true }));
    const root = join(session.path, "hostile");
    for (const link of ["dev", "tmp"]) {
      rmSync(root, { recursive: true, force: true });
      rmSync(outside, { recursive: true, force: true });
      mkdirSync(outside);
      makeRoot(root);
      rmSync(join(root, link), { recursive: true, force: true });
      symlinkSync(outside, join(root, link));
      const mounts = [
        { destination: "/proc", type: "proc", source: "proc" },
        { destination: "/tmp/deep/er", type: "tmpfs", source: "tmpfs" },
        { destination: "/tmp/file", source: "/etc/hostname", options: ["bind"] },
      ];
      const path = session.bundle(["sh", "-c", "ls /tmp/deep"], { root: { path: root }, mounts });
      assert.equal(runs("links", path).stdout, "er\n");
      assert.deepEqual(
        [existsSync(join(outside, "deep")), existsSync(join(outside, "file")), existsSync(join(outside, "null"))],
        [false, false, false],
      );
    }
  });

  test("a masked path that the image makes a link is masked where the link leads, inside (CVE-2025-31133)", () => {
    const root = join(session.path, "masked");
    makeRoot(root);
    writeFileSync(join(root, "etc/secret"), "secret");
    symlinkSync("/etc/secret", join(root, "etc/link"));
    const path = session.bundle(["cat", "/etc/secret"], { root: { path: root } }, { maskedPaths: ["/etc/link"] });
    assert.deepEqual(runs("masked", path), { status: 0, stdout: "", stderr: "" });
    // What masks is the null device, and not what stands at its path.
    const swapped = 'mount --bind "$0" /dev/null && exec "$@"';
    const words = ["--root", session.root, "run", "-b", path, "masked"];
    const refused = onBothBuilds((program) =>
      runProgram("unshare", ["-m", "sh", "-c", swapped, join(root, "etc/secret"), program, ...words]),
    );
    assert.match(refused.stderr, /"\/dev\/null" is not the null device/);
  });

  test("the working folder lies inside, and no descriptor of the host is left (CVE-2024-21626)", () => {
    for (const fd of [3, 4, 5, 6, 7, 8, 9]) {
      const path = session.bundle(["readlink", "/proc/self/cwd"], {}, {}, { cwd: `/proc/self/fd/${fd}` });
      const { status, stdout } = runs("cwd", path);
      // What can be a descriptor of the container's own root is its root.
      assert.ok(status !== 0 || stdout.startsWith("/"), stdout);
    }
    // Nor is what the caller had open a way out.
    const out = session.bundle(["readlink", "/proc/self/cwd"], {}, {}, { cwd: "/proc/self/fd/9" });
    const line = `exec 9</var/tmp; exec "$0" --root ${session.root} run -b ${out} cwd`;
    const led = onBothBuilds((program) => runProgram("/bin/sh", ["-c", line, program]));
    assert.equal(led.stdout, "", led.stdout);
    const path = session.bundle(["sh", "-c", "ls /proc/self/fd"]);
    assert.deepEqual(runs("fds", path).stdout.trim().split("\n"), ["0", "1", "2", "3"]);
  });

  test("sysctls that reach beyond the container's namespaces are refused", () => {
    const cases = [
      ["kernel.domainname", { namespaces: [{ type: "mount" }] }],
      ["vm.swappiness", {}],
      ["net/ipv4/ip_forward", { namespaces: [{ type: "mount" }] }],
      ["net.../../kernel/core_pattern", {}],
    ] as const;
    for (const [name, linux] of cases) {
      const path = session.bundle(["true"], { hostname: "" }, { sysctl: { [name]: "1" }, ...linux });
      const answer = runs("sysctl", path);
      assert.equal(answer.status, 1, name);
      assert.match(answer.stderr, /linux\.sysctl/);
    }
  });

  test("inheritable and ambient capabilities are empty unless asked for (CVE-2022-29162)", () => {
    const path = session.bundle(["grep", "-E", "Cap(Inh|Amb)", "/proc/self/status"]);
    assert.equal(runs("caps", path).stdout, "CapInh:\t0000000000000000\nCapAmb:\t0000000000000000\n");
  });

  test("a process on its way into a container cannot be looked into from there (CVE-2016-9962)", () => {
    // Root of the user namespace, with the right to trace whatever is in it.
    const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const namespaces = ["pid", "ipc", "uts", "mount", "network", "user"].map((type) => ({ type }));
    const all = ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH"];
    const capabilities = { bounding: all, effective: all, permitted: all };
    const mounts = [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs" },
    ];
    const linux = { namespaces, uidMappings: ids, gidMappings: ids };
    const path = session.bundle(["sleep", "100"], { mounts }, linux, { capabilities });
    const tries =
      "for at in fd cwd root exe; do ls /proc/1/$at/ > /dev/null 2>&1 && echo $at; readlink /proc/1/$at; done; true";
    const found = onBothBuilds((program) => {
      // The first process waits for start, with the runtime's rights and descriptors.
      assert.equal(session.run(program, ["create", "-b", path, "traced"]).stderr, "");
      const { stdout } = session.run(program, ["exec", "traced", "sh", "-c", tries]);
      session.run(program, ["delete", "-f", "traced"]);
      return stdout;
    });
    assert.equal(found, "");
  });

  test(
    "a folder that turns into a link while mounts are made leads none of them to the host (CVE-2021-30465)",
    { skip: needsPython },
    async () => {
      const outside = mkdtempSync("/var/tmp/teu-outside-");
      after(() => rmSync(outside, { recursive: true, force: true }));
      const root = join(session.path, "swapped");
      makeRoot(root);
      mkdirSync(join(root, "volume/a"), { recursive: true });
      mkdirSync(join(outside, "a"));
      symlinkSync(outside, join(root, "other"));
      const swap = `import ctypes
libc = ctypes.CDLL(None)
while True: libc.renameat2(-100, b"${root}/volume", -100, b"${root}/other", 2)`;
      const swapper = spawn("python3", ["-c", swap], { stdio: "ignore" });
      const source = join(session.path, "mounted-source");
      mkdirSync(source);
      const mounts = Array.from({ length: 24 }, () => ({
        destination: "/volume/a",
        source,
        options: ["bind"],
      }));
      const proc = { destination: "/proc", type: "proc", source: "proc" };
      const script = "grep -c '/mounted-source /' /proc/self/mountinfo";
      const path = session.bundle(["sh", "-c", script], { root: { path: root }, mounts: [proc, ...mounts] });
      try {
        for (const program of BUILDS)
          for (let round = 0; round < 5; round++) {
            const { stdout, stderr } = session.run(program, ["run", "-b", path, "swapped"]);
            // All of them are seen inside, wherever there.
            assert.ok(stdout === "24\n" || /mounts\[\d+\]/.test(stderr), stdout + stderr);
            assert.deepEqual(readdirSync(outside), ["a"]);
            assert.deepEqual(readdirSync(join(outside, "a")), []);
          }
      } finally {
        swapper.kill("SIGKILL");
        await once(swapper, "exit");
      }
    },
  );

  test("the terminal is of the container's own devpts, and /dev/console stays inside (CVE-2025-52565)", () => {
    const root = join(session.path, "consoles");
    makeRoot(root);
    const secret = join(session.path, "secret");
    writeFileSync(secret, "of the host");
    mkdirSync(join(root, "dev/pts"));
    symlinkSync(secret, join(root, "dev/console"));
    const proc = { destination: "/proc", type: "proc", source: "proc" };
    const pts = {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["newinstance", "ptmxmode=0666"],
    };
    const args = ["sh", "-c", "tty; grep -c ' /dev/console ' /proc/self/mountinfo"];
    const run = (mounts: readonly unknown[]): Answer => {
      const path = session.bundle(args, { root: { path: root }, mounts }, {}, { terminal: true });
      return onBothBuilds((program) => session.run(program, ["run", "-b", path, "console"]));
    };
    const led = run([proc, pts]);
    assert.match(led.stdout, /^\/dev\/pts\/0\r?\n/);
    assert.equal(readFileSync(secret, "utf8"), "of the host");
    // What the image has in the place of a terminal is none.
    writeFileSync(join(root, "dev/pts/ptmx"), "");
    assert.match(run([proc]).stderr, /process\.terminal: "\/dev\/pts" of the container is not a devpts/);
    rmSync(join(root, "dev/pts/ptmx"));
    symlinkSync("/proc/self/fd/0", join(root, "dev/pts/ptmx"));
    assert.equal(run([proc]).status, 1);
  });

  test("ids of containers are plain names", () => {
    for (const id of ["..", "a/b", "../x", "a b", "."]) {
      const answer = runs(id, session.bundle(["true"]));
      assert.match(answer.stderr, /invalid container id format/);
    }
  });
});
