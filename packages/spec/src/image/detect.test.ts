import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_1,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../media-types.ts";
import { DOCUMENT_KINDS, detectDocument, kindOfType } from "./detect.ts";
import { ARTIFACT, CONFIG, INDEX, MANIFEST, bytes } from "./good.test.data.ts";

const untyped = { mediaType: undefined };
const detected = (document: unknown, expected?: string): string | undefined =>
  detectDocument(bytes(document), expected)?.id;

test("detectDocument() believes the media type that a document states", () => {
  assert.equal(detected(MANIFEST), "manifest");
  assert.equal(detected(INDEX), "index");
  assert.equal(detected({ ...MANIFEST, mediaType: DOCKER_MANIFEST }), "docker-manifest");
  assert.equal(detected({ ...INDEX, mediaType: DOCKER_MANIFEST_LIST }), "docker-manifest-list");
});

test("detectDocument() goes by the shape where no media type is known", () => {
  assert.equal(detected({ ...MANIFEST, ...untyped }), "manifest");
  assert.equal(detected({ ...ARTIFACT, ...untyped }), "manifest");
  assert.equal(detected({ ...INDEX, ...untyped }), "index");
  assert.equal(detected(CONFIG), "config");
  assert.equal(detected({ ...CONFIG, mediaType: "application/vnd.example" }), "config");
  assert.equal(detected({ imageLayoutVersion: "1.0.0" }), "layout");
  assert.equal(detected({ schemaVersion: 1, fsLayers: [], history: [] }), "docker-schema1");
  assert.equal(detected([{ Config: "c.json", Layers: [] }]), "docker-archive");
  assert.equal(detected(MANIFEST, "application/octet-stream"), "manifest");
});

test("detectDocument() takes the expected media type where nothing speaks against it", () => {
  assert.equal(detected({ ...MANIFEST, ...untyped }, DOCKER_MANIFEST), "docker-manifest");
  assert.equal(detected(CONFIG, DOCKER_CONFIG), "docker-config");
  assert.equal(detected({ ...CONFIG, mediaType: "application/vnd.example" }, OCI_CONFIG), "config");
  assert.equal(detected({ schemaVersion: 1, name: "a" }, DOCKER_MANIFEST_1), "docker-schema1");
  assert.equal(detected({}, OCI_MANIFEST), "manifest");
});

test("detectDocument() knows nothing of other content", () => {
  for (const document of [{}, [], [1], 1, "text", null, { config: {} }, { layers: null }]) {
    assert.equal(detected(document), undefined);
  }
  assert.equal(detectDocument(Uint8Array.of(0x1f, 0x8b, 0x08)), undefined);
  assert.equal(detectDocument(new Uint8Array()), undefined);
});

suite("detectDocument() refuses", () => {
  const both = { ...untyped, manifests: INDEX.manifests };
  const rows: readonly (readonly [string, unknown, string | undefined])[] = [
    ["a document that is both manifest and index", { ...MANIFEST, ...both }, undefined],
    ["an index with a config", { ...INDEX, ...untyped, config: MANIFEST.config }, undefined],
    ["a manifest that is said to be an index", { ...MANIFEST, mediaType: OCI_INDEX }, undefined],
    ["an index where a manifest is expected", INDEX, OCI_MANIFEST],
    ["the shape of an index where a manifest is expected", { ...INDEX, ...untyped }, OCI_MANIFEST],
    ["Docker's type where OCI's is expected", { ...MANIFEST, mediaType: DOCKER_MANIFEST }, OCI_MANIFEST],
    ["an unknown type where a manifest is expected", { ...MANIFEST, mediaType: "text/plain" }, OCI_MANIFEST],
    ["a manifest where a configuration is expected", MANIFEST, OCI_CONFIG],
    ["a manifest with layers of schema 1", { ...MANIFEST, fsLayers: [] }, undefined],
  ];
  for (const [name, document, expected] of rows) {
    test(name, () => {
      assertCode(() => detected(document, expected), "ERR_DOCUMENT_INVALID");
    });
  }
  test("what is no JSON where a document is expected", () => {
    assertCode(() => detectDocument(new Uint8Array(), OCI_MANIFEST), "ERR_DOCUMENT_INVALID");
  });
});

test("each media type is of one kind", () => {
  for (const kind of DOCUMENT_KINDS) for (const type of kind.mediaTypes) assert.equal(kindOfType(type), kind);
});

test("the parser of the kind reads the document", () => {
  assert.deepEqual(detectDocument(bytes(MANIFEST))?.parse(bytes(MANIFEST)).value, MANIFEST);
});
