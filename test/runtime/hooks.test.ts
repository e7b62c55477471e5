import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const NAMES = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

suite("hooks", { skip: skipContainers }, () => {
  const session = new ContainerSession();

  test("all six run in their order, with the state of the moment", () => {
    const log = join(session.path, "hooks");
    // The container sees the log in its own root by a bind mount at the same path.
    const script = (name: string): string =>
      `read -r s; echo ${name} $(echo "$s" | sed 's/.*"status":"\\([a-z]*\\)".*/\\1/') >> ${log}/log`;
    const hooks = Object.fromEntries(
      NAMES.map((name) => [name, [{ path: "/bin/sh", args: ["sh", "-c", script(name)], env: ["PATH=/bin:/usr/bin"] }]]),
    );
    const lines = onBothBuilds((program) => {
      rmSync(log, { recursive: true, force: true });
      const base = session.bundle(["true"]);
      const config = JSON.parse(readFileSync(join(base, "config.json"), "utf8")) as { mounts: unknown[] };
      const mounts = [...config.mounts, { destination: log, source: log, options: ["bind"] }];
      const path = session.bundle(["sh", "-c", `sleep 0.3; echo program >> ${log}/log`], { hooks, mounts });
      mkdirSync(log);
      assert.equal(session.run(program, ["run", "-b", path, "hooked"]).stderr, "");
      return readFileSync(join(log, "log"), "utf8").split("\n");
    });
    assert.deepEqual(lines, [
      "prestart creating",
      "createRuntime creating",
      "createContainer creating",
      "startContainer created",
      "poststart running",
      "program",
      "poststop stopped",
      "",
    ]);
  });

  test("a hook in the container runs below its filter, and its last words are part of the message", () => {
    const filter = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL" }],
    };
    const cases = [
      [["sh", "-c", "exec mkdir /tmp/forbidden"], /hook #0: "\/bin\/sh" ended with signal: bad system call/],
      [["sh", "-c", "echo a reason >&2; exit 3"], /ended with status 3, stderr: a reason$/m],
    ] as const;
    for (const [args, message] of cases) {
      const hook = { path: "/bin/sh", args, env: ["PATH=/bin"] };
      const path = session.bundle(["true"], { hooks: { startContainer: [hook] } }, { seccomp: filter });
      const answer = onBothBuilds((program) => session.run(program, ["run", "-b", path, "filtered"]));
      assert.match(answer.stderr, message);
      assert.deepEqual(session.leftovers("filtered"), []);
    }
  });

  test("a createContainer hook begins in the root of the container", () => {
    const hook = { path: "/bin/sh", args: ["sh", "-c", "echo found > ./tmp/by-hook"], env: ["PATH=/bin:/usr/bin"] };
    const path = session.bundle(["cat", "/tmp/by-hook"], { hooks: { createContainer: [hook] } });
    assert.equal(onBothBuilds((program) => session.run(program, ["run", "-b", path, "rooted"])).stdout, "found\n");
  });

  test("a hook that fails undoes the create", () => {
    for (const name of ["prestart", "createRuntime", "createContainer"]) {
      const path = session.bundle(["true"], { hooks: { [name]: [{ path: "/bin/false" }] } });
      const answer = onBothBuilds((program) => session.run(program, ["create", "-b", path, "undone"]));
      assert.equal(answer.status, 1);
      assert.match(
        answer.stderr,
        new RegExp(`hooks\\.${name}\\[0\\]: error running ${name} hook #0: "/bin/false" ended with status 1`),
      );
      assert.deepEqual(session.leftovers("undone"), []);
    }
  });

  test("a poststart hook that fails stops and removes the container", () => {
    const path = session.bundle(["sleep", "100"], { hooks: { poststart: [{ path: "/bin/false" }] } });
    onBothBuilds((program) => {
      assert.equal(session.run(program, ["create", "-b", path, "late"]).status, 0);
      assert.match(session.run(program, ["start", "late"]).stderr, /hooks\.poststart\[0\]/);
    });
    assert.deepEqual(session.leftovers("late"), []);
  });

  test("a hook that takes too long is killed", () => {
    const hook = { path: "/bin/sleep", args: ["sleep", "60"], timeout: 1 };
    const path = session.bundle(["true"], { hooks: { createRuntime: [hook] } });
    const answer = onBothBuilds((program) => session.run(program, ["create", "-b", path, "slow"]));
    assert.match(answer.stderr, /hook #0: "\/bin\/sleep" did not end within 1 s/);
  });
});
