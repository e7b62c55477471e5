import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { helperPath } from "@teu/layer/helper-program";
import { anyOf, needsOpenFolder, needsRoot } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { hostileCases } from "./hostile-cases.ts";
import { type HostileOutcome, runHostileCases } from "./hostile-run.ts";

const run = promisify(execFile);
const CASES = hostileCases({ OUT: "/out", UP: "../" });
const helper = helperPath();
const isLong = process.env["TEU_LONG_TESTS"] === "1";
/** The other build of the same sources, which the tests of all file systems' work hold to the same. */
const needsTime = !isLong && "a long form: set TEU_LONG_TESTS=1";
const WAYS = [
  {
    name: "by teu-layer",
    program: helper ?? "",
    missing: helper === undefined ? "needs teu-layer to be built" : false,
  },
  {
    name: "by teu-layer on QuickJS",
    program: `${helper}-quickjs`,
    missing: helper === undefined ? "needs teu-layer to be built" : needsTime,
  },
  { name: "by Node alone", program: "none", missing: false },
] as const;
const NOBODY = 65_534;
const barred = anyOf(needsRoot(), needsOpenFolder(import.meta.dirname));

suite("hostile layers", { concurrency: 2 }, () => {
  test("are at least 60", () => assert.ok(CASES.length >= 60, String(CASES.length)));

  for (const { name, program, missing } of WAYS) {
    test(`do no harm when unpacked ${name}`, { skip: missing }, async () => {
      await using dir = await tempDir();
      check(await runHostileCases(dir.path, program));
    });

    test(`do no harm when unpacked ${name} by an ordinary user`, { skip: missing || barred }, async () => {
      await using dir = await tempDir();
      chmodSync(dir.path, 0o755);
      chownSync(dir.path, NOBODY, NOBODY);
      const args = ["--conditions=@teu/source", join(import.meta.dirname, "hostile-run.ts"), dir.path, program];
      const { stdout } = await run(process.execPath, args, { uid: NOBODY, gid: NOBODY, encoding: "utf8" });
      check(JSON.parse(stdout) as HostileOutcome[]);
    });
  }
});

function check(outcomes: readonly HostileOutcome[]): void {
  const wrong = outcomes.flatMap((outcome, index) => {
    const { refused = "" } = CASES[index] ?? {};
    const expected = typeof refused === "string" ? [refused] : refused;
    const isRight = outcome.unharmed && outcome.debris.length === 0 && expected.includes(outcome.code);
    return isRight ? [] : [{ ...outcome, expected }];
  });
  assert.deepEqual(wrong, []);
  assert.equal(outcomes.length, CASES.length);
}
