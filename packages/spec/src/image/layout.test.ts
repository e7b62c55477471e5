import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { parseDigest } from "../digest.ts";
import { ENTRY, INDEX, bytes, digestOf } from "./good.test.data.ts";
import {
  blobPath,
  checkLayoutPaths,
  digestOfBlobPath,
  entriesNamed,
  parseLayoutHeader,
  parseLayoutIndex,
} from "./layout.ts";

test("blobPath() and digestOfBlobPath() are inverse", () => {
  for (const text of [digestOf("0"), `sha512:${"0f".repeat(64)}`, "multihash+base58:QmRZxt2b"]) {
    assert.equal(digestOfBlobPath(blobPath(parseDigest(text))), text);
  }
  assert.equal(blobPath(parseDigest(digestOf("0"))), `blobs/sha256/${"0".repeat(64)}`);
});

test("digestOfBlobPath() knows no digest for other paths", () => {
  const hash = "0".repeat(64);
  const paths = [
    "",
    "blobs",
    "blobs/sha256",
    "blobs/sha256/",
    `blob/sha256/${hash}`,
    `/blobs/sha256/${hash}`,
    `blobs/sha256/${hash}/x`,
    `blobs/sha256/${hash.slice(1)}`,
    `blobs/SHA256/${hash}`,
    `blobs/../${hash}`,
    "blobs/other/..",
    "blobs/other/.hidden",
  ];
  for (const path of paths) assert.equal(digestOfBlobPath(path), undefined, path);
});

test("checkLayoutPaths() names what is missing and what is in the way", () => {
  const found = checkLayoutPaths(["blobs/sha256/", "blobs/sha256/tmp-1.part", "blobs/.lock", "manifest.json"]);
  assert.deepEqual(
    found.map(({ path, clause }) => [path, clause]),
    [
      ["blobs/sha256/tmp-1.part", "image.layout.blobs.path"],
      ["blobs/.lock", "image.layout.blobs.path"],
      ["oci-layout", "image.layout.file"],
      ["index.json", "image.layout.index"],
    ],
  );
});

test("parseLayoutHeader() refuses versions to come", () => {
  const { message } = assertCode(
    () => parseLayoutHeader(bytes({ imageLayoutVersion: "2.0.0" })),
    "ERR_DOCUMENT_INVALID",
  );
  assert.match(message, /^Reading the header of an image layout: imageLayoutVersion: expected 1\.0\.0, got "2\.0\.0"/);
});

test("entriesNamed() finds every entry of a name", () => {
  const named = { ...ENTRY, annotations: { "org.opencontainers.image.ref.name": "v1" } };
  const { value } = parseLayoutIndex(bytes({ ...INDEX, manifests: [named, ENTRY, { ...named, size: 501 }] }));
  assert.deepEqual(
    entriesNamed(value, "v1").map(({ size }) => size),
    [500, 501],
  );
  assert.deepEqual(entriesNamed(value, "v2"), []);
});
