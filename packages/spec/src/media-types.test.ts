/** How the media types of OCI and Docker relate, row by row. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as types from "./media-types.ts";

test("documents have their role in both families", () => {
  const rows = [
    [types.OCI_DESCRIPTOR, "descriptor"],
    [types.OCI_LAYOUT_HEADER, "layout"],
    [types.OCI_EMPTY, "empty"],
    [types.OCI_INDEX, "index"],
    [types.DOCKER_MANIFEST_LIST, "index"],
    [types.OCI_MANIFEST, "manifest"],
    [types.DOCKER_MANIFEST, "manifest"],
    [types.OCI_CONFIG, "config"],
    [types.DOCKER_CONFIG, "config"],
    [types.DOCKER_MANIFEST_1, "legacy"],
    [types.DOCKER_MANIFEST_1_SIGNED, "legacy"],
    ["application/vnd.example.sbom.v1", undefined],
    ["", undefined],
  ] as const;
  for (const [type, role] of rows) {
    assert.equal(types.roleOf(type), role, type);
    assert.equal(types.isIndex(type), role === "index", type);
    assert.equal(types.isManifest(type), role === "manifest", type);
    assert.equal(types.isConfig(type), role === "config", type);
    assert.equal(types.isLegacyManifest(type), role === "legacy", type);
    assert.equal(types.isImageLayer(type), false, type);
  }
});

/** Media type, plain type, compression, encrypted, distributable. */
const LAYERS = [
  [types.OCI_LAYER, types.OCI_LAYER, "none", false, true],
  [types.OCI_LAYER_GZIP, types.OCI_LAYER, "gzip", false, true],
  [types.OCI_LAYER_ZSTD, types.OCI_LAYER, "zstd", false, true],
  [types.OCI_NONDISTRIBUTABLE_LAYER, types.OCI_NONDISTRIBUTABLE_LAYER, "none", false, false],
  [types.OCI_NONDISTRIBUTABLE_LAYER_GZIP, types.OCI_NONDISTRIBUTABLE_LAYER, "gzip", false, false],
  [types.OCI_NONDISTRIBUTABLE_LAYER_ZSTD, types.OCI_NONDISTRIBUTABLE_LAYER, "zstd", false, false],
  [types.DOCKER_LAYER, types.DOCKER_LAYER, "none", false, true],
  [types.DOCKER_LAYER_GZIP, types.DOCKER_LAYER, "gzip", false, true],
  [types.DOCKER_LAYER_ZSTD, types.DOCKER_LAYER, "zstd", false, true],
  [types.DOCKER_FOREIGN_LAYER, types.DOCKER_FOREIGN_LAYER, "none", false, false],
  [types.DOCKER_FOREIGN_LAYER_GZIP, types.DOCKER_FOREIGN_LAYER, "gzip", false, false],
  [`${types.OCI_LAYER}+encrypted`, types.OCI_LAYER, "none", true, true],
  [`${types.OCI_LAYER_GZIP}+encrypted`, types.OCI_LAYER, "gzip", true, true],
  [`${types.OCI_LAYER_ZSTD}+encrypted`, types.OCI_LAYER, "zstd", true, true],
  [`${types.DOCKER_LAYER_GZIP}+encrypted`, types.DOCKER_LAYER, "gzip", true, true],
  ["application/vnd.erofs.layer.v1", "application/vnd.erofs.layer.v1", "none", false, true],
  ["application/vnd.erofs.layer.v1+zstd", "application/vnd.erofs.layer.v1", "zstd", false, true],
] as const;

test("parseLayerType takes the types of layers apart, and formatLayerType puts them together", () => {
  for (const [type, base, compression, encrypted, distributable] of LAYERS) {
    const layer = types.parseLayerType(type);
    assert.ok(layer !== undefined, type);
    assert.deepEqual([layer.base.type, layer.base.distributable], [base, distributable], type);
    assert.deepEqual([layer.compression, layer.encrypted], [compression, encrypted], type);
    assert.equal(types.formatLayerType(layer), type);
    assert.ok(types.isImageLayer(type), type);
  }
});

