import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Answer, BUILDS, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const isLong = process.env["TEU_LONG_TESTS"] === "1";
const skip = runProgram("strace", ["-V"]).status === 0 ? skipContainers : "needs strace";

/** Processes whose command line has `word`, but for this one. */
function processesWith(word: string): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^[0-9]+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(word);
    } catch {
      return false;
    }
  });
}

suite("a runtime that is killed at any of its system calls", { skip }, () => {
  const session = new ContainerSession();
  const path = skip === false ? session.bundle(["sleep", "100"], {}, { resources: { pids: { limit: 9 } } }) : "";
  // Others on this machine mount things, too.
  const mounts = (): string[] =>
    readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(session.path));

  const strace = (options: readonly string[], program: string, args: readonly string[]): Answer =>
    runProgram("strace", ["-qq", ...options, program, "--root", session.root, ...args]);

  /** The calls that `args` makes, in order, each with how often it was made by then. */
  const callsOf = (program: string, args: readonly string[]): (readonly [string, number])[] => {
    const file = join(session.path, "calls");
    strace(["-o", file], program, args);
    const counts = new Map<string, number>();
    return readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => /^([a-z][a-z0-9_]*)\(/.exec(line)?.[1] ?? [])
      .map((name) => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        return [name, counts.get(name) ?? 0] as const;
      });
  };

  /**
   * Kills `args` at its calls, and cleans up after each. Returns how often it was killed. A short run takes four of those
   * that come first of their kind: how often it calls again while it waits depends on the machine.
   */
  const killEverywhere = async (program: string, id: string, args: readonly string[], prepare: () => void) => {
    prepare();
    const calls = callsOf(program, args).filter(([, count]) => isLong || count === 1);
    session.run(program, ["delete", "--force", id]);
    let cuts = 0;
    for (let i = 0; i < calls.length; i += isLong ? 1 : Math.ceil(calls.length / 4)) {
      const [name, count] = calls[i] ?? ["", 0];
      prepare();
      const { status } = strace(["-o", "/dev/null", "-e", `inject=${name}:signal=KILL:when=${count}`], program, args);
      if (status === null || status === 137) cuts += 1;
      const removed = session.run(program, ["delete", "--force", id]);
      const what = `${args[0]} killed at ${name} ${count}`;
      assert.deepEqual([removed.status, session.leftovers(id)], [0, []], `${what}: ${removed.stderr}`);
      // Who was waiting for the runtime ends with it.
      for (let wait = 0; wait < 200 && processesWith(id).length > 0; wait++) await setTimeout(5);
      assert.deepEqual(processesWith(id), [], `${what}: processes are left`);
    }
    return cuts;
  };

  for (const [index, program] of BUILDS.entries()) {
    const id = `killed-${process.pid}-${index}`;
    const runs = (...args: string[]): void => assert.equal(session.run(program, args).stderr, "");

    test(`create leaves what delete --force removes, build ${index}`, async () => {
      const before = mounts();
      assert.ok((await killEverywhere(program, id, ["create", "--bundle", path, id], () => {})) > 1);
      assert.deepEqual(mounts(), before);
    });

    test(`so do exec and delete, build ${index}`, async () => {
      const running = (): void => runs("run", "--detach", "--bundle", path, id);
      assert.ok((await killEverywhere(program, id, ["exec", id, "true"], running)) > 1);
      assert.ok((await killEverywhere(program, id, ["delete", "--force", id], running)) > 1);
    });
  }
});
