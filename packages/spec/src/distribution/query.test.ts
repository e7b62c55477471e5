import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  MAX_PUSHED_TAGS,
  formatPagination,
  parseNamespace,
  parsePagination,
  parsePushedTags,
  parseReferrersFilter,
  parseUploadDigest,
  parseUploadRequest,
} from "./query.ts";

const digest = `sha256:${"0a".repeat(32)}`;

/** Runs a reader over rows of query and result; a text stands for the code of a refusal. */
function check(
  read: (query: URLSearchParams) => { readonly kind: string },
  rows: readonly (readonly [string, unknown])[],
): void {
  for (const [query, expected] of rows) {
    const result = read(new URLSearchParams(query));
    if (typeof expected === "string") assert.equal((result as { code?: string }).code, expected, query);
    else assert.deepEqual(result, expected, query);
  }
}

test("parsePagination() reads n and last", () => {
  check(parsePagination, [
    ["", { kind: "pagination" }],
    ["n=0", { kind: "pagination", n: 0 }],
    ["n=10&last=v1.0", { kind: "pagination", n: 10, last: "v1.0" }],
    ["last=", { kind: "pagination", last: "" }],
    ["n=99999999999999999999", { kind: "pagination", n: Number.MAX_SAFE_INTEGER }],
    ["n=1&n=2", { kind: "pagination", n: 1 }],
    ["n=", "PAGINATION_NUMBER_INVALID"],
    ["n=-1", "PAGINATION_NUMBER_INVALID"],
    ["n=1.5", "PAGINATION_NUMBER_INVALID"],
    ["n=1e3", "PAGINATION_NUMBER_INVALID"],
    ["n=ten", "PAGINATION_NUMBER_INVALID"],
    [`last=${"x".repeat(2000)}`, "UNSUPPORTED"],
  ]);
});

test("parsePagination() reads what formatPagination() writes", () => {
  const pagination = fc.record({ n: fc.maxSafeNat(), last: fc.string() }, { requiredKeys: [], noNullPrototype: true });
  fc.assert(
    fc.property(pagination, (each) => {
      assert.deepEqual(parsePagination(new URLSearchParams(formatPagination(each))), { kind: "pagination", ...each });
    }),
  );
});

test("parseUploadRequest() tells sessions, whole blobs and mounts apart", () => {
  check(parseUploadRequest, [
    ["", { kind: "session" }],
    ["from=a", { kind: "session" }],
    ["digest-algorithm=sha512", { kind: "session", algorithm: "sha512" }],
    ["digest-algorithm=SHA512", "DIGEST_INVALID"],
    ["digest-algorithm=", "DIGEST_INVALID"],
    [`digest=${digest}`, { kind: "whole", digest }],
    ["digest=x", "DIGEST_INVALID"],
    [`mount=${digest}&from=a/b`, { kind: "mount", digest, from: "a/b" }],
    [`mount=${digest}`, { kind: "mount", digest }],
    [`mount=${digest}&digest=x`, { kind: "mount", digest }],
    ["mount=x&from=a", "DIGEST_INVALID"],
    [`mount=${digest}&from=../a`, "NAME_INVALID"],
    [`mount=${digest}&from=`, "NAME_INVALID"],
  ]);
});

test("parseUploadDigest() wants a digest", () => {
  check(parseUploadDigest, [
    [`digest=${encodeURIComponent(digest)}`, { kind: "digest", digest }],
    ["", "DIGEST_INVALID"],
    ["digest=sha256:0", "DIGEST_INVALID"],
  ]);
});

test("parsePushedTags() reads each tag once, and not too many", () => {
  const many = (count: number): string => Array.from({ length: count }, (_, index) => `tag=t${index}`).join("&");
  check(parsePushedTags, [
    ["", { kind: "tags", tags: [] }],
    ["tag=1.2.3&tag=1.2&tag=latest&tag=1.2", { kind: "tags", tags: ["1.2.3", "1.2", "latest"] }],
    ["tag=a&tag=a/b", "TAG_INVALID"],
    ["tag=", "TAG_INVALID"],
    [many(MAX_PUSHED_TAGS + 1), "UNSUPPORTED"],
  ]);
  const refusal = parsePushedTags(new URLSearchParams(many(MAX_PUSHED_TAGS + 1)));
  assert.equal(refusal.kind === "invalid" && refusal.status, 414);
});

test("parseReferrersFilter() reads a media type, its plus sign encoded or not", () => {
  check(parseReferrersFilter, [
    ["", { kind: "filter" }],
    ["artifactType=", { kind: "filter" }],
    [
      "artifactType=application/vnd.example.sbom.v1",
      { kind: "filter", artifactType: "application/vnd.example.sbom.v1" },
    ],
    ["artifactType=application/vnd.example%2Bjson", { kind: "filter", artifactType: "application/vnd.example+json" }],
    ["artifactType=application/vnd.example+json", { kind: "filter", artifactType: "application/vnd.example+json" }],
    ["artifactType=sbom", { kind: "filter", artifactType: "sbom" }],
    [`artifactType=${"a".repeat(256)}`, "UNSUPPORTED"],
  ]);
});

test("parseNamespace() wants a host", () => {
  check(parseNamespace, [
    ["", { kind: "namespace" }],
    ["ns=docker.io", { kind: "namespace", host: "docker.io" }],
    ["ns=localhost:5000", { kind: "namespace", host: "localhost:5000" }],
    ["ns=[::1]:5000", { kind: "namespace", host: "[::1]:5000" }],
    ["ns=http://evil/", "NAME_INVALID"],
    ["ns=a/b", "NAME_INVALID"],
    ["ns=a@b", "NAME_INVALID"],
    [`ns=${"a".repeat(256)}`, "NAME_INVALID"],
  ]);
});
