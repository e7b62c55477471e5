/** Every clause on descriptors, annotations and platforms that a document can break is broken here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@teu/std/json";
import { type AnnotationClause, checkAnnotationsOf } from "./annotations.ts";
import { clauseTable } from "./clause.ts";
import { type DescriptorClause, EMPTY_DESCRIPTOR, checkDescriptor } from "./descriptor.ts";
import { parseDigest } from "./digest.ts";
import { ANNOTATION_CLAUSES } from "./image/clauses/annotations.ts";
import { DESCRIPTOR_CLAUSES } from "./image/clauses/descriptor.ts";
import { PLATFORM_CLAUSES } from "./image/clauses/platform.ts";
import { type Issue, Report } from "./issue.ts";

const ROWS = { ...DESCRIPTOR_CLAUSES, ...ANNOTATION_CLAUSES, ...PLATFORM_CLAUSES };
const TABLE = clauseTable({ name: "image-spec", version: "v0", base: "released", draftBase: "merged" }, ROWS);

const HEX = "5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270";
const GOOD = { mediaType: "application/vnd.example.thing", digest: `sha256:${HEX}`, size: 7682 };

/** Checks the fields of a good descriptor with `fields` in place of its own; those that are undefined are left out. */
function check(fields: object): readonly Issue[] {
  return checkText(JSON.stringify({ ...GOOD, ...fields }));
}

function checkText(text: string): readonly Issue[] {
  const report = new Report(TABLE);
  checkDescriptor(parseJson(text), report);
  return report.issues;
}

function found(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ clause, path }) => `${clause} ${path}`);
}

const AMD64 = { architecture: "amd64", os: "linux" };
const LONG = "1234567".repeat(18) + "8";

test("good descriptors break no clause", () => {
  const rows = [
    {},
    { size: 0 },
    { size: Number.MAX_SAFE_INTEGER },
    { mediaType: `${LONG}/${LONG}` },
    { artifactType: "application/vnd.oci.image.manifest.v1+json" },
    { urls: [] },
    { urls: ["https://example.com/foo", "http://user@[::1]:80/a%20b?c#d", "HTTPS://example.com"] },
    { data: "aHR0cHM6Ly9naXRodWIuY29tL29wZW5jb250YWluZXJzCg==", size: 34 },
    { data: "", size: 0 },
    { data: "AAAA", size: 3 },
    { data: "AAA=", size: 2 },
    { annotations: {} },
    { annotations: { "com.example.key": "", "containerd.io/snapshot/x.y": "z" } },
    { platform: AMD64 },
    { platform: { ...AMD64, variant: "v2", "os.version": "6.1", "os.features": ["anything"] } },
    { platform: { architecture: "mips", os: "linux", variant: "softfloat" } },
    { platform: { architecture: "amd64", os: "windows", "os.features": ["win32k"] } },
    { mediaType: "application/vnd.oci.image.manifest.v1+json", platform: AMD64 },
    { mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: "application/vnd.example.sbom" },
    { unknown: { field: [null] } },
    EMPTY_DESCRIPTOR,
  ];
  for (const fields of rows) assert.deepEqual(check(fields), [], JSON.stringify(fields));
});

