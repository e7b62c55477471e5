import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { assertGolden } from "@teu/testing/golden";
import { tempDir } from "@teu/testing/temp-dir";

const COMPARE = { update: false };

test("assertGolden() accepts what the file holds, by path and by URL", async () => {
  await using dir = await tempDir();
  const file = await dir.write("a.txt", "grüß\n");
  await assertGolden("grüß\n", file, COMPARE);
  await assertGolden(new TextEncoder().encode("grüß\n"), pathToFileURL(file), COMPARE);
});

test("assertGolden() shows a difference in text, and how to accept it", async () => {
  await using dir = await tempDir();
  const file = await dir.write("a.txt", "one\ntwo\n");
  await assert.rejects(assertGolden("one\nthree\n", file, COMPARE), (error: Error) => {
    assert.match(error.message, /differs from the golden .*a\.txt; .*TEU_UPDATE_GOLDENS=1/);
    assert.match(error.message, /\+ 'one\\nthree/);
    return true;
  });
});

test("assertGolden() shows where bytes differ", async () => {
  await using dir = await tempDir();
  const file = await dir.write("a.bin", Uint8Array.of(1, 2, 3));
  await assert.rejects(assertGolden(Uint8Array.of(1, 9, 3), file, COMPARE), /3 bytes, expected 3;.* offset 1/);
  await assert.rejects(assertGolden(Uint8Array.of(1, 2), file, COMPARE), /2 bytes, expected 3;.* offset 2/);
});

test("assertGolden() fails where there is no file", async () => {
  await using dir = await tempDir();
  await assert.rejects(assertGolden("x", dir.join("none.txt"), COMPARE), /no golden at .*TEU_UPDATE_GOLDENS=1/);
});

test("assertGolden() writes the file when asked to", async () => {
  await using dir = await tempDir();
  const file = dir.join("new/folder/a.txt");
  await assertGolden("text", file, { update: true });
  assert.equal(await readFile(file, "utf8"), "text");
  await assertGolden("text", file, COMPARE);
});
