import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("the root and the state of a container", { skip: skipContainers }, () => {
  const session = new ContainerSession();

  for (const [rootfsPropagation, optional] of [
    ["shared", /^ shared:\d+ -/],
    ["slave", /^( master:\d+)? -/],
    ["private", /^ -/],
    ["unbindable", /^ unbindable -/],
  ] as const)
    test(`the root's mount is ${rootfsPropagation}`, () => {
      const bundle = session.bundle(["awk", '$5 == "/"', "/proc/self/mountinfo"], {}, { rootfsPropagation });
      onBothBuilds((program) => {
        const { status, stderr, stdout } = session.run(program, ["run", "-b", bundle, "root-1"]);
        assert.deepEqual([status, stderr], [0, ""]);
        assert.match(stdout.replace(/^(\S+ ){5}\S+/, ""), optional);
      });
    });

  test("the bundle itself may be the root, whose parent passes on mounts", () => {
    const path = session.bundle(["true"], { root: { path: "rootfs/." } }, { rootfsPropagation: "shared" });
    const answer = onBothBuilds((program) => session.run(program, ["run", "-b", path, "root-2"]));
    assert.deepEqual(answer, { status: 0, stdout: "", stderr: "" });
  });

  test("state may lie deeper than the address of a socket is long", () => {
    const bundle = session.bundle(["true"]);
    const root = join(session.path, "deep", "x".repeat(100));
    mkdirSync(root, { recursive: true });
    const answers = onBothBuilds((program) =>
      [
        ["create", "-b", bundle, "deep-1"],
        ["start", "deep-1"],
        ["delete", "-f", "deep-1"],
      ].map((args) => runProgram(program, ["--root", root, ...args])),
    );
    for (const answer of answers) assert.deepEqual(answer, { status: 0, stdout: "", stderr: "" });
  });
});
