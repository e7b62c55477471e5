/** `./teu quickstart` as its user runs it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { openLayout } from "@teu/content/layout-store";
import { anyOf, needsRoot } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../../tools/project.ts";
import { writeSample } from "../registry-server/sample-image.ts";

const run = promisify(execFile);
const teu = join(projectRoot, "teu");
const needsTime = process.env["TEU_LONG_TESTS"] !== "1" && "a long form: set TEU_LONG_TESTS=1";
const needsApt = !existsSync("/etc/apt") && "needs Debian's sources of packages";

suite("quickstart", () => {
  test("an image layout is inspected and validated", async () => {
    await using dir = await tempDir();
    await writeSample(import.meta.dirname, await openLayout(dir.path, { create: true }));
    const { stdout } = await run(teu, ["quickstart", dir.path]);
    assert.match(stdout, / 0 broken/);
  });

  test("a folder that is none is refused", async () => {
    await using dir = await tempDir();
    const refused = run(teu, ["quickstart", dir.join("none")]);
    await assert.rejects(refused, { code: 2, stderr: /no such folder/ });
  });

  test(
    "goes from source code to an answer, and faster the second time",
    { skip: anyOf(needsTime, needsApt, needsRoot()) },
    async () => {
      await using dir = await tempDir();
      const env = { ...process.env, TEU_ROOT: dir.join("teu") };
      const digests: (string | undefined)[] = [];
      for (const maxMs of [300_000, 60_000]) {
        const start = performance.now();
        const { stdout } = await run(teu, ["quickstart"], { env });
        assert.ok(performance.now() - start < maxMs);
        assert.match(stdout, /container {2}answered 200 \{"hello":\["from","a","container"\]\}/);
        digests.push(/sha256:[0-9a-f]{64}/.exec(stdout)?.[0]);
      }
      assert.equal(digests[0], digests[1]);
      const { stdout: left } = await run(teu, ["ps", "-aq"], { env });
      assert.equal(left, "");
    },
  );
});
