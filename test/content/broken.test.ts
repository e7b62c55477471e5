/** Every clause that an image can break is told by `validate`, and nothing makes it fall over. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Finding } from "@teu/content/validate/finding";
import { validateLayout } from "@teu/content/validate/validate-layout";
import { IMAGE_CLAUSES, type ImageClauseId } from "@teu/spec/image/clauses";
import { isTeuError } from "@teu/std/error";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { BROKEN_LAYOUTS, type BrokenLayout, filesOf } from "./broken-cases.ts";

async function findings(broken: BrokenLayout): Promise<Finding[]> {
  await using dir = await tempDir();
  await writeAll(dir, broken);
  return (await Array.fromAsync(validateLayout(dir.path))).flatMap((validated) => validated.findings);
}

async function writeAll(dir: TempDir, broken: BrokenLayout): Promise<void> {
  for (const [name, bytes] of filesOf(broken)) await dir.write(name, bytes);
}

test("a good layout breaks nothing", async () => {
  assert.deepEqual(await findings({}), []);
});

/** Clauses that are told as that of the list in which they are broken. */
const TOLD_AS: Readonly<Record<string, ImageClauseId>> = { "image.descriptor.object": "image.index.manifests" };

suite("broken images", () => {
  test("are at least 80, with one for every clause that a document can break", () => {
    const ids = Object.keys(BROKEN_LAYOUTS);
    assert.ok(ids.length >= 80, String(ids.length));
    const judged = Object.values(IMAGE_CLAUSES).filter(({ judge }) => judge === "document");
    assert.deepEqual(
      judged.map(({ id }) => id).filter((id) => !ids.includes(id)),
      [],
    );
  });

  for (const [id, broken] of Object.entries(BROKEN_LAYOUTS)) {
    test(`${id} is told`, async () => {
      const expected = TOLD_AS[id] ?? (id as ImageClauseId);
      const { level, link } = IMAGE_CLAUSES[expected];
      const found = await findings(broken);
      const finding = found.find(({ clause }) => clause === expected);
      assert.ok(
        finding !== undefined,
        `told instead: ${found.map(({ clause, message }) => clause ?? message).join(", ")}`,
      );
      assert.equal(finding.link, link);
      const isTold = finding.level === level || (level !== "MUST" && finding.level === "MUST");
      assert.ok(isTold, `${finding.level}, expected ${level}`);
    });
  }
});

test("damage anywhere is told, and nothing is thrown", async () => {
  const whole = filesOf({});
  for (const [name, bytes] of whole) {
    for (const damaged of damagesOf(bytes)) {
      const found = await findings({ files: (files) => void files.set(name, damaged) }).catch(codeOf);
      assert.ok(found.length > 0, name);
    }
  }
});

/** A refusal to look at all, where there is no layout left to look at. */
function codeOf(error: unknown): unknown[] {
  if (isTeuError(error, "ERR_LAYOUT_MISSING")) return [error];
  throw error;
}

function* damagesOf(bytes: Uint8Array): Generator<Uint8Array> {
  yield new Uint8Array(0);
  yield bytes.subarray(0, bytes.length >> 1);
  yield Buffer.concat([bytes, Uint8Array.of(0x7d)]);
  for (const place of [0, 0.25, 0.5, 0.75]) {
    const changed = Uint8Array.from(bytes);
    changed[Math.floor(place * bytes.length)] = 0x01;
    yield changed;
  }
}
