import { chmodSync, mkdirSync } from "node:fs";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  anyOf,
  needsLinux,
  needsOpenFolder,
  needsOrdinaryUser,
  needsProgram,
  needsRoot,
  programPath,
} from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";

test("anyOf() gives the first reason", () => {
  assert.equal(anyOf(), false);
  assert.equal(anyOf(false, false), false);
  assert.equal(anyOf(false, "needs a", "needs b"), "needs a");
});

test("needsProgram() names what is absent", () => {
  assert.equal(needsProgram("sh"), false);
  assert.equal(needsProgram("sh", "no-such-program", "nor-this"), "needs no-such-program and nor-this on PATH");
});

test("programPath() finds programs only", () => {
  assert.match(programPath("sh") ?? "", /^\/.*\/sh$/);
  assert.equal(programPath("no-such-program"), undefined);
  assert.equal(programPath("."), undefined);
});

test("a user is either root or not", () => {
  assert.deepEqual([needsRoot(), needsOrdinaryUser()].filter((reason) => reason !== false).length, 1);
});

test("needsLinux() agrees with the platform", () => {
  assert.equal(needsLinux() === false, process.platform === "linux");
});

test("a folder is open to others when all above it are", async () => {
  await using dir = await tempDir();
  const inside = dir.join("inside");
  mkdirSync(inside, { mode: 0o755 });
  chmodSync(dir.path, 0o711);
  assert.equal(needsOpenFolder(inside), false);
  chmodSync(dir.path, 0o700);
  assert.match(String(needsOpenFolder(inside)), /keeps them out/);
});
