import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type Runtime, openRuntime } from "./runtime.ts";

/** A runtime whose program is a shell script; the script finds the command in `$command`, and its words in `$@`. */
async function scripted(dir: TempDir, script: string): Promise<Runtime> {
  const skipOptions = 'while [ "${1#--}" != "$1" ]; do [ "$1" = --log ] && log=$2; shift 2; done; command=$1; shift';
  const program = await dir.write("runtime", `#!/bin/sh\n${skipOptions}\n${script}\n`);
  await chmod(program, 0o755);
  return openRuntime({ program, root: dir.join("root") });
}

const FAILURE = JSON.stringify({
  level: "error",
  msg: 'mounts[1].source: open "/x": no such file or directory (ENOENT)',
  time: "2020-01-01T00:00:00Z",
  field: "mounts[1].source",
  operation: "open",
  subject: "/x",
  errno: 2,
  hint: "make it",
});

suite("the runtime for Node, over a program that is a script", () => {
  test("words go in as the command line has them, answers come out typed", async () => {
    await using dir = await tempDir();
    const runtime = await scripted(dir, 'echo "{\\"id\\":\\"$1\\",\\"status\\":\\"$command\\"}"');
    assert.deepEqual(await runtime.state("c1"), { id: "c1", status: "state" });
    const nothing = await scripted(dir, "echo null");
    assert.deepEqual([await nothing.list(), await nothing.ps("c1")], [[], []]);
  });

  test("resources are written to the program's input", async () => {
    await using dir = await tempDir();
    const runtime = await scripted(dir, 'test "$(cat)" = \'{"pids":{"limit":5}}\' && test "$*" = "--resources - c1"');
    await runtime.update("c1", { pids: { limit: 5 } });
  });

  test("a failure has the parts that the log has", async () => {
    await using dir = await tempDir();
    const runtime = await scripted(dir, `[ -z "$log" ] || exec 2> "$log"; echo '${FAILURE}' >&2; exit 1`);
    for (const call of [() => runtime.start("c1"), () => runtime.run("c1", { bundle: "b", stdio: "ignore" })]) {
      const error = await assertCode(call, "ERR_CONTAINER_CONFIG");
      const detail = { field: "mounts[1].source", operation: "open", subject: "/x", errno: 2, exitCode: 1 };
      assert.deepEqual([error.detail, error.hint], [detail, "make it"]);
    }
  });

  for (const [message, code] of [
    ["container does not exist", "ERR_CONTAINER_MISSING"],
    ['container with given ID already exists: \\"c1\\"', "ERR_CONTAINER_EXISTS"],
    ["cannot start a container that has stopped", "ERR_CONTAINER_STATE"],
    ["container not running", "ERR_CONTAINER_STATE"],
    ["anything else", "ERR_RUNTIME_FAILED"],
  ] as const)
    test(`"${message}" is ${code}`, async () => {
      await using dir = await tempDir();
      const line = `{"level":"error","msg":"${message}"}`;
      const runtime = await scripted(dir, `cat >&2 <<'END'\nnot JSON\n${line}\nEND\nexit 1`);
      await assertCode(() => runtime.delete("c1"), code);
    });

  test("the exit code of a program is no failure of the runtime", async () => {
    await using dir = await tempDir();
    const runtime = await scripted(dir, "exit 7");
    assert.equal(await runtime.exec("c1", ["sh"], { stdio: "ignore" }), 7);
    const killed = await scripted(dir, "kill -9 $$");
    assert.equal(await killed.run("c1", { bundle: "b", stdio: "ignore" }), 137);
  });

  test("a whole process goes in by a file", async () => {
    await using dir = await tempDir();
    const runtime = await scripted(dir, 'test "$1 $3" = "--process c1" && grep -q \'"cwd":"/x"\' "$2"');
    assert.equal(await runtime.exec("c1", { args: ["a"], cwd: "/x" }, { stdio: "ignore" }), 0);
  });

  test("a program that is not there, and one that talks nonsense", async () => {
    await using dir = await tempDir();
    const absent = openRuntime({ program: dir.join("absent") });
    await assertCode(() => absent.state("c1"), "ERR_RUNTIME_PROGRAM");
    const runtime = await scripted(dir, "echo nonsense");
    await assertCode(() => runtime.features(), "ERR_RUNTIME_ANSWER");
  });

  test("events come line by line, and their failure at the end", async () => {
    await using dir = await tempDir();
    const script = `echo '{"type":"stats","id":"c1"}'; echo '{"type":"oom","id":"c1"}'; echo '${FAILURE}' >&2; exit 1`;
    const runtime = await scripted(dir, script);
    const types: string[] = [];
    await assertCode(async () => {
      for await (const { type } of runtime.events("c1")) types.push(type);
    }, "ERR_CONTAINER_CONFIG");
    assert.deepEqual(types, ["stats", "oom"]);
  });

  test("leaving the loop ends the program", { timeout: 10_000 }, async () => {
    await using dir = await tempDir();
    const runtime = await scripted(dir, `echo '{"type":"stats","id":"c1"}'; exec sleep 100`);
    for await (const { type } of runtime.events("c1")) {
      assert.equal(type, "stats");
      break;
    }
  });

  test("an abort ends the program, and a half-made container is deleted", { timeout: 30_000 }, async () => {
    await using dir = await tempDir();
    const script = `echo "$command $*" >> '${dir.join("calls")}'; [ "$command" = delete ] || exec sleep 100`;
    const runtime = await scripted(dir, script);
    const calls = async (): Promise<string[]> => {
      const text = await readFile(dir.join("calls"), "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    };
    let begun = 0;
    for (const call of [
      (signal: AbortSignal) => runtime.state("c1", { signal }),
      (signal: AbortSignal) => runtime.exec("c1", ["a"], { signal, stdio: "ignore" }),
      (signal: AbortSignal) => runtime.run("c1", { bundle: "b", signal, stdio: "ignore" }),
    ]) {
      const abort = new AbortController();
      const rejected = assert.rejects(call(abort.signal), (reason) => reason === abort.signal.reason);
      // However slow this machine is, the program has begun by then.
      while ((await calls()).length === begun) await setTimeout(10);
      begun += 1;
      abort.abort();
      await rejected;
    }
    assert.deepEqual(await calls(), ["state c1", "exec c1 a", "run --bundle b c1", "delete --force c1"]);
  });
});
