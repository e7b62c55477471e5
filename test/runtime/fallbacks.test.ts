import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { makeRoot } from "./bundle.ts";
import { type Answer, onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";
import { NEW_CALLS, compileFilter, runWithout } from "./without-calls.ts";

const ENOSYS = 38;

suite("kernels without the newer calls", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const filter = join(session.path, "filter");
  if (skipContainers === false) compileFilter(filter);
  const runs = (path: string, calls: readonly number[]): Answer =>
    onBothBuilds((program) =>
      runWithout(filter, calls, ENOSYS, [program, "--root", session.root, "run", "--bundle", path, "old"]),
    );

  const everything = [
    "cat /data/name; touch /data/x 2>&1 | grep -o Read-only",
    "cat /etc/secret /sys/firmware/* 2>/dev/null | wc -c; ls -A /sys/firmware | wc -l",
    "sysctl -n kernel.msgmax; echo 5 2>/dev/null > /proc/sys/kernel/msgmax || echo protected",
    "grep -c ' /data ' /proc/self/mountinfo; ls /kept",
  ].join("\n");

  for (const [name, calls] of [
    ["openat2", [NEW_CALLS.openat2]],
    ["open_tree, move_mount and fsopen", [NEW_CALLS.openTree, NEW_CALLS.moveMount, NEW_CALLS.fsopen]],
    ["mount_setattr", [NEW_CALLS.mountSetattr]],
    ["any of them", Object.values(NEW_CALLS)],
  ] as const)
    test(`without ${name} a container has all of its mounts, masks and parameters`, () => {
      const data = join(session.path, "data");
      mkdirSync(data, { recursive: true });
      writeFileSync(join(data, "name"), "bound\n");
      const root = join(session.path, "old-root");
      rmSync(root, { recursive: true, force: true });
      makeRoot(root);
      writeFileSync(join(root, "etc/secret"), "secret");
      mkdirSync(join(root, "kept"));
      const mounts = [
        { destination: "/proc", type: "proc", source: "proc" },
        { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
        { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
        { destination: "/data", source: data, options: ["bind", "ro", "nodev"] },
        { destination: "/kept/new", type: "tmpfs", source: "tmpfs", options: ["size=1m"] },
      ];
      const linux = {
        sysctl: { "kernel.msgmax": "4096" },
        maskedPaths: ["/etc/secret", "/sys/firmware", "/nothing"],
        readonlyPaths: ["/proc/sys"],
      };
      const path = session.bundle(["sh", "-c", everything], { root: { path: root }, mounts }, linux);
      const answer = runs(path, calls);
      assert.equal(answer.stderr, "");
      assert.equal(answer.stdout, "bound\nRead-only\n0\n0\n4096\nprotected\n1\nnew\n");
    });

  test("without openat2 links of the image still do not lead out", () => {
    const outside = mkdtempSync("/var/tmp/teu-outside-");
    after(() => rmSync(outside, { recursive: true, force: true }));
    const root = join(session.path, "old-hostile");
    makeRoot(root);
    symlinkSync(outside, join(root, "out"));
    symlinkSync("../../../../../../..", join(root, "up"));
    symlinkSync("loop", join(root, "loop"));
    const mounts = [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/out/a", type: "tmpfs", source: "tmpfs" },
      { destination: `/up${outside}/b`, type: "tmpfs", source: "tmpfs" },
    ];
    const path = session.bundle(["ls", outside], { root: { path: root }, mounts });
    assert.deepEqual(runs(path, [NEW_CALLS.openat2]), { status: 0, stdout: "a\nb\n", stderr: "" });
    assert.deepEqual([existsSync(join(outside, "a")), existsSync(join(outside, "b"))], [false, false]);
    const looped = [...mounts, { destination: "/loop/c", type: "tmpfs", source: "tmpfs" }];
    const loop = session.bundle(["true"], { root: { path: root }, mounts: looped });
    assert.match(runs(loop, [NEW_CALLS.openat2]).stderr, /mounts\[3\]: .*too many levels of symbolic links/);
  });
});
