import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { EMPTY_DESCRIPTOR } from "../descriptor.ts";
import { CONFIG, LAYER, digestOf, json } from "../image/good.test.data.ts";
import type { Issue } from "../issue.ts";
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  DOCKER_LAYER_GZIP,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_MANIFEST,
} from "../media-types.ts";
import { checkArchiveManifest, checkArchiveRepositories } from "./archive.ts";
import { DOCKER_CLAUSES, type DockerClauseId } from "./clauses.ts";
import { checkDockerConfig } from "./config.ts";
import { checkDockerManifestList } from "./manifest-list.ts";
import { checkSchema1 } from "./schema1.ts";
import { checkDockerManifest } from "./schema2.ts";

type Fields = Readonly<Record<string, unknown>>;

const MANIFEST = {
  schemaVersion: 2,
  mediaType: DOCKER_MANIFEST,
  config: { mediaType: DOCKER_CONFIG, size: 1, digest: digestOf("c") },
  layers: [{ mediaType: DOCKER_LAYER_GZIP, size: 1, digest: digestOf("1") }],
};
const ENTRY = {
  mediaType: DOCKER_MANIFEST,
  size: 1,
  digest: digestOf("2"),
  platform: { architecture: "amd64", os: "linux" },
};
const LIST = { schemaVersion: 2, mediaType: DOCKER_MANIFEST_LIST, manifests: [ENTRY] };
const PROTECTED = { formatLength: 10, formatTail: "Cn0", time: "2015-04-08T18:52:59Z" };
const SCHEMA1 = {
  schemaVersion: 1,
  name: "library/hello",
  tag: "latest",
  architecture: "amd64",
  fsLayers: [{ blobSum: digestOf("3") }],
  history: [{ v1Compatibility: '{"id":"e45a"}' }],
};
const ARCHIVED = {
  Config: "c.json",
  RepoTags: ["a:b"],
  Layers: ["l/layer.tar"],
  LayerSources: { [digestOf("4")]: LAYER },
};

const signature = (header: unknown): Fields => ({
  header: { alg: "ES256" },
  signature: "XREm0L8",
  protected: Buffer.from(JSON.stringify(header)).toString("base64url"),
});
const manifest = (fields: Fields): Issue[] => checkDockerManifest(json({ ...MANIFEST, ...fields }));
const list = (fields: Fields): Issue[] => checkDockerManifestList(json({ ...LIST, ...fields }));
const schema1 = (fields: Fields): Issue[] => checkSchema1(json({ ...SCHEMA1, ...fields }));
const archived = (fields: Fields): Issue[] => checkArchiveManifest(json([{ ...ARCHIVED, ...fields }]));
const container = (fields: Fields): Issue[] =>
  checkDockerConfig(json({ ...CONFIG, config: { ...CONFIG.config, ...fields } }));
const health = (fields: Fields): Issue[] => container({ Healthcheck: { Test: ["NONE"], ...fields } });