/** What breaks which clause, and where in the descriptor. */
const BAD: readonly (readonly [fields: object, clause: DescriptorClause, path: string])[] = [
  [{ mediaType: undefined }, "image.descriptor.mediaType", "mediaType"],
  [{ mediaType: null }, "image.descriptor.mediaType", "mediaType"],
  [{ mediaType: 1 }, "image.descriptor.mediaType", "mediaType"],
  [{ mediaType: "application" }, "image.descriptor.mediaType.grammar", "mediaType"],
  [{ mediaType: ".foo/bar" }, "image.descriptor.mediaType.grammar", "mediaType"],
  [{ mediaType: "foo/.bar" }, "image.descriptor.mediaType.grammar", "mediaType"],
  [{ mediaType: `${LONG}1/bar` }, "image.descriptor.mediaType.grammar", "mediaType"],
  [{ mediaType: `foo/${LONG}1` }, "image.descriptor.mediaType.grammar", "mediaType"],
  [{ digest: undefined }, "image.descriptor.digest", "digest"],
  [{ digest: 1 }, "image.descriptor.digest", "digest"],
  [{ digest: `:${HEX}` }, "image.digest.grammar", "digest"],
  [{ digest: "sha256" }, "image.digest.grammar", "digest"],
  [{ digest: `SHA256:${HEX}` }, "image.digest.grammar", "digest"],
  [{ digest: `sha256+foo+-b:${HEX}` }, "image.digest.grammar", "digest"],
  [{ digest: `sha256:${HEX.toUpperCase()}` }, "image.digest.sha256", "digest"],
  [{ digest: "sha256:00" }, "image.digest.sha256", "digest"],
  [{ digest: `sha512:${HEX}` }, "image.digest.sha512", "digest"],
  [{ digest: `blake3:${HEX}00` }, "image.digest.blake3", "digest"],
  [{ digest: `sha512:${HEX}${HEX}` }, "image.digest.algorithm", "digest"],
  [{ digest: `sha256+b64:${HEX}` }, "image.digest.algorithm", "digest"],
  [{ digest: "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8" }, "image.digest.algorithm", "digest"],
  [{ size: undefined }, "image.descriptor.size", "size"],
  [{ size: "7682" }, "image.descriptor.size", "size"],
  [{ size: 1.5 }, "image.descriptor.size", "size"],
  [{ size: -7682 }, "image.descriptor.size.negative", "size"],
  [{ urls: "https://example.com" }, "image.descriptor.urls", "urls"],
  [{ urls: null }, "image.descriptor.urls", "urls"],
  [{ urls: ["https://example.com", 1] }, "image.descriptor.urls", "urls[1]"],
  [{ urls: ["value"] }, "image.descriptor.urls.grammar", "urls[0]"],
  [{ urls: ["https://example.com/a b"] }, "image.descriptor.urls.grammar", "urls[0]"],
  [{ urls: ["ftp://example.com"] }, "image.descriptor.urls.scheme", "urls[0]"],
  [{ data: 1 }, "image.descriptor.data", "data"],
  [{ data: "aHR0c", size: 3 }, "image.descriptor.data", "data"],
  [{ data: "e3_=", size: 2 }, "image.descriptor.data", "data"],
  [{ data: "e3=0", size: 2 }, "image.descriptor.data", "data"],
  [{ data: "====", size: 1 }, "image.descriptor.data", "data"],
  [{ data: "e30=", size: 3 }, "image.descriptor.data.identical", "data"],
  [{ artifactType: null }, "image.descriptor.artifactType", "artifactType"],
  [{ artifactType: "foo/.bar" }, "image.descriptor.artifactType", "artifactType"],
  [{ mediaType: "application/vnd.oci.image.manifest.v1+json" }, "image.descriptor.platform", "platform"],
  [{ platform: null }, "image.platform.object", "platform"],
  [{ platform: "linux/amd64" }, "image.platform.object", "platform"],
  [{ platform: { os: "linux" } }, "image.platform.architecture", "platform.architecture"],
  [{ platform: { ...AMD64, architecture: 1 } }, "image.platform.architecture", "platform.architecture"],
  [{ platform: { ...AMD64, architecture: "x86_64" } }, "image.platform.architecture.known", "platform.architecture"],
  [{ platform: { architecture: "amd64" } }, "image.platform.os", "platform.os"],
  [{ platform: { ...AMD64, os: "Linux" } }, "image.platform.os.known", "platform.os"],
  [{ platform: { ...AMD64, "os.version": 10 } }, "image.platform.os.version", 'platform["os.version"]'],
  [{ platform: { ...AMD64, "os.features": "x" } }, "image.platform.os.features", 'platform["os.features"]'],
  [{ platform: { ...AMD64, "os.features": [1] } }, "image.platform.os.features", 'platform["os.features"][0]'],
  [
    { platform: { architecture: "amd64", os: "windows", "os.features": ["x"] } },
    "image.platform.os.features.windows",
    'platform["os.features"][0]',
  ],
  [{ platform: { ...AMD64, variant: 2 } }, "image.platform.variant", "platform.variant"],
  [{ platform: { ...AMD64, variant: "v10" } }, "image.platform.variant.known", "platform.variant"],
  [
    { platform: { os: "linux", architecture: "arm", variant: "7" } },
    "image.platform.variant.known",
    "platform.variant",
  ],
  [{ platform: { ...AMD64, features: ["sse4"] } }, "image.platform.features", "platform.features"],
];

test("a bad field breaks its clause and no other", () => {
  for (const [fields, clause, path] of BAD) {
    assert.deepEqual(found(check(fields)), [`${clause} ${path}`], JSON.stringify(fields));
  }
});

test("what is no object is no descriptor", () => {
  for (const text of ["null", "[]", '"sha256:00"', "1"]) {
    assert.deepEqual(found(checkText(text)), ["image.descriptor.object "]);
  }
});

test("a size that doubles cannot hold is told from one that is no 64-bit integer", () => {
  const rows = [
    ["9007199254740991", []],
    ["9007199254740992", ["image.descriptor.size.exact size"]],
    ["9223372036854775807", ["image.descriptor.size.exact size"]],
    ["9223372036854775808", ["image.descriptor.size size"]],
    ["-9223372036854775808", ["image.descriptor.size.negative size"]],
    ["-9223372036854775809", ["image.descriptor.size size"]],
    ["1e3", ["image.descriptor.size size"]],
    ["1.0", ["image.descriptor.size size"]],
  ] as const;
  const text = JSON.stringify({ ...GOOD, size: 0 });
  for (const [size, expected] of rows) {
    assert.deepEqual(found(checkText(text.replace(":0}", `:${size}}`))), expected, size);
  }
});

test("a subject needs no platform", () => {
  const report = new Report(TABLE);
  const text = JSON.stringify({ ...GOOD, mediaType: "application/vnd.oci.image.manifest.v1+json" });
  checkDescriptor(parseJson(text), report, { platformDue: false });
  assert.deepEqual(report.issues, []);
});

