import assert from "node:assert/strict";
import { test } from "node:test";
import { stringifyJson } from "@teu/std/json-value";
import { assertCode } from "@teu/testing/assert-code";
import { MAX_CONFIG_BYTES, parseConfig } from "./config.ts";
import { CONFIG, INDEX, MANIFEST, bytes } from "./good.test.data.ts";
import { parseIndex } from "./index-document.ts";
import { MAX_MANIFEST_BYTES, parseManifest } from "./manifest.ts";

test("parsers keep the bytes, and fields that they do not know", () => {
  const unknown = { ...CONFIG, "moby.buildkit.x": [1, null], docker_version: "1", __proto__x: {} };
  const input = bytes(unknown);
  const document = parseConfig(input);
  assert.equal(document.bytes, input);
  assert.deepEqual(document.value, unknown);
  assert.equal(stringifyJson(document.value), JSON.stringify(unknown));
});

test("parsers keep whole numbers that doubles do not hold", () => {
  const text =
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"x":18446744073709551615}';
  const document = parseConfig(new TextEncoder().encode(text));
  assert.equal(stringifyJson(document.value), text);
  assert.deepEqual(
    document.issues.map(({ clause, path }) => [clause, path]),
    [["image.json.numbers", "x"]],
  );
});

test("parsers give the broken SHOULD and MAY clauses with the document", () => {
  const { issues } = parseManifest(bytes({ ...MANIFEST, mediaType: undefined, layers: [] }));
  assert.deepEqual(
    issues.map(({ clause, level }) => [clause, level]),
    [
      ["image.manifest.mediaType.present", "SHOULD"],
      ["image.manifest.layers.present", "SHOULD"],
    ],
  );
});

test("parsers refuse a broken MUST and list every issue", () => {
  const broken = { ...INDEX, schemaVersion: 1, manifests: [1], mediaType: undefined };
  const error = assertCode(() => parseIndex(bytes(broken)), "ERR_DOCUMENT_INVALID");
  assert.equal(
    error.message,
    "Reading an image index: schemaVersion: expected 2, got 1 (image.index.schemaVersion, MUST), and 1 more",
  );
  const { issues } = error.detail as { readonly issues: readonly { readonly clause: string }[] };
  assert.deepEqual(
    issues.map(({ clause }) => clause),
    ["image.index.schemaVersion", "image.index.manifests", "image.index.mediaType.present"],
  );
});

test("parsers refuse what is too long before they read it", () => {
  const blank = (length: number): Uint8Array => new Uint8Array(length).fill(0x20);
  const { message } = assertCode(() => parseManifest(blank(MAX_MANIFEST_BYTES + 1)), "ERR_DOCUMENT_INVALID");
  assert.match(message, /too long: 4194305 bytes, at most 4194304/);
  assertCode(() => parseConfig(blank(MAX_CONFIG_BYTES + 1)), "ERR_DOCUMENT_INVALID");
});

test("parsers refuse a number without bounds", () => {
  const text = JSON.stringify({ ...CONFIG, x: 0 }).replace('"x":0', '"x":1e999');
  assertCode(() => parseConfig(new TextEncoder().encode(text)), "ERR_DOCUMENT_INVALID");
});

test("parseManifest() refuses a document that could be taken for an index", () => {
  for (const manifests of [[], INDEX.manifests, "x"]) {
    const { message } = assertCode(() => parseManifest(bytes({ ...MANIFEST, manifests })), "ERR_DOCUMENT_INVALID");
    assert.match(message, /manifests: expected nothing: .*image\.confusion/);
  }
  assert.deepEqual(parseManifest(bytes({ ...MANIFEST, manifests: null })).issues, []);
  assertCode(() => parseIndex(bytes({ ...INDEX, layers: [] })), "ERR_DOCUMENT_INVALID");
  assertCode(() => parseIndex(bytes({ ...INDEX, config: MANIFEST.config })), "ERR_DOCUMENT_INVALID");
});
