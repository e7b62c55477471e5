import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Runtime, openRuntime } from "@teu/runtime/client/runtime";
import { assertCode } from "@teu/testing/assert-code";
import { projectRoot } from "../../tools/project.ts";
import { BUILDS, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("containers through the API for Node", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const open = (): Runtime => openRuntime({ program: BUILDS[0] ?? "", root: session.root });

  test("the life of a container", { timeout: 20_000 }, async () => {
    const runtime = open();
    const bundle = session.bundle(["sleep", "100"], { annotations: { a: "b" } });
    await runtime.create("api-1", { bundle, stdio: "ignore" });
    assert.equal((await runtime.state("api-1")).status, "created");
    await runtime.start("api-1");
    const { status, annotations } = await runtime.state("api-1");
    assert.deepEqual([status, annotations], ["running", { a: "b" }]);
    assert.equal((await runtime.ps("api-1")).length, 1);
    assert.equal(await runtime.exec("api-1", ["sh", "-c", "exit 7"], { stdio: "ignore" }), 7);
    const whole = { args: ["sh", "-c", "exit $X"], cwd: "/", env: ["PATH=/bin", "X=9"] };
    assert.equal(await runtime.exec("api-1", whole, { stdio: "ignore" }), 9);
    await runtime.pause("api-1");
    assert.deepEqual(
      (await runtime.list()).map(({ id, status: listed }) => [id, listed]),
      [["api-1", "paused"]],
    );
    await runtime.resume("api-1");
    await runtime.update("api-1", { pids: { limit: 77 } });
    await assertCode(() => runtime.delete("api-1"), "ERR_CONTAINER_STATE");
    await assertCode(() => runtime.create("api-1", { bundle, stdio: "ignore" }), "ERR_CONTAINER_EXISTS");
    await runtime.kill("api-1", "SIGKILL");
    await runtime.delete("api-1", { force: true });
    await assertCode(() => runtime.state("api-1"), "ERR_CONTAINER_MISSING");
    assert.deepEqual(await runtime.list(), []);
  });

  test("run gives the streams to the program and returns its exit code", async () => {
    const path = join(session.path, "api-out");
    const out = openSync(path, "w");
    const bundle = session.bundle(["sh", "-c", "echo hi; exit 3"]);
    assert.equal(await open().run("api-2", { bundle, stdio: ["ignore", out, "inherit"] }), 3);
    closeSync(out);
    assert.equal(readFileSync(path, "utf8"), "hi\n");
  });

  test("a broken configuration names its field, and an abort leaves nothing", { timeout: 20_000 }, async () => {
    const runtime = open();
    const broken = session.bundle(["true"], { root: { path: "absent" } });
    const error = await assertCode(
      () => runtime.run("api-3", { bundle: broken, stdio: "ignore" }),
      "ERR_CONTAINER_CONFIG",
    );
    assert.equal((error.detail as { field: string }).field, "root.path");
    const signal = AbortSignal.timeout(500);
    const sleeper = session.bundle(["sleep", "100"]);
    await assert.rejects(runtime.run("api-3", { bundle: sleeper, stdio: "ignore", signal }), { name: "TimeoutError" });
    assert.deepEqual(session.leftovers("api-3"), []);
  });

  test("features and plan", async () => {
    const runtime = open();
    assert.equal((await runtime.features()).ociVersionMax, "1.3.0");
    const steps = await runtime.plan(session.bundle(["true"]));
    assert.ok(steps.some(({ on, field }) => on === "mount" && field === "mounts[0]"));
  });

  test("the example runs a bundle", () => {
    const bundle = session.bundle(["sh", "-c", "echo hi; exit 3"]);
    const example = join(projectRoot, "examples/run-container.ts");
    const words = ["--conditions=@teu/source", example, bundle];
    assert.equal(execFileSync(process.execPath, words, { encoding: "utf8" }), "hi\nexit code 3\n");
  });
});
