import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  API_VERSION_2,
  formatFiltersApplied,
  formatTagHeader,
  parseApiVersions,
  parseChunkMinLength,
  parseFiltersApplied,
  parseTagHeader,
} from "./headers.ts";

test("parseApiVersions() reads versions in one line or several", () => {
  assert.ok(parseApiVersions("registry/2.0").includes(API_VERSION_2));
  assert.deepEqual(parseApiVersions("registry/2.0  registry/2.1"), ["registry/2.0", "registry/2.1"]);
  assert.deepEqual(parseApiVersions(["registry/2.0, x", ""]), ["registry/2.0", "x"]);
});

test("parseFiltersApplied() reads what formatFiltersApplied() writes", () => {
  assert.deepEqual(parseFiltersApplied("artifactType"), ["artifactType"]);
  assert.deepEqual(parseFiltersApplied(formatFiltersApplied(["artifactType", "other"])), ["artifactType", "other"]);
  assert.throws(() => parseFiltersApplied("artifactType other"), { message: /header OCI-Filters-Applied/ });
});

test("parseTagHeader() reads what formatTagHeader() writes, and the lines of the specification's example", () => {
  assert.deepEqual(parseTagHeader(["1.2.3, 1.2, 1", "latest"]), ["1.2.3", "1.2", "1", "latest"]);
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)), (tags) => {
      assert.deepEqual(parseTagHeader(formatTagHeader(tags)), tags);
    }),
  );
  assert.throws(() => parseTagHeader("a/b"), { code: "ERR_HEADER_INVALID" });
});

test("parseChunkMinLength() reads a number of bytes", () => {
  assert.equal(parseChunkMinLength(" 5242880 "), 5_242_880);
  for (const value of ["", "-1", "1.5", "1e3", "0x10", "9007199254740992", "5 MB", "1".repeat(999)]) {
    assert.throws(() => parseChunkMinLength(value), { message: /header OCI-Chunk-Min-Length/ }, value);
  }
});
