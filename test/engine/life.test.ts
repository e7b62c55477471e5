import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineSession, IMAGE, outcomeOf, skipEngine } from "./session.ts";

const skipLong: string | false = process.env["TEU_LONG_TESTS"] === "1" ? false : "takes long: TEU_LONG_TESTS=1";

suite("containers that go on", { skip: skipEngine }, () => {
  const engine = new EngineSession();
  const detached = (name: string, ...words: readonly string[]): void => {
    const answer = engine.teu("run", "-d", "--network", "none", "--name", name, ...words);
    assert.equal(answer.status, 0, answer.stderr);
  };

  test("from start to end: ps, exec, logs, pause, cp, stop, wait, start, rm", async () => {
    detached("one", IMAGE, "sh", "-c", "echo started; trap 'exit 3' TERM; while true; do sleep 0.05; done");
    assert.match((await engine.here("ps")).stdout, /Up .*one/);
    assert.equal(engine.teu("exec", "-e", "X=1", "one", "sh", "-c", "echo $X; exit 4").status, 4);
    assert.equal(engine.teu("exec", "one", "no-such-program").status, 127);
    assert.equal((await engine.here("logs", "one")).stdout, "started\n");
    await engine.here("pause", "one");
    assert.equal(await engine.inspect("one", "State.Status"), "paused");
    await engine.here("unpause", "one");
    const file = join(engine.root, "file");
    writeFileSync(file, "carried");
    assert.equal((await engine.here("cp", file, "one:/tmp/inside")).status, 0);
    assert.equal(engine.teu("exec", "one", "cat", "/tmp/inside").stdout, "carried");
    const waiting = outcomeOf(engine.start("wait", "one"));
    await sleep(300);
    assert.equal((await engine.here("stop", "-t", "5", "one")).status, 0);
    assert.deepEqual(await waiting, { status: 0, stdout: "3\n", stderr: "" });
    assert.match((await engine.here("ps", "-a")).stdout, /Exited \(3\)/);
    assert.equal((await engine.here("cp", "one:/tmp/inside", `${file}.back`)).status, 0);
    assert.equal(readFileSync(`${file}.back`, "utf8"), "carried");
    assert.equal(engine.teu("start", "one").status, 0);
    assert.equal(await engine.inspect("one", "State.Status"), "running");
    assert.equal((await engine.here("rm", "one")).status, 1);
    assert.equal((await engine.here("rm", "-f", "one")).status, 0);
    assert.deepEqual(engine.names(), []);
  });

  test("a name that is taken", async () => {
    await engine.here("create", "--name", "taken", IMAGE, "true");
    const answer = engine.teu("run", "--name", "taken", IMAGE, "true");
    assert.deepEqual([answer.status, /has that name/.test(answer.stderr)], [125, true]);
    await engine.here("rm", "taken");
  });

  test("a monitor that is killed: ps tells the truth, and rm -f cleans up", async () => {
    detached("k1", IMAGE, "sleep", "1000");
    process.kill(Number(await engine.inspect("k1", "State.MonitorPid")), "SIGKILL");
    assert.equal(await engine.inspect("k1", "State.Status"), "running");
    const pid = Number(await engine.inspect("k1", "State.Pid"));
    assert.equal(engine.teu("exec", "k1", "true").status, 0);
    assert.equal((await engine.here("rm", "-f", "k1")).status, 0);
    // Nobody may be there to reap it, but it runs no more.
    assert.ok(!existsSync(`/proc/${pid}/exe`) || !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("sleep"));
    assert.deepEqual(readdirSync(join(engine.root, "run/runtime/teu-runtime")), []);
  });

  test("monitor and container killed at once: ps tells the truth, and start starts", async () => {
    detached("k2", IMAGE, "sleep", "1000");
    const pids = await Promise.all(
      ["State.MonitorPid", "State.Pid"].map(async (field) => Number(await engine.inspect("k2", field))),
    );
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await engine.becomes("k2", "exited");
    assert.match((await engine.here("ps", "-a")).stdout, /Exited \(255\).*k2/);
    const started = engine.teu("start", "k2");
    assert.equal(started.status, 0, started.stderr);
    assert.equal((await engine.here("rm", "-f", "k2")).status, 0);
  });

  test("the command that started a container is killed: the container goes on, and is removed at its end", async () => {
    const child = engine.start(
      "run",
      "--rm",
      "--network",
      "none",
      "--name",
      "k3",
      IMAGE,
      "sh",
      "-c",
      "echo up; sleep 1",
    );
    let errors = "";
    child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
    await Promise.race([once(child.stdout, "data"), once(child, "close")]);
    assert.equal(errors, "");
    child.kill("SIGKILL");
    assert.equal(await engine.inspect("k3", "State.Status"), "running");
    const left = (): string[] =>
      readdirSync(join(engine.root, "containers")).filter((name) => name !== "snapshot.json");
    for (let i = 0; i < 40 && left().length > 0; i++) await sleep(100);
    assert.deepEqual(left(), []);
  });

  test("a runtime that hangs: ps tells the truth, and rm -f cleans up", { skip: skipLong }, async () => {
    const runtime = join(engine.root, "hangs");
    writeFileSync(runtime, '#!/bin/sh\ncase "$*" in *delete*) exit 0 ;; esac\nsleep 1000 & wait\n', { mode: 0o755 });
    const child = engine.start("run", "--network", "none", "--name", "stuck", "--runtime", runtime, IMAGE, "true");
    const ended = once(child, "close");
    for (let i = 0; i < 100 && !engine.names().includes("stuck"); i++) await sleep(50);
    await sleep(500);
    assert.equal(await engine.inspect("stuck", "State.Status"), "created");
    assert.equal((await engine.here("rm", "-f", "stuck")).status, 0);
    assert.notEqual(((await ended) as [number | null])[0], 0);
    assert.deepEqual(engine.names(), []);
  });

  test("on-failure starts again so many times", { skip: skipLong }, async () => {
    const answer = engine.teu(
      "run",
      "--network",
      "none",
      "--name",
      "again",
      "--restart",
      "on-failure:2",
      IMAGE,
      "sh",
      "-c",
      "echo run; exit 3",
    );
    assert.deepEqual([answer.status, answer.stdout], [3, "run\nrun\nrun\n"]);
    assert.equal(await engine.inspect("again", "RestartCount"), "2");
    assert.equal((await engine.here("logs", "--tail", "2", "again")).stdout, "run\nrun\n");
    await engine.here("rm", "again");
  });

  test("always starts again until it is stopped", { skip: skipLong }, async () => {
    detached("always", "--restart", "always", IMAGE, "sleep", "1000");
    const pid = Number(await engine.inspect("always", "State.Pid"));
    process.kill(pid, "SIGKILL");
    for (let i = 0; i < 40 && [0, pid].includes(Number(await engine.inspect("always", "State.Pid"))); i++)
      await sleep(50);
    assert.equal(await engine.inspect("always", "State.Status"), "running");
    await engine.here("stop", "-t", "0", "always");
    await sleep(300);
    assert.equal(await engine.inspect("always", "State.Status"), "exited");
    await engine.here("rm", "always");
  });

  test("health", { skip: skipLong }, async () => {
    const health = [
      "--health-cmd",
      "test -e /tmp/ill && exit 1 || echo fine",
      "--health-interval",
      "100ms",
      "--health-retries",
      "2",
    ];
    detached("well", ...health, IMAGE, "sleep", "1000");
    const becomes = async (status: string): Promise<void> => {
      for (let i = 0; i < 50 && (await engine.inspect("well", "State.Health.Status")) !== status; i++) await sleep(50);
      assert.equal(await engine.inspect("well", "State.Health.Status"), status);
    };
    await becomes("healthy");
    assert.match(await engine.inspect("well", "State.Health.Last"), /fine/);
    engine.teu("exec", "well", "touch", "/tmp/ill");
    await becomes("unhealthy");
    await engine.here("rm", "-f", "well");
  });

  test("a full log makes room", { skip: skipLong }, async () => {
    detached("talks", "--log-opt", "max-size=10k", "--log-opt", "max-file=2", IMAGE, "sh", "-c", "seq 1 2000");
    await engine.here("wait", "talks");
    const lines = (await engine.here("logs", "talks")).stdout.trimEnd().split("\n");
    assert.equal(lines.at(-1), "2000");
    assert.ok(lines.length < 2000 && lines.length > 100, String(lines.length));
    await engine.here("rm", "talks");
  });

  test("ten at once", { skip: skipLong }, async () => {
    const children = Array.from({ length: 10 }, (_, i) =>
      engine.start("run", "--rm", "--network", "none", IMAGE, "echo", String(i)),
    );
    const errors: string[] = [];
    for (const child of children) child.stderr?.on("data", (text: Buffer) => void errors.push(text.toString()));
    const codes = await Promise.all(children.map(async (child) => ((await once(child, "close")) as [number])[0]));
    assert.deepEqual(errors, []);
    assert.deepEqual(
      codes,
      Array.from({ length: 10 }, () => 0),
    );
    assert.deepEqual(engine.names(), []);
  });

  test("an image stays as long as a container needs it", async () => {
    await engine.here("create", "--name", "uses", "--network", "none", IMAGE, "true");
    const kept = await engine.here("rmi", IMAGE);
    assert.deepEqual([kept.status, /container "uses"/.test(kept.stderr)], [1, true]);
    await engine.here("rm", "uses");
    assert.equal((await engine.here("rmi", IMAGE)).status, 0);
    assert.deepEqual(JSON.parse((await engine.here("images", "--format", "json")).stdout), []);
    assert.deepEqual(
      readdirSync(join(engine.root, "layers")).filter((name) => name !== "lock"),
      [],
    );
  });
});
