import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { checkDescriptor } from "../descriptor.ts";
import { type Issue, Report } from "../issue.ts";
import { DOCKER_CONFIG, OCI_EMPTY, OCI_LAYER_ZSTD } from "../media-types.ts";
import { IMAGE_CLAUSES, type ImageClauseId } from "./clauses.ts";
import { checkConfig, parseConfig } from "./config.ts";
import {
  ARTIFACT,
  CONFIG,
  CONFIG_DESCRIPTOR,
  ENTRY,
  INDEX,
  LAYER,
  MANIFEST,
  PLAIN_LAYER,
  bytes,
  digestOf,
  json,
} from "./good.test.data.ts";
import { checkIndex } from "./index-document.ts";
import { checkLayoutHeader, checkLayoutIndex, checkLayoutPaths } from "./layout.ts";
import { checkManifestWithConfig } from "./manifest-with-config.ts";
import { checkManifest } from "./manifest.ts";

type Fields = Readonly<Record<string, unknown>>;

const descriptor = (fields: Fields): Issue[] => {
  const report = new Report(IMAGE_CLAUSES);
  checkDescriptor(json({ ...ENTRY, ...fields }), report);
  return report.issues;
};
const annotated = (annotations: unknown): Issue[] => descriptor({ annotations });
const platform = (fields: Fields): Issue[] => descriptor({ platform: { ...ENTRY.platform, ...fields } });
const manifest = (fields: Fields): Issue[] => checkManifest(json({ ...MANIFEST, ...fields }));
const artifact = (fields: Fields): Issue[] => checkManifest(json({ ...ARTIFACT, ...fields }));
const index = (fields: Fields): Issue[] => checkIndex(json({ ...INDEX, ...fields }));
const config = (fields: Fields): Issue[] => checkConfig(json({ ...CONFIG, ...fields }));
const container = (fields: Fields): Issue[] => config({ config: { ...CONFIG.config, ...fields } });
const rootfs = (fields: Fields): Issue[] => config({ rootfs: { ...CONFIG.rootfs, ...fields } });
const step = (fields: Fields): Issue[] => config({ history: [{ ...CONFIG.history[0], ...fields }, {}] });
const paths = (...names: string[]): Issue[] => checkLayoutPaths(["oci-layout", "index.json", "blobs/", ...names]);
const withConfig = (...diff_ids: string[]): Issue[] =>
  checkManifestWithConfig(manifestValue, { rootfs: { type: "layers", diff_ids } });
const manifestValue = MANIFEST as unknown as Parameters<typeof checkManifestWithConfig>[0];

