import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { bytes } from "../image/good.test.data.ts";
import { parseArchiveManifest, parseArchiveRepositories } from "./archive.ts";

test("parseArchiveManifest() takes the paths of every Docker", () => {
  for (const path of ["47bc.json", "47bc/layer.tar", "blobs/sha256/47bc", "./a", "..a/b..", "a\\b"]) {
    assert.deepEqual(parseArchiveManifest(bytes([{ Config: path, RepoTags: null, Layers: [path] }])).issues, []);
  }
});

test("parseArchiveManifest() refuses paths out of the archive", () => {
  for (const path of ["", "/etc/passwd", "..", "../a", "a/../../b", "a/..", "..\\a", "\\a", "a\0b"]) {
    assertCode(() => parseArchiveManifest(bytes([{ Config: path, Layers: [] }])), "ERR_DOCUMENT_INVALID");
    assertCode(() => parseArchiveManifest(bytes([{ Config: "c", Layers: [path] }])), "ERR_DOCUMENT_INVALID");
  }
});

test("parseArchiveManifest() takes an archive without images", () => {
  assert.deepEqual(parseArchiveManifest(bytes([])).value, []);
});

test("parseArchiveRepositories() reads names by repository and tag", () => {
  const repositories = { busybox: { latest: "47bc" }, "localhost:5000/a": { b: "c", d: "e" } };
  assert.deepEqual(parseArchiveRepositories(bytes(repositories)).value, repositories);
  assertCode(() => parseArchiveRepositories(bytes({ busybox: { latest: 1 } })), "ERR_DOCUMENT_INVALID");
});