test("parseLayerType refuses what only looks like a layer", () => {
  const others = [
    types.OCI_MANIFEST,
    "+encrypted",
    `${types.OCI_LAYER}.gzip`,
    `${types.DOCKER_LAYER}+gzip`,
    `${types.OCI_LAYER}+encrypted+gzip`,
    `${types.OCI_LAYER}+br`,
    `${types.OCI_LAYER_GZIP}+encrypted+encrypted`,
    types.OCI_LAYER.toUpperCase(),
  ];
  for (const type of others) assert.equal(types.parseLayerType(type), undefined, type);
});

const PAIRS = [
  [types.OCI_INDEX, types.DOCKER_MANIFEST_LIST],
  [types.OCI_MANIFEST, types.DOCKER_MANIFEST],
  [types.OCI_CONFIG, types.DOCKER_CONFIG],
  [types.OCI_LAYER, types.DOCKER_LAYER],
  [types.OCI_LAYER_GZIP, types.DOCKER_LAYER_GZIP],
  [types.OCI_LAYER_ZSTD, types.DOCKER_LAYER_ZSTD],
  [types.OCI_NONDISTRIBUTABLE_LAYER, types.DOCKER_FOREIGN_LAYER],
  [types.OCI_NONDISTRIBUTABLE_LAYER_GZIP, types.DOCKER_FOREIGN_LAYER_GZIP],
  [`${types.OCI_LAYER_GZIP}+encrypted`, `${types.DOCKER_LAYER_GZIP}+encrypted`],
] as const;

test("types of OCI and Docker that mean the same lead to each other", () => {
  for (const [oci, docker] of PAIRS) {
    assert.deepEqual([types.ociEquivalent(docker), types.ociEquivalent(oci)], [oci, oci]);
    assert.deepEqual([types.dockerEquivalent(oci), types.dockerEquivalent(docker)], [docker, docker]);
    assert.ok(types.areEquivalent(oci, docker) && types.areEquivalent(docker, oci));
  }
});

test("other types have no equivalent and are equivalent to themselves only", () => {
  for (const type of [types.OCI_EMPTY, types.OCI_DESCRIPTOR, types.OCI_LAYOUT_HEADER]) {
    assert.equal(types.dockerEquivalent(type), undefined);
    assert.equal(types.ociEquivalent(type), type);
  }
  for (const type of [
    types.DOCKER_MANIFEST_1,
    types.DOCKER_MANIFEST_1_SIGNED,
    "application/vnd.erofs.layer.v1",
    "x/y",
  ]) {
    assert.equal(types.ociEquivalent(type), undefined, type);
  }
  assert.ok(types.areEquivalent("x/y", "x/y"));
  assert.ok(!types.areEquivalent("x/y", "x/z"));
  assert.ok(!types.areEquivalent(types.OCI_LAYER, types.OCI_LAYER_GZIP));
  assert.ok(!types.areEquivalent(types.DOCKER_MANIFEST_1, types.OCI_MANIFEST));
});

test("every known type is a media type", () => {
  for (const { type } of [...types.DOCUMENT_TYPES, ...types.LAYER_BASES]) assert.ok(types.isMediaType(type), type);
});

test("isMediaType knows the names of RFC 6838", () => {
  const long = "1234567".repeat(18) + "8";
  const good = ["a/b", "application/vnd.example+json", "foo/b!#$&-^_.+9", `${long}/${long}`];
  const bad = [
    "",
    "application",
    "/",
    "a/",
    "/b",
    ".foo/bar",
    "foo/.bar",
    "foo/+json",
    `${long}1/bar`,
    `foo/${long}1`,
    "a/b/c",
    "a/b; charset=utf-8",
    "a/b ",
    "a/b\n",
    "a/é",
    "a/*",
  ];
  for (const text of good) assert.ok(types.isMediaType(text), text);
  for (const text of bad) assert.ok(!types.isMediaType(text), text);
});
