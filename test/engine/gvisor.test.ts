/**
 * Containers under gVisor's runsc, as Debian 13 packages it. `TEU_RUNSC` names one that is not installed. The runsc of sid was
 * built with a newer Go than it knows and panics now and then; that of Debian 12 is older than its platform systrap.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type SkipReason, anyOf } from "@teu/testing/skip";
import { projectRoot } from "../../tools/project.ts";
import { EngineSession, IMAGE, skipEngine } from "./session.ts";

const RUNSC = process.env["TEU_RUNSC"] ?? "runsc";
const needsRunsc: SkipReason =
  spawnSync(RUNSC, ["--version"]).status !== 0 && "needs runsc, as in Debian 13: TEU_RUNSC may name it";
const needsTime: SkipReason = process.env["TEU_LONG_TESTS"] !== "1" && "a long form: set TEU_LONG_TESTS=1";

suite("containers under gVisor", { skip: anyOf(skipEngine, needsRunsc) }, () => {
  const engine = new EngineSession();

  /** runsc with the network that the engine makes, or its own, and the platform that needs nothing of the machine. */
  function runtime(network: "host" | "sandbox" = "host"): string {
    const path = join(engine.root, `runsc-${network}`);
    writeFileSync(path, `#!/bin/sh\nexec ${RUNSC} --network=${network} --platform=systrap "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  test("output, exit codes, exec, signals and removal", async () => {
    const answer = engine.run(["--runtime", runtime()], "sh", "-c", "dmesg | head -1; exit 7");
    assert.deepEqual([answer.status, /Starting gVisor/.test(answer.stdout)], [7, true], answer.stderr);
    const options = ["--network", "none", "--name", "guest", "--runtime", runtime()];
    const started = engine.teu(
      "run",
      "-d",
      ...options,
      IMAGE,
      "sh",
      "-c",
      "trap 'exit 9' TERM; while true; do sleep 0.1; done",
    );
    assert.equal(started.status, 0, started.stderr);
    assert.match(engine.teu("exec", "guest", "dmesg").stdout, /Starting gVisor/);
    assert.equal((await engine.here("stop", "guest")).status, 0);
    assert.equal(await engine.inspect("guest", "State.ExitCode"), "9");
    assert.equal((await engine.here("rm", "guest")).status, 0);
    assert.deepEqual(engine.names(), []);
  });

  test("a network that gVisor's own cannot take over is refused, with what to do", () => {
    const options = ["--rm", "--network", "host", "--runtime", runtime("sandbox")];
    const { status, stderr } = engine.teu("run", ...options, IMAGE, "true");
    assert.equal(status, 125);
    assert.match(stderr, /root network namespace\n.*gVisor brings a network of its own.*--network=host/);
    assert.deepEqual(engine.names(), []);
  });

  test("the application of the quickstart answers", { skip: needsTime }, async () => {
    const built = await engine.here("build", join(projectRoot, "examples/convert-service"), "--tag", "guest:1");
    assert.equal(built.status, 0, built.stderr);
    const port = await freePort();
    const options = ["-d", "--name", "app", "--network", "host", "-e", `PORT=${port}`, "--runtime", runtime()];
    const started = engine.teu("run", ...options, "guest:1");
    assert.equal(started.status, 0, started.stderr);
    assert.equal(await ask(`http://127.0.0.1:${port}/`), '{"hello":["from","gVisor"]}\n');
    assert.equal(engine.teu("exec", "app", "node", "-p", "os.release()").stdout, "4.4.0\n");
    assert.equal((await engine.here("rm", "-f", "app")).status, 0);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Asks until there is an answer. */
async function ask(url: string): Promise<string> {
  const request = { method: "POST", headers: { "content-type": "application/yaml" }, body: "hello: [from, gVisor]\n" };
  for (let left = 100; ; left -= 1) {
    try {
      return await (await fetch(url, request)).text();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(200);
    }
  }
}
