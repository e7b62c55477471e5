import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { BUILDS, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const COUNT = process.env["TEU_LONG_TESTS"] === "1" ? 10_000 : 20;

/** What a machine has of the things that containers are made of. Other programs use them, too. */
interface Figures {
  readonly mounts: number;
  readonly cgroups: number;
  readonly openFiles: number;
  readonly processes: number;
  readonly kernelKiB: number;
}

function figures(): Figures {
  const lines = (path: string): string[] => readFileSync(path, "utf8").trim().split("\n");
  const memory = new Map(lines("/proc/meminfo").map((line) => line.split(/:\s+/u) as [string, string]));
  const kib = (name: string): number => Number.parseInt(memory.get(name) ?? "0", 10);
  return {
    mounts: lines("/proc/self/mountinfo").length,
    cgroups: lines("/proc/cgroups")
      .slice(1)
      .reduce((sum, line) => sum + Number(line.split(/\s+/u)[2] ?? "0"), 0),
    openFiles: Number(readFileSync("/proc/sys/fs/file-nr", "utf8").split(/\s+/u)[0]),
    processes: readdirSync("/proc").filter((name) => /^\d+$/u.test(name)).length,
    kernelKiB: kib("SUnreclaim") + kib("KernelStack") + kib("PageTables") + kib("Percpu"),
  };
}

suite("many containers in a row", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  for (const [build, program] of BUILDS.entries())
    test(`${COUNT / 2} leave nothing (build ${build + 1})`, { timeout: 3_600_000 }, async (t) => {
      const bundle = session.bundle(["true"], {}, { resources: { pids: { limit: 9 } } });
      const name = `leak-${process.pid}`;
      const script = `i=0; while [ $i -lt ${COUNT / 4} ]; do
$0 --root $1 run -b $2 ${name}-$i || exit 1
$0 --root $1 create -b $2 ${name}-$i && $0 --root $1 start ${name}-$i && $0 --root $1 delete -f ${name}-$i || exit 1
i=$((i+1)); done`;
      const before = figures();
      const shell = spawn("sh", ["-c", script, program, session.root, bundle], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const [status] = (await once(shell, "exit")) as [number];
      assert.equal(status, 0);
      const after = figures();
      t.diagnostic(`${COUNT / 2} containers; before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
      assert.deepEqual(existsSync(session.root) ? readdirSync(session.root) : [], []);
      assert.deepEqual(globSync(`/sys/fs/cgroup/**/${name}-*`), []);
      assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(session.path));
      if (COUNT < 1000) return;
      // What others do meanwhile is far below one of each for a container.
      const most = COUNT / 20;
      assert.ok(after.mounts - before.mounts < most && after.cgroups - before.cgroups < most);
      assert.ok(after.processes - before.processes < most);
      assert.ok(after.kernelKiB - before.kernelKiB < 100_000 + COUNT);
    });
});