const BAD_MAPS: readonly (readonly [annotations: unknown, clause: AnnotationClause, path: string])[] = [
  [null, "image.annotations.none", "annotations"],
  [[], "image.annotations.map", "annotations"],
  [{ "a.b": 1 }, "image.annotations.value", 'annotations["a.b"]'],
  [{ "a.b": null }, "image.annotations.value", 'annotations["a.b"]'],
];

test("annotations that break a MUST break the descriptor's with it", () => {
  for (const [annotations, clause, path] of BAD_MAPS) {
    assert.deepEqual(found(check({ annotations })), [`${clause} ${path}`, "image.descriptor.annotations annotations"]);
  }
  assert.deepEqual(found(check({ annotations: { key: "" } })), ["image.annotations.namespaced annotations.key"]);
});

/** Key, value, and the clause that the value breaks if it breaks one. */
const ANNOTATIONS: readonly (readonly [key: string, value: string, clause?: AnnotationClause])[] = [
  ["", "", "image.annotations.namespaced"],
  ["key", "", "image.annotations.namespaced"],
  [".com.example", "", "image.annotations.namespaced"],
  ["com.", "", "image.annotations.namespaced"],
  ["com example.key", "", "image.annotations.namespaced"],
  ["com.example", ""],
  ["vnd.docker.reference.type", "attestation-manifest"],
  ["org.opencontainers.image.future", "anything"],
  ["org.opencontainers.image.authors", ""],
  ["org.opencontainers.image.created", "2015-10-31T22:22:56.015925234Z"],
  ["org.opencontainers.image.created", "2015-10-31 22:22:56", "image.annotations.created"],
  ["org.opencontainers.image.created", "2015-02-29T00:00:00Z", "image.annotations.created"],
  ["org.opencontainers.image.url", "https://example.com/"],
  ["org.opencontainers.image.url", "example.com", "image.annotations.url"],
  ["org.opencontainers.image.documentation", "", "image.annotations.url"],
  ["org.opencontainers.image.source", "git@example.com:a/b", "image.annotations.url"],
  ["org.opencontainers.image.source", "git+ssh://git@example.com/a/b.git"],
  ["org.opencontainers.image.version", "v1.0"],
  ["org.opencontainers.image.licenses", "MIT AND (Apache-2.0 OR GPL-2.0+)"],
  ["org.opencontainers.image.licenses", "MIT, Apache-2.0", "image.annotations.licenses"],
  ["org.opencontainers.image.ref.name", "example.com/a--b_c@1.2:x+y"],
  ["org.opencontainers.image.ref.name", "a b", "image.annotations.refName.characters"],
  ["org.opencontainers.image.ref.name", "a__b", "image.annotations.refName.grammar"],
  ["org.opencontainers.image.ref.name", "", "image.annotations.refName.grammar"],
  ["org.opencontainers.image.base.digest", `sha256:${HEX}`],
  ["org.opencontainers.image.base.digest", HEX, "image.annotations.base.digest"],
  ["org.opencontainers.image.base.name", "docker.io/library/debian:12"],
  ["org.opencontainers.image.base.name", "debian:12", "image.annotations.base.qualified"],
  ["org.opencontainers.image.base.name", "Debian:12", "image.annotations.base.name"],
];

test("annotations are judged by key and value", () => {
  for (const [key, value, clause] of ANNOTATIONS) {
    const report = new Report(TABLE);
    checkAnnotationsOf(parseJson(JSON.stringify({ [key]: value })), "image.descriptor.annotations", report);
    const clauses = report.issues.map((issue) => issue.clause);
    assert.deepEqual(clauses, clause === undefined ? [] : [clause], `${key}: ${value}`);
  }
});

test("every clause that a document can break is broken above", () => {
  const elsewhere = ["image.descriptor.object", "image.descriptor.size.exact", "image.descriptor.annotations"];
  const broken = new Set<string>([...elsewhere, ...BAD_MAPS.map(([, clause]) => clause)]);
  for (const [, clause] of BAD) broken.add(clause);
  for (const [, , clause] of ANNOTATIONS) if (clause !== undefined) broken.add(clause);
  const judged = Object.values(TABLE).filter(({ judge }) => judge === "document");
  assert.deepEqual([...broken].sort(), judged.map(({ id }) => id).sort());
});

test("the level of a clause decides what a message says, and its link leads to the text", () => {
  const [issue] = check({ size: -1 });
  assert.deepEqual(issue, {
    clause: "image.descriptor.size.negative",
    level: "MUST",
    path: "size",
    message: "expected 0 or more, got -1",
    link: "merged/descriptor.md#properties",
  });
  assert.equal(check({ urls: ["ftp://x"] })[0]?.level, "SHOULD");
});

test("the empty descriptor is that of the specification", () => {
  assert.equal(
    EMPTY_DESCRIPTOR.digest,
    parseDigest("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
  );
  assert.equal(Buffer.from(EMPTY_DESCRIPTOR.data ?? "", "base64").toString(), "{}");
});
