import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, symlink } from "node:fs/promises";
import { test } from "node:test";
import { needsOrdinaryUser } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";

test("tempDir() makes a new folder and removes it with its scope", async () => {
  let path: string;
  {
    await using first = await tempDir();
    await using second = await tempDir();
    path = first.path;
    assert.notEqual(first.path, second.path);
    assert.deepEqual(await readdir(first.path), []);
    const file = await first.write("a/b.txt", "text");
    assert.equal(file, first.join("a", "b.txt"));
    assert.equal(await readFile(file, "utf8"), "text");
  }
  assert.ok(!existsSync(path));
});

test("TempDir may be gone already, and links in it are not followed", async () => {
  await using kept = await tempDir();
  await kept.write("kept", "");
  {
    await using dir = await tempDir();
    await symlink(kept.path, dir.join("link"));
    const gone = await tempDir();
    await gone[Symbol.asyncDispose]();
    await gone[Symbol.asyncDispose]();
  }
  assert.ok(existsSync(kept.join("kept")));
});

test("TempDir removes folders without any rights", { skip: needsOrdinaryUser() }, async () => {
  const dir = await tempDir();
  await dir.write("closed/inner/file", "");
  await mkdir(dir.join("empty"));
  for (const name of ["closed/inner", "closed", "empty"]) await chmod(dir.join(name), 0);
  await dir[Symbol.asyncDispose]();
  assert.ok(!existsSync(dir.path));
});
