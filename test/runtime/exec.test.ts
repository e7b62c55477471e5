import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Answer, onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("exec, pause, update and lists", { skip: skipContainers }, () => {
  const session = new ContainerSession();

  /** Runs `body` while a container sleeps, on both builds. */
  function withSleeper<T>(id: string, body: (run: (...args: string[]) => Answer) => T): T {
    const path = session.bundle(["sleep", "100"]);
    return onBothBuilds((program) => {
      const run = (...args: string[]): Answer => session.run(program, args);
      assert.equal(run("run", "-d", "-b", path, id).stderr, "");
      const result = body(run);
      assert.equal(run("delete", "-f", id).stderr, "");
      return result;
    });
  }

  test("a process runs with the container's settings, changed by options", () => {
    const script = "echo $X; id -u; id -g; pwd; grep CapBnd /proc/self/status; exit 3";
    const answer = withSleeper("exec-1", (run) =>
      run("exec", "-e", "X=1", "--user=1000:100", "--cwd", "/tmp", "exec-1", "sh", "-c", script),
    );
    assert.deepEqual(answer, { status: 3, stdout: "1\n1000\n100\n/tmp\nCapBnd:\t0000000020000420\n", stderr: "" });
  });

  test("--process takes the whole process from a file, and the pid file is written", () => {
    const file = join(session.path, "process.json");
    const pidFile = join(session.path, "exec.pid");
    writeFileSync(file, JSON.stringify({ args: ["sh", "-c", "echo $PATH; exit 9"], cwd: "/", env: ["PATH=/x:/bin"] }));
    const answer = withSleeper("exec-2", (run) => run("exec", "--process", file, "--pid-file", pidFile, "exec-2"));
    assert.deepEqual(answer, { status: 9, stdout: "/x:/bin\n", stderr: "" });
    assert.match(readFileSync(pidFile, "utf8"), /^[0-9]+$/);
  });

  test("what cannot be run is refused in the words that callers look for", () => {
    const cases = [
      [["exec-3", "nope"], /executable file not found in \$PATH/],
      [["exec-3", "/etc"], /is a directory/],
      [["--user", "1x", "exec-3", "id"], /--user: "1x" is not a numeric id/],
      [["gone", "id"], /container does not exist/],
      [["--tty", "--detach", "exec-3", "id"], /cannot allocate tty/],
    ] as const;
    const answers = withSleeper("exec-3", (run) => cases.map(([args]) => run("exec", ...args)));
    for (const [i, [, message]] of cases.entries()) {
      assert.equal(answers[i]?.status, 255);
      assert.match(answers[i]?.stderr ?? "", message);
    }
  });

  test("a paused container takes no process, but for one that asks", () => {
    withSleeper("paused", (run) => {
      const status = (): string => run("state", "paused").stdout.match(/"status": "(\w+)"/u)?.[1] ?? "";
      assert.match(run("resume", "paused").stderr, /not paused/);
      assert.equal(run("pause", "paused").status, 0);
      assert.equal(status(), "paused");
      assert.match(run("exec", "paused", "true").stderr, /cannot exec in a paused container/);
      assert.equal(run("resume", "paused").status, 0);
      assert.equal(status(), "running");
      assert.equal(run("pause", "paused").status, 0);
    });
  });

  test("ps and list show what runs", () => {
    withSleeper("listed", (run) => {
      const pids = JSON.parse(run("ps", "--format", "json", "listed").stdout) as number[];
      assert.equal(pids.length, 1);
      assert.match(run("ps", "listed").stdout, /PID .*CMD\n.* +[0-9]+ .*sleep 100\n/);
      assert.equal(run("list", "-q").stdout, "listed\n");
      const [entry] = JSON.parse(run("list", "--format=json").stdout) as Record<string, unknown>[];
      assert.deepEqual([entry?.["id"], entry?.["status"], entry?.["pid"]], ["listed", "running", pids[0]]);
    });
  });
});
