import assert from "node:assert/strict";
import { test } from "node:test";
import { isPosixAbsolute, isVolumePath, isWindowsAbsolute } from "./paths.ts";

const GUID = "2a0ab7c8-3b1d-4bc6-9d0f-7e52d7a1c0de";

test("isPosixAbsolute() and isWindowsAbsolute() know their own paths only", () => {
  for (const path of ["/", "/a/../b"]) assert.ok(isPosixAbsolute(path), path);
  for (const path of ["", "a/b", "C:\\a"]) assert.ok(!isPosixAbsolute(path), path);
  for (const path of [
    "C:\\",
    "c:/a",
    "\\\\server\\share",
    "//server/share",
    "\\\\.\\pipe\\a",
    `\\\\?\\Volume{${GUID}}\\`,
  ]) {
    assert.ok(isWindowsAbsolute(path), path);
  }
  for (const path of ["", "C:", "C:a", "a\\b", "\\a", "/a", "1:\\a"]) assert.ok(!isWindowsAbsolute(path), path);
});

test("isVolumePath() takes a volume GUID path, with or without its last slash", () => {
  for (const path of [`\\\\?\\Volume{${GUID}}\\`, `\\\\?\\Volume{${GUID.toUpperCase()}}`])
    assert.ok(isVolumePath(path));
  for (const path of [`\\\\?\\Volume{${GUID}}\\a`, `\\\\.\\Volume{${GUID}}\\`, "\\\\?\\Volume{}\\", GUID]) {
    assert.ok(!isVolumePath(path), path);
  }
});
