import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { onBothBuilds, skipContainers } from "../program.ts";
import { ContainerSession } from "../session.ts";

suite("a filter that denies what the last steps need", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const deny = (...names: string[]): Record<string, unknown> => ({
    seccomp: {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names, action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
    },
  });

  test("does not make a failed start look successful, by whichever call it would be told", () => {
    for (const calls of [["sendmsg"], ["sendmsg", "write"], []]) {
      const path = session.bundle(["true"], {}, deny("execve", "execveat", ...calls));
      onBothBuilds((program) => {
        assert.equal(session.run(program, ["create", "-b", path, "silent"]).stderr, "");
        const started = session.run(program, ["start", "silent"]);
        assert.equal(started.status, 1, `denied ${calls.join(" ")}`);
        assert.match(started.stderr, /exec: .*operation not permitted|ended before it became its program/);
        assert.equal(session.run(program, ["delete", "--force", "silent"]).status, 0);
        const ran = session.run(program, ["run", "-b", path, "silent"]);
        assert.equal(ran.status, 1);
        assert.match(ran.stderr, /exec: .*operation not permitted|ended before it became its program/);
      });
    }
    assert.deepEqual(session.leftovers("silent"), []);
  });
});
