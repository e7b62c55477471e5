import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "@teu/spec/media-types";
import { assertCode } from "@teu/testing/assert-code";
import { MAX_LINKS, OCI_ARTIFACT_MANIFEST, hasLinks, mayHaveSubject, parseLinks } from "./links.ts";
import { sampleDocument, sampleImage, sampleIndex, sampleOf, sampleReferrer } from "./testing/samples.ts";

const A = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const B = { mediaType: "text/plain", digest: `sha256:${"b".repeat(64)}`, size: 2 };

function linksOf(mediaType: string, fields: object): ReturnType<typeof parseLinks> {
  const { descriptor, bytes } = sampleDocument(mediaType, fields);
  return parseLinks(bytes, descriptor);
}

test("a manifest points to its config and layers, an index to its entries, in their order", () => {
  assert.deepEqual(linksOf(OCI_MANIFEST, { config: A, layers: [B, A] }).children, [A, B, A]);
  assert.deepEqual(linksOf(OCI_INDEX, { manifests: [B, A] }).children, [B, A]);
  assert.deepEqual(linksOf(OCI_ARTIFACT_MANIFEST, { blobs: [A] }).children, [A]);
});

test("only indexes and manifests have links", () => {
  assert.equal(hasLinks(OCI_INDEX), true);
  assert.equal(hasLinks(DOCKER_MANIFEST), true);
  assert.equal(hasLinks("application/vnd.docker.distribution.manifest.v1+prettyjws"), false);
  assert.equal(hasLinks("application/vnd.example+json"), false);
});

test("a subject is looked for however its name is written", () => {
  const of = (text: string): boolean => mayHaveSubject(new TextEncoder().encode(text));
  assert.equal(of('{"subject":{}}'), true);
  assert.equal(of('{"\\u0073ubject":{}}'), true);
  assert.equal(of('{"layers":[],"annotations":{"a":"the subject"}}'), false);
});

test("the artifact type is the document's, or its config's", () => {
  assert.equal(linksOf(OCI_MANIFEST, { config: A, layers: [] }).artifactType, "text/plain");
  assert.equal(linksOf(OCI_MANIFEST, { artifactType: "a/b", config: A, layers: [] }).artifactType, "a/b");
  assert.equal(linksOf(OCI_INDEX, { manifests: [] }).artifactType, undefined);
});

test("the subject and the annotations are read", () => {
  const referrer = sampleReferrer(sampleImage("x").root, "a/b", "note").content.at(-1);
  assert.ok(referrer !== undefined);
  const links = parseLinks(referrer.bytes, referrer.descriptor);
  assert.equal(links.subject?.digest, sampleImage("x").root.digest);
  assert.deepEqual(links.annotations, { note: "note" });
});

test("fields of a descriptor stay, optional ones of the wrong type do not", () => {
  const wrong = { ...A, urls: "x", annotations: { a: 1 }, data: 5, platform: { os: "linux" }, artifactType: [] };
  const kept = { ...A, extra: { n: 1 }, annotations: { a: "b" }, platform: { os: "linux", architecture: "arm" } };
  assert.deepEqual(linksOf(OCI_INDEX, { manifests: [wrong, kept] }).children, [A, kept]);
});

test("a document that is another kind than its descriptor says is refused", () => {
  const documents: readonly (readonly [string, object])[] = [
    [OCI_MANIFEST, { config: A, layers: [], manifests: [] }],
    [OCI_INDEX, { manifests: [], layers: [] }],
    [OCI_INDEX, { manifests: [], config: null }],
    [OCI_INDEX, { mediaType: OCI_MANIFEST, manifests: [] }],
    [OCI_MANIFEST, { mediaType: OCI_INDEX, config: A, layers: [] }],
  ];
  for (const [mediaType, fields] of documents) {
    assertCode(() => linksOf(mediaType, fields), "ERR_GRAPH_INVALID");
  }
});

test("a document without media type is taken for what its descriptor says", () => {
  assert.deepEqual(linksOf(OCI_MANIFEST, { mediaType: undefined, config: A, layers: [B] }).children, [A, B]);
});

test("broken links are named", () => {
  const broken: readonly (readonly [object, RegExp])[] = [
    [{ manifests: [{ ...A, digest: "sha256:12" }] }, /manifests\[0\]\.digest/],
    [{ manifests: [{ ...A, size: -1 }] }, /manifests\[0\]\.size/],
    [{ manifests: [{ ...A, size: 2 ** 60 }] }, /manifests\[0\]\.size/],
    [{ manifests: [{ digest: A.digest, size: 1 }] }, /manifests\[0\]\.mediaType/],
    [{ manifests: [5] }, /manifests\[0\]/],
    [{ manifests: {} }, /manifests/],
  ];
  for (const [fields, place] of broken) {
    assert.match(assertCode(() => linksOf(OCI_INDEX, fields), "ERR_GRAPH_INVALID").message, place);
  }
  const { descriptor } = sampleOf(3, 1, OCI_INDEX);
  for (const text of ["[]", "{", "", "null"]) {
    assertCode(() => parseLinks(new TextEncoder().encode(text), descriptor), "ERR_GRAPH_INVALID");
  }
});

test("links are limited in number", () => {
  const manifests = Array.from({ length: MAX_LINKS + 1 }, (): Descriptor => A as Descriptor);
  assertCode(() => linksOf(OCI_INDEX, { manifests }), "ERR_GRAPH_LIMIT");
});

test("an index of samples points to its images", () => {
  const [one, two] = [sampleImage("one"), sampleImage("two")];
  const index = sampleIndex([[one, { os: "linux", architecture: "amd64" }], [two]]).content.at(-1);
  assert.ok(index !== undefined);
  assert.deepEqual(
    parseLinks(index.bytes, index.descriptor).children.map(({ digest }) => digest),
    [one.root.digest, two.root.digest],
  );
});