/** A document for each clause that a document can break, which breaks this clause and no other MUST. */
const BROKEN: { readonly [Id in ImageClauseId]?: () => readonly Issue[] } = {
  "image.descriptor.object": () => {
    const report = new Report(IMAGE_CLAUSES);
    checkDescriptor(json([]), report);
    return report.issues;
  },
  "image.descriptor.mediaType": () => descriptor({ mediaType: 1 }),
  "image.descriptor.mediaType.grammar": () => descriptor({ mediaType: "text" }),
  "image.descriptor.digest": () => descriptor({ digest: undefined }),
  "image.descriptor.size": () => descriptor({ size: "500" }),
  "image.descriptor.size.negative": () => descriptor({ size: -1 }),
  "image.descriptor.size.exact": () => descriptor({ size: 2 ** 53 }),
  "image.descriptor.urls": () => descriptor({ urls: "https://example.com" }),
  "image.descriptor.urls.grammar": () => descriptor({ urls: ["https://exa mple.com"] }),
  "image.descriptor.urls.scheme": () => descriptor({ urls: ["ftp://example.com/blob"] }),
  "image.descriptor.annotations": () => annotated({ "com.example.a": null }),
  "image.descriptor.data": () => descriptor({ data: "e30", size: 2 }),
  "image.descriptor.data.identical": () => descriptor({ data: "e30=", size: 3 }),
  "image.descriptor.artifactType": () => descriptor({ artifactType: "report" }),
  "image.descriptor.platform": () => descriptor({ platform: undefined }),
  "image.digest.grammar": () => descriptor({ digest: "sha256" }),
  "image.digest.algorithm": () => descriptor({ digest: `sha512:${"0".repeat(128)}` }),
  "image.digest.sha256": () => descriptor({ digest: "sha256:0123" }),
  "image.digest.sha512": () => descriptor({ digest: `sha512:${"0".repeat(64)}` }),
  "image.digest.blake3": () => descriptor({ digest: `blake3:${"A".repeat(64)}` }),
  "image.annotations.map": () => annotated(["com.example.a"]),
  "image.annotations.value": () => annotated({ "com.example.a": 1 }),
  "image.annotations.namespaced": () => annotated({ a: "b" }),
  "image.annotations.none": () => annotated(null),
  "image.annotations.created": () => annotated({ "org.opencontainers.image.created": "yesterday" }),
  "image.annotations.url": () => annotated({ "org.opencontainers.image.url": "example" }),
  "image.annotations.licenses": () => annotated({ "org.opencontainers.image.licenses": "free as in beer" }),
  "image.annotations.refName.characters": () => annotated({ "org.opencontainers.image.ref.name": "v1!" }),
  "image.annotations.refName.grammar": () => annotated({ "org.opencontainers.image.ref.name": "v1..2" }),
  "image.annotations.base.digest": () => annotated({ "org.opencontainers.image.base.digest": "sha256:1" }),
  "image.annotations.base.name": () => annotated({ "org.opencontainers.image.base.name": "Not A Name" }),
  "image.annotations.base.qualified": () => annotated({ "org.opencontainers.image.base.name": "debian" }),
  "image.platform.object": () => descriptor({ platform: "linux/arm64" }),
  "image.platform.architecture": () => platform({ architecture: undefined }),
  "image.platform.architecture.known": () => platform({ architecture: "arm128" }),
  "image.platform.os": () => platform({ os: null }),
  "image.platform.os.known": () => platform({ os: "templeos" }),
  "image.platform.os.version": () => platform({ "os.version": 10 }),
  "image.platform.os.features": () => platform({ "os.features": "win32k" }),
  "image.platform.os.features.windows": () => platform({ os: "windows", "os.features": ["win64k"] }),
  "image.platform.variant": () => platform({ variant: 8 }),
  "image.platform.variant.known": () => platform({ variant: "8" }),
  "image.platform.features": () => platform({ features: ["sse4"] }),

  "image.layout.blobs": () => checkLayoutPaths(["oci-layout", "index.json"]),
  "image.layout.blobs.path": () => paths("blobs/sha256/not.a.hash"),
  "image.layout.file": () => checkLayoutPaths(["index.json", `blobs/sha256/${"0".repeat(64)}`]),
  "image.layout.file.object": () => checkLayoutHeader(json("1.0.0")),
  "image.layout.file.imageLayoutVersion": () => checkLayoutHeader(json({})),
  "image.layout.file.version": () => checkLayoutHeader(json({ imageLayoutVersion: "1.0.1" })),
  "image.layout.index": () => checkLayoutPaths(["oci-layout", "blobs"]),
  "image.layout.index.object": () => checkLayoutIndex(json([])),

  "image.index.object": () => checkIndex(json(null)),
  "image.index.schemaVersion": () => index({ schemaVersion: 1 }),
  "image.index.mediaType.present": () => index({ mediaType: undefined }),
  "image.index.mediaType": () => index({ mediaType: MANIFEST.mediaType }),
  "image.index.artifactType": () => index({ artifactType: "a/b/c" }),
  "image.index.manifests": () => index({ manifests: null }),
  "image.index.manifests.portable": () => index({ manifests: [{ ...ENTRY, mediaType: "application/xml" }] }),
  "image.index.subject": () => index({ subject: "nope" }),
  "image.index.annotations": () => index({ annotations: { "com.example.a": null } }),

  "image.manifest.object": () => checkManifest(json([])),
  "image.manifest.schemaVersion": () => manifest({ schemaVersion: "2" }),
  "image.manifest.mediaType.present": () => manifest({ mediaType: null }),
  "image.manifest.mediaType": () => manifest({ mediaType: INDEX.mediaType }),
  "image.manifest.artifactType": () => artifact({ artifactType: "report" }),
  "image.manifest.artifactType.required": () => artifact({ artifactType: undefined }),
  "image.manifest.config": () => manifest({ config: null }),
  "image.manifest.config.portable": () => manifest({ config: { ...CONFIG_DESCRIPTOR, mediaType: DOCKER_CONFIG } }),
  "image.manifest.layers": () => manifest({ layers: undefined }),
  "image.manifest.layers.present": () => manifest({ layers: [] }),
  "image.manifest.layers.portable": () => manifest({ layers: [{ ...LAYER, mediaType: OCI_LAYER_ZSTD }] }),
  "image.manifest.subject": () => manifest({ subject: ".nope" }),
  "image.manifest.annotations": () => manifest({ annotations: 1 }),
  "image.artifact.empty": () => artifact({ layers: [{ ...LAYER, mediaType: OCI_EMPTY }] }),
  "image.artifact.layer": () => artifact({ layers: [{ ...ARTIFACT.layers[0], size: 0 }] }),
  "image.artifact.config.notImage": () => manifest({ artifactType: ARTIFACT.artifactType }),

  "image.config.diffId": () => withConfig(digestOf("a"), digestOf("b")),
  "image.config.object": () => checkConfig(json("config")),
  "image.config.created": () => config({ created: "2026-02-30T00:00:00Z" }),
  "image.config.author": () => config({ author: {} }),
  "image.config.architecture": () => config({ architecture: undefined }),
  "image.config.architecture.known": () => config({ architecture: "x86_64" }),
  "image.config.os": () => config({ os: 123 }),
  "image.config.os.known": () => config({ os: "Linux" }),
  "image.config.os.version": () => config({ "os.version": 11 }),
  "image.config.os.features": () => config({ "os.features": [1] }),
  "image.config.os.features.windows": () => config({ os: "windows", "os.features": ["none"] }),
  "image.config.variant": () => config({ variant: 8 }),
  "image.config.variant.known": () => config({ variant: "x3" }),
  "image.config.rootfs": () => config({ rootfs: null }),
  "image.config.rootfs.type": () => rootfs({ type: "layers+base" }),
  "image.config.rootfs.diff_ids": () => rootfs({ diff_ids: ["sha256:1", digestOf("a")] }),
  "image.config.rootfs.diff_ids.layers": () => withConfig(digestOf("a")),
  "image.config.history": () => config({ history: "should be an array" }),
  "image.config.history.created": () => step({ created: 0 }),
  "image.config.history.author": () => step({ author: [] }),
  "image.config.history.created_by": () => step({ created_by: ["sh"] }),
  "image.config.history.comment": () => step({ comment: false }),
  "image.config.history.empty_layer": () => step({ empty_layer: "false" }),
  "image.config.history.layers": () => config({ history: [{ created_by: "sh" }] }),
  "image.config.config": () => config({ config: [] }),
  "image.config.User": () => container({ User: 1000 }),
  "image.config.User.form": () => container({ User: "a:b:c" }),
  "image.config.ExposedPorts": () => container({ ExposedPorts: ["8080"] }),
  "image.config.ExposedPorts.form": () => container({ ExposedPorts: { "8080/sctp": {} } }),
  "image.config.Env": () => container({ Env: ["PATH"] }),
  "image.config.Entrypoint": () => container({ Entrypoint: "/bin/app" }),
  "image.config.Cmd": () => container({ Cmd: [null] }),
  "image.config.Volumes": () => container({ Volumes: { "/data": "" } }),
  "image.config.WorkingDir": () => container({ WorkingDir: [] }),
  "image.config.Labels": () => container({ Labels: { "com.example.a": 1 } }),
  "image.config.StopSignal": () => container({ StopSignal: 9 }),
  "image.config.StopSignal.form": () => container({ StopSignal: "TERM" }),
  "image.config.ArgsEscaped": () => container({ ArgsEscaped: "true" }),
  "image.config.ArgsEscaped.deprecated": () => container({ ArgsEscaped: true }),
  "image.config.Memory": () => container({ Memory: "1g" }),
  "image.config.MemorySwap": () => container({ MemorySwap: 0.5 }),
  "image.config.CpuShares": () => container({ CpuShares: [] }),
  "image.config.Healthcheck": () => container({ Healthcheck: ["CMD", "true"] }),
  "image.json.numbers": () => config({ "com.example.count": 2 ** 53 }),
  "image.confusion": () => manifest({ manifests: [] }),
};

