import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Answer, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("cgroups by systemd", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const socket = join(session.path, "bus");
  const log = join(session.path, "bus.log");
  const env = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${socket}` };
  let bus: ChildProcess | undefined;

  before(async () => {
    const program = join(import.meta.dirname, "fake-systemd.ts");
    bus = spawn(process.execPath, ["--conditions=@teu/source", program, socket, log], { stdio: "ignore" });
    for (let i = 0; i < 1000 && !existsSync(socket); i++) await setTimeout(5);
  });
  after(() => {
    bus?.kill("SIGKILL");
    // A real systemd would end these slices.
    for (const slice of ["teu.slice/teu-test.slice", "teu.slice", "system.slice"])
      for (const folder of globSync(`/sys/fs/cgroup/*/${slice}`)) runProgram("rmdir", [folder]);
  });

  const teu = (program: string, ...args: string[]): Answer =>
    runProgram(program, ["--root", session.root, "--systemd-cgroup", ...args], { env });
  const calls = (): string[] => {
    const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
    writeFileSync(log, "");
    return lines.filter((line) => /^(?:Start|Stop|Set)/u.test(line));
  };

  test("a scope is made around the first process, changed by update and stopped by delete", () => {
    const linux = { cgroupsPath: "teu-test.slice:box:unit-1", resources: { pids: { limit: 20 } } };
    const annotations = { "org.systemd.property.TimeoutStopUSec": "uint64 123456789" };
    const path = session.bundle(["sleep", "100"], { annotations }, linux);
    onBothBuilds((program) => {
      calls();
      assert.deepEqual(teu(program, "create", "--bundle", path, "unit-1"), { status: 0, stdout: "", stderr: "" });
      const { pid } = JSON.parse(teu(program, "state", "unit-1").stdout) as { pid: number };
      const cgroups = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
      for (const line of cgroups) assert.match(line, /:\/teu\.slice\/teu-test\.slice\/box-unit-1\.scope$/);
      const [started = "", ...others] = calls();
      assert.deepEqual(others, []);
      assert.match(started, /^StartTransientUnit box-unit-1\.scope replace .*Slice.*teu-test\.slice.*Delegate.*PIDs/);
      assert.match(started, /TasksMax.*TimeoutStopUSec/);
      assert.equal(teu(program, "start", "unit-1").stderr, "");
      assert.equal(teu(program, "exec", "unit-1", "true").stderr, "");
      assert.equal(teu(program, "update", "--pids-limit", "30", "unit-1").stderr, "");
      assert.match(calls()[0] ?? "", /^SetUnitProperties box-unit-1\.scope .*TasksMax/);
      assert.equal(teu(program, "delete", "--force", "unit-1").stderr, "");
      assert.match(calls()[0] ?? "", /^StopUnit box-unit-1\.scope replace/);
      return cgroups.length > 0;
    });
    assert.deepEqual(session.leftovers("box-unit-1.scope"), []);
  });

  test("a container that fails leaves no unit, and a path that is none of systemd's is refused", () => {
    const path = session.bundle(["/nope"]);
    onBothBuilds((program) => {
      calls();
      assert.match(teu(program, "run", "--bundle", path, "unit-2").stderr, /no such file/);
      assert.deepEqual(
        calls().map((line) => line.split(" ", 2)),
        [
          ["StartTransientUnit", "runc-unit-2.scope"],
          ["StopUnit", "runc-unit-2.scope"],
        ],
      );
    });
    assert.deepEqual(session.leftovers("runc-unit-2.scope"), []);
    const wrong = session.bundle(["true"], {}, { cgroupsPath: "/a/b" });
    const answer = onBothBuilds((program) => teu(program, "run", "--bundle", wrong, "unit-3"));
    assert.match(answer.stderr, /linux\.cgroupsPath: expected slice:prefix:name/);
  });

  test("no bus is a failure that leaves nothing, and cgroups can be left out altogether", () => {
    const path = session.bundle(["cat", "/proc/self/cgroup"]);
    const gone = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${session.path}/none` };
    const failed = onBothBuilds((program) =>
      runProgram(program, ["--root", session.root, "--systemd-cgroup", "run", "-b", path, "unit-4"], { env: gone }),
    );
    assert.match(failed.stderr, /linux\.cgroupsPath: connect .*no such file or directory/);
    assert.deepEqual(session.leftovers("runc-unit-4.scope"), []);
    const none = onBothBuilds((program) =>
      session.run(program, ["--cgroup-manager", "disabled", "run", "-b", path, "unit-5"]),
    );
    assert.equal(none.stdout, readFileSync("/proc/self/cgroup", "utf8"));
  });
});
