import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type Descriptor, EMPTY_DESCRIPTOR } from "../descriptor.ts";
import { parseDigest } from "../digest.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../media-types.ts";
import { artifactManifest, artifactTypeOf, isImage, referrersEntry } from "./artifact.ts";
import { EMPTY_CONTENT, isEmptyDescriptor } from "./empty-descriptor.ts";
import { ARTIFACT, CONFIG_DESCRIPTOR, INDEX, MANIFEST, bytes, digestOf, json } from "./good.test.data.ts";
import { parseIndex } from "./index-document.ts";
import { checkManifest, parseManifest } from "./manifest.ts";

const artifactType = "application/vnd.example.report";
const blob: Descriptor = { mediaType: "text/markdown", digest: parseDigest(digestOf("3")), size: 12 };
const facts: Descriptor = { ...blob, mediaType: "application/vnd.example.facts+json" };

test("artifactManifest() puts the empty descriptor where the decision tree does", () => {
  const { config, layers } = artifactManifest({ artifactType });
  assert.deepEqual([config, layers], [EMPTY_DESCRIPTOR, [EMPTY_DESCRIPTOR]]);
  const withBlob = artifactManifest({ artifactType, layers: [blob] });
  assert.deepEqual([withBlob.config, withBlob.layers], [EMPTY_DESCRIPTOR, [blob]]);
  const whole = artifactManifest({ artifactType, layers: [blob], config: facts });
  assert.deepEqual([whole.config, whole.layers], [facts, [blob]]);
});

test("artifactManifest() makes manifests that break nothing", () => {
  const annotations = { "com.example.a": "b" };
  for (const parts of [{}, { layers: [blob] }, { config: facts }, { subject: { ...blob, mediaType: OCI_MANIFEST } }]) {
    assert.deepEqual(checkManifest(json(artifactManifest({ artifactType, annotations, ...parts }))), []);
  }
});

test("artifactManifest() refuses a type that is none, and the configuration of an image", () => {
  assertCode(() => artifactManifest({ artifactType: "report" }), "ERR_DOCUMENT_INVALID");
  const config = { ...blob, mediaType: OCI_CONFIG };
  assertCode(() => artifactManifest({ artifactType, config }), "ERR_DOCUMENT_INVALID");
});

test("artifactTypeOf() falls back to the media type of the config", () => {
  const artifact = parseManifest(bytes(ARTIFACT)).value;
  assert.equal(artifactTypeOf(artifact), ARTIFACT.artifactType);
  const old = { ...MANIFEST, config: { ...CONFIG_DESCRIPTOR, mediaType: facts.mediaType } };
  assert.equal(artifactTypeOf(parseManifest(bytes(old)).value), facts.mediaType);
  assert.equal(artifactTypeOf(parseIndex(bytes(INDEX)).value), undefined);
  assert.equal(artifactTypeOf(parseIndex(bytes({ ...INDEX, artifactType })).value), artifactType);
});

test("isImage() tells images from artifacts", () => {
  assert.equal(isImage(parseManifest(bytes(MANIFEST)).value), true);
  assert.equal(isImage(parseManifest(bytes(ARTIFACT)).value), false);
  assert.equal(isImage(parseManifest(bytes({ ...MANIFEST, artifactType })).value), false);
});

test("referrersEntry() says what the manifest is of, and has its annotations", () => {
  const document = parseManifest(bytes({ ...ARTIFACT, annotations: { "com.example.a": "b" } }));
  const digest = parseDigest(digestOf("7"));
  const entry = referrersEntry(document.value, { digest, size: document.bytes.length });
  const annotations = { "com.example.a": "b" };
  const size = document.bytes.length;
  assert.deepEqual(entry, { mediaType: OCI_MANIFEST, digest, size, artifactType: ARTIFACT.artifactType, annotations });
  assert.deepEqual(referrersEntry(parseIndex(bytes(INDEX)).value, { digest, size: 1 }), {
    mediaType: OCI_INDEX,
    digest,
    size: 1,
  });
});

test("the empty descriptor names the empty content", () => {
  assert.equal(new TextDecoder().decode(EMPTY_CONTENT), atob(EMPTY_DESCRIPTOR.data ?? ""));
  assert.equal(EMPTY_CONTENT.length, EMPTY_DESCRIPTOR.size);
  assert.equal(isEmptyDescriptor(EMPTY_DESCRIPTOR), true);
  assert.equal(isEmptyDescriptor(blob), false);
});