/** Clauses that are judged before there is JSON to check: readers refuse what breaks them. */
const UNREADABLE: { readonly [Id in ImageClauseId]?: readonly [bytes: Uint8Array, message: RegExp] } = {
  "image.json.iJson": [new TextEncoder().encode('{"author":"\\ud800"}'), /lone surrogate/],
  "image.json.utf8": [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), /not UTF-8/],
  "image.json.uniqueNames": [new TextEncoder().encode('{"os":"linux","os":"linux"}'), /os is given twice/],
};

/** Clauses that are broken wherever the first one is. */
const WITH: { readonly [Id in ImageClauseId]?: readonly ImageClauseId[] } = {
  "image.annotations.map": ["image.descriptor.annotations"],
  "image.annotations.value": ["image.descriptor.annotations"],
  "image.annotations.none": ["image.descriptor.annotations"],
  "image.descriptor.annotations": ["image.annotations.value"],
  "image.index.annotations": ["image.annotations.value"],
  "image.manifest.annotations": ["image.annotations.map"],
  "image.config.Labels": ["image.annotations.value"],
};

test("every clause that a document can break has a document here that breaks it", () => {
  const judged = Object.values(IMAGE_CLAUSES).filter(({ judge }) => judge === "document");
  const provoked = [...Object.keys(BROKEN), ...Object.keys(UNREADABLE)];
  assert.deepEqual(provoked.toSorted(), judged.map(({ id }) => id).toSorted());
});