/** A document for each clause that a document can break, which breaks this clause and no other MUST. */
const BROKEN: { readonly [Id in DockerClauseId]?: () => readonly Issue[] } = {
  "docker.manifest.object": () => checkDockerManifest(json([])),
  "docker.manifest.schemaVersion": () => manifest({ schemaVersion: 1 }),
  "docker.manifest.mediaType": () => manifest({ mediaType: undefined }),
  "docker.manifest.config": () => manifest({ config: "c" }),
  "docker.manifest.config.mediaType": () => manifest({ config: EMPTY_DESCRIPTOR }),
  "docker.manifest.layers": () => manifest({ layers: {} }),
  "docker.manifest.layers.mediaType": () => manifest({ layers: [{ ...MANIFEST.layers[0], mediaType: DOCKER_LAYER }] }),
  "docker.manifestList.object": () => checkDockerManifestList(json(1)),
  "docker.manifestList.schemaVersion": () => list({ schemaVersion: 2.5 }),
  "docker.manifestList.mediaType": () => list({ mediaType: DOCKER_MANIFEST }),
  "docker.manifestList.manifests": () => list({ manifests: [1] }),
  "docker.manifestList.manifests.mediaType": () => list({ manifests: [{ ...ENTRY, mediaType: OCI_MANIFEST }] }),
  "docker.manifestList.manifests.platform": () => list({ manifests: [{ ...ENTRY, platform: undefined }] }),
  "docker.schema1.object": () => checkSchema1(json([])),
  "docker.schema1.schemaVersion": () => schema1({ schemaVersion: 2 }),
  "docker.schema1.name": () => schema1({ name: undefined }),
  "docker.schema1.tag": () => schema1({ tag: 1 }),
  "docker.schema1.architecture": () => schema1({ architecture: null }),
  "docker.schema1.fsLayers": () => schema1({ fsLayers: [digestOf("3")] }),
  "docker.schema1.fsLayers.blobSum": () => schema1({ fsLayers: [{ blobSum: `sha512:${"3".repeat(128)}` }] }),
  "docker.schema1.history": () => schema1({ history: ["{}"] }),
  "docker.schema1.history.length": () => schema1({ history: [] }),
  "docker.schema1.history.v1Compatibility": () => schema1({ history: [{ v1Compatibility: "{" }] }),
  "docker.schema1.signatures": () => schema1({ signatures: [] }),
  "docker.schema1.signatures.protected": () =>
    schema1({ signatures: [signature(PROTECTED), signature({ ...PROTECTED, formatLength: 11 })] }),
  "docker.config.OnBuild": () => container({ OnBuild: "RUN make" }),
  "docker.config.Shell": () => container({ Shell: [1] }),
  "docker.config.Healthcheck.Test": () => health({ Test: "true" }),
  "docker.config.Healthcheck.Test.form": () => health({ Test: ["/bin/true"] }),
  "docker.config.Healthcheck.times": () => health({ Interval: "30s" }),
  "docker.config.Healthcheck.Retries": () => health({ Retries: 0.5 }),
  "docker.archive.list": () => checkArchiveManifest(json({ Config: "c.json" })),
  "docker.archive.Config": () => archived({ Config: "../c.json" }),
  "docker.archive.RepoTags": () => archived({ RepoTags: ["debian"] }),
  "docker.archive.Layers": () => archived({ Layers: ["/layer.tar"] }),
  "docker.archive.Parent": () => archived({ Parent: "abc" }),
  "docker.archive.LayerSources": () => archived({ LayerSources: { [digestOf("4")]: "layer.tar" } }),
  "docker.archive.repositories": () => checkArchiveRepositories(json({ busybox: "latest" })),
};

test("every clause that a document can break has a document here that breaks it", () => {
  const judged = Object.values(DOCKER_CLAUSES).filter(({ judge }) => judge === "document");
  assert.deepEqual(Object.keys(BROKEN).toSorted(), judged.map(({ id }) => id).toSorted());
});

suite("a document that breaks", () => {
  for (const [id, issues] of Object.entries(BROKEN)) {
    const { level, link } = DOCKER_CLAUSES[id as DockerClauseId];
    test(`${id}, ${level}, breaks no other MUST`, () => {
      const found = issues();
      const issue = found.find(({ clause }) => clause === id);
      assert.deepEqual({ level: issue?.level, link: issue?.link }, { level, link });
      const broken = new Set(found.filter((each) => each.level === "MUST").map(({ clause }) => clause));
      assert.deepEqual([...broken], level === "MUST" ? [id] : []);
    });
  }
});

test("good documents break nothing", () => {
  assert.deepEqual(manifest({ "com.example.x": 1 }), []);
  assert.deepEqual(list({}), []);
  assert.deepEqual(schema1({ signatures: [signature(PROTECTED), signature(PROTECTED)] }), []);
  assert.deepEqual(archived({ Parent: digestOf("5") }), []);
  assert.deepEqual(archived({ RepoTags: null, Layers: null, Parent: null, LayerSources: null }), []);
  assert.deepEqual(checkArchiveRepositories(json({ "example.com/a": { b: "c".repeat(64) }, d: {} })), []);
  assert.deepEqual(container({ OnBuild: ["RUN make"], Shell: ["/bin/sh", "-c"], Healthcheck: { Test: [] } }), []);
});