suite("a document that breaks", () => {
  for (const [id, issues] of Object.entries(BROKEN)) {
    const clause = IMAGE_CLAUSES[id as ImageClauseId];
    test(`${id}, ${clause.level}, breaks no other MUST`, () => {
      const found = issues();
      const issue = found.find((each) => each.clause === id);
      assert.deepEqual({ level: issue?.level, link: issue?.link }, { level: clause.level, link: clause.link });
      const broken = new Set(found.filter(({ level }) => level === "MUST").map((each) => each.clause));
      const expected = clause.level === "MUST" ? [id, ...(WITH[clause.id as ImageClauseId] ?? [])] : [];
      assert.deepEqual([...broken].toSorted(), expected.toSorted());
    });
  }
  for (const [id, [input, message]] of Object.entries(UNREADABLE)) {
    test(`${id} is refused`, () => {
      assert.match(assertCode(() => parseConfig(input), "ERR_DOCUMENT_INVALID").message, message);
    });
  }
});

test("good documents break nothing", () => {
  assert.deepEqual(manifest({}), []);
  assert.deepEqual(artifact({}), []);
  assert.deepEqual(index({}), []);
  assert.deepEqual(config({}), []);
  assert.deepEqual(descriptor({}), []);
  assert.deepEqual(withConfig(digestOf("a"), PLAIN_LAYER.digest), []);
  assert.deepEqual(paths("README", `blobs/sha256/${"0".repeat(64)}`, "blobs/sha256+b64u/LCa0a2j_xo_5="), []);
  assert.deepEqual(checkLayoutHeader(json({ imageLayoutVersion: "1.0.0", "com.example.x": 1 })), []);
  assert.deepEqual(checkLayoutIndex(json(INDEX)), []);
});

test("a field that need not be there may be null", () => {
  const nulls = Object.fromEntries(
    [...Object.keys(CONFIG.config), "Memory", "Healthcheck"].map((name) => [name, null]),
  );
  assert.deepEqual(container(nulls), []);
  assert.deepEqual(config({ created: null, author: null, config: null, history: null, variant: null }), []);
  assert.deepEqual(config({ "os.version": null, "os.features": null }), []);
  assert.deepEqual(step({ created: null, author: null, created_by: null, comment: null, empty_layer: null }), []);
  assert.deepEqual(manifest({ artifactType: null, subject: null }), []);
});

test("a report keeps the first hundred issues of a clause, and all clauses", () => {
  const found = manifest({ layers: Array.from({ length: 1000 }, () => 1), schemaVersion: 3 });
  assert.equal(found.length, 101);
  assert.ok(bytes(found).length < 100_000);
});
