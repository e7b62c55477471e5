/** The tables of image-spec's own tests of its schema, with what they expect. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import type { Document } from "../document.ts";
import {
  DOCKER_CONFIG,
  DOCKER_LAYER_GZIP,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
  ociEquivalent,
} from "../media-types.ts";
import { parseConfig } from "./config.ts";
import { digestOf } from "./good.test.data.ts";
import { parseIndex } from "./index-document.ts";
import { parseLayoutHeader } from "./layout.ts";
import { parseManifest } from "./manifest.ts";

/** A row of a table: a document, as its text where it is no JSON, and whether the schema takes it. */
interface Row {
  readonly name: string;
  readonly document: unknown;
  readonly valid: boolean;
  /** Where we decide otherwise: the clause whose text differs from the schema. */
  readonly differs?: { readonly clause: string; readonly because: string };
}

const invalid = (name: string, document: unknown): Row => ({ name, document, valid: false });
const valid = (name: string, document: unknown): Row => ({ name, document, valid: true });

const config = { mediaType: OCI_CONFIG, size: 1470, digest: digestOf("c") };
const layer = { mediaType: OCI_LAYER_GZIP, size: 148, digest: digestOf("1") };
const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
const subject = { mediaType: OCI_MANIFEST, size: 1234, digest: digestOf("5") };
const algorithms = ["sha256+foo-bar", "sha256.foo-bar"].map((name) => ({
  ...layer,
  digest: `${name}:${"c".repeat(64)}`,
}));
const multihash = { ...layer, digest: "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8" };
const artifactLayer = { mediaType: "application/vnd.example.data+type", size: 675598, digest: digestOf("2") };

const MANIFESTS: readonly Row[] = [
  invalid("config.mediaType is no media type", { ...manifest, config: { ...config, mediaType: "invalid" } }),
  invalid(
    "config.size is a string, in JSON without its last brace",
    '{"schemaVersion":2,"config":{"config":{"size":"1470"}}',
  ),
  invalid("a layer's size is a string", { ...manifest, layers: [{ ...layer, size: "675598" }] }),
  valid("optional fields", {
    ...manifest,
    layers: [layer, layer, layer],
    annotations: { key1: "value1", key2: "value2" },
  }),
  valid("required fields", { ...manifest, layers: [layer, layer, layer] }),
  {
    ...invalid("no layers", { ...manifest, layers: [] }),
    differs: {
      clause: "image.manifest.layers.present",
      because: "for portability, the text says, layers SHOULD have an entry",
    },
  },
  valid("unusual algorithms of digests", {
    ...manifest,
    config: { ...config, digest: `sha256+b64:${"c".repeat(64)}` },
    layers: [...algorithms, multihash],
  }),
  valid("a subject", { ...manifest, subject }),
  invalid("a subject that is no descriptor", { ...manifest, subject: ".nope" }),
  invalid("an algorithm with two separators on end", {
    ...manifest,
    layers: [{ ...layer, digest: `sha256+foo+-b:${"c".repeat(64)}` }],
  }),
  valid("an artifact with a config", {
    ...manifest,
    config: { ...config, mediaType: "application/vnd.example.config+json" },
    layers: [artifactLayer],
  }),
  valid("an artifact with artifactType and the empty config", {
    ...manifest,
    artifactType: "application/vnd.example+type",
    config: {
      mediaType: OCI_EMPTY,
      size: 2,
      digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    },
    layers: [artifactLayer],
  }),
];

const entry = { mediaType: OCI_MANIFEST, size: 7143, digest: digestOf("e") };
const onPower = { ...entry, platform: { architecture: "ppc64le", os: "linux" } };
const onAmd64 = { ...entry, size: 7682, platform: { architecture: "amd64", os: "linux" } };
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [onAmd64] };

const INDEXES: readonly Row[] = [
  invalid("an entry's mediaType is no media type", { ...index, manifests: [{ ...onPower, mediaType: "invalid" }] }),
  invalid("an entry's size is a string", { ...index, manifests: [{ ...onAmd64, size: "7682" }] }),
  invalid("an entry has no digest", { ...index, manifests: [{ ...onAmd64, digest: undefined }] }),
  invalid("a platform has no architecture", { ...index, manifests: [{ ...onAmd64, platform: { os: "linux" } }] }),
  invalid("another entry's mediaType is no media type", {
    ...index,
    manifests: [{ ...onAmd64, mediaType: "invalid" }],
  }),
  invalid("an entry's mediaType is empty", { ...index, manifests: [{ ...onAmd64, mediaType: "" }] }),
  valid("optional fields", {
    ...index,
    manifests: [onPower, onAmd64],
    annotations: { "com.example.key1": "value1", "com.example.key2": "value2" },
  }),
  valid("required fields", { ...index, manifests: [entry] }),
  valid("an entry of a media type of its own", {
    ...index,
    manifests: [{ ...onPower, mediaType: "application/customized.manifest+json" }],
  }),
  valid("artifactType, of the index and of an entry", {
    ...index,
    artifactType: "application/vnd.example+type",
    manifests: [entry, { ...entry, artifactType: "application/vnd.example1+type" }],
  }),
  valid("a subject", { ...index, subject }),
  invalid("a subject that is no descriptor", { ...index, subject: "nope" }),
];

const LAYOUTS: readonly Row[] = [
  invalid("the version is not in quotes", '{"imageLayoutVersion": 1.0.0}'),
  valid("the version", { imageLayoutVersion: "1.0.0" }),
];

const rootfs = { type: "layers", diff_ids: [digestOf("a")] };
const image = { architecture: "amd64", os: "linux", rootfs };

const CONFIGS: readonly Row[] = [
  invalid("os is a number", { ...image, os: 123 }),
  invalid("variant is a number", { ...image, architecture: "arm64", variant: 123 }),
  invalid("User is a number", { ...image, created: "2015-10-31T22:22:56.015925234Z", config: { User: 1234 } }),
  invalid("history is a string, os a number", { ...image, os: 123, history: "should be an array" }),
  invalid("Env has a number, os is one", { ...image, os: 123, config: { Env: [7353] } }),
  invalid("Volumes is an array, os a number", { ...image, os: 123, config: { Volumes: ["/var/job-result-data"] } }),
  invalid("no JSON", "invalid JSON"),
  valid("optional fields, and less history than layers", {
    ...image,
    created: "2015-10-31T22:22:56.015925234Z",
    author: "Alyssa P. Hacker <alyspdev@example.com>",
    architecture: "arm64",
    variant: "v8",
    config: {
      User: "1:1",
      ExposedPorts: { "8080/tcp": {} },
      Env: ["PATH=/usr/bin:/bin", "FOO=docker_is_a_really", "BAR=great_tool_you_know"],
      Entrypoint: ["/bin/sh"],
      Cmd: ["--foreground", "--config", "/etc/my-app.d/default.cfg"],
      Volumes: { "/var/job-result-data": {}, "/var/log/my-app-logs": {} },
      StopSignal: "SIGKILL",
      WorkingDir: "/home/alice",
      Labels: { "com.example.project.git.url": "https://example.com/project.git" },
    },
    rootfs: { type: "layers", diff_ids: [digestOf("a"), digestOf("b")] },
    history: [
      { created: "2015-10-31T22:22:54.690851953Z", created_by: "ADD file:a3bc1e in /" },
      { created: "2015-10-31T22:22:55.613815829Z", created_by: 'CMD ["sh"]', empty_layer: true },
    ],
  }),
  valid("required fields", image),
  invalid("Env has no value", { ...image, config: { Env: ["foo"] } }),
];

/** Documents of Docker's, to be read as OCI's once their media types are those of OCI. */
const dockerEntry = { mediaType: DOCKER_MANIFEST, size: 2094, digest: digestOf("7") };
const runConfig = {
  Hostname: "8dfe43d80430",
  AttachStdin: false,
  Tty: false,
  Image: digestOf("6"),
  Env: ["PATH=/bin"],
};
const nulls = { Cmd: null, Volumes: null, Entrypoint: null, OnBuild: null };
const dockerImage = {
  ...image,
  container: "15a30be0",
  docker_version: "1.12.1",
  created: "2016-10-10T23:04:00.821781828Z",
};

const DOCKER_INDEXES: readonly Row[] = [
  valid("a manifest list of five platforms", {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST_LIST,
    manifests: [
      { ...dockerEntry, platform: { architecture: "ppc64le", os: "linux" } },
      { ...dockerEntry, platform: { architecture: "amd64", os: "linux" } },
      { ...dockerEntry, platform: { architecture: "s390x", os: "linux" } },
      { ...dockerEntry, platform: { architecture: "arm", os: "linux", variant: "v7" } },
      { ...dockerEntry, platform: { architecture: "arm64", os: "linux", variant: "v8" } },
    ],
  }),
];

const DOCKER_MANIFESTS: readonly Row[] = [
  valid("a manifest whose config is of no special type", {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: { mediaType: "application/octet-stream", size: 3210, digest: digestOf("9") },
    layers: [1, 2, 3, 4].map((size) => ({ mediaType: DOCKER_LAYER_GZIP, size, digest: digestOf("8") })),
  }),
];

const DOCKER_CONFIGS: readonly Row[] = [
  valid("a configuration with much of Docker's own", {
    ...dockerImage,
    config: { ...runConfig, Cmd: ["sh"], Volumes: null, WorkingDir: "", Entrypoint: ["run"], OnBuild: [], Labels: {} },
    container_config: { ...runConfig, Cmd: ["/bin/sh", "-c", "#(nop) ", 'CMD ["sh"]'] },
    history: [{ created_by: "ADD file:d6ee3b in / " }, { created_by: "ENV A=b", empty_layer: true }],
  }),
  valid("a configuration with null for Entrypoint and Cmd", { ...dockerImage, config: { ...runConfig, ...nulls } }),
];

function agree(name: string, rows: readonly Row[], parse: (bytes: Uint8Array) => Document<unknown>): void {
  suite(`image-spec's table of ${name}`, () => {
    for (const row of rows) {
      const bytes = new TextEncoder().encode(inOciTypes(row.document));
      test(`${row.valid ? "takes" : "refuses"}: ${row.name}`, () => judge(row, () => parse(bytes)));
    }
  });
}

function inOciTypes(document: unknown): string {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return text.replace(/application\/vnd\.docker[^"]*/g, (type) => ociEquivalent(type) ?? type);
}

function judge(row: Row, parse: () => Document<unknown>): void {
  if (row.valid) {
    parse();
  } else if (row.differs === undefined) {
    assertCode(parse, "ERR_DOCUMENT_INVALID");
  } else {
    const broken = parse().issues.map(({ clause }) => clause);
    assert.deepEqual(broken, [row.differs.clause], row.differs.because);
  }
}

agree("manifests", MANIFESTS, parseManifest);
agree("indexes", INDEXES, parseIndex);
agree("layouts", LAYOUTS, parseLayoutHeader);
agree("configurations", CONFIGS, parseConfig);
agree("Docker's manifest lists", DOCKER_INDEXES, parseIndex);
agree("Docker's manifests", DOCKER_MANIFESTS, parseManifest);
agree("Docker's configurations", DOCKER_CONFIGS, parseConfig);

test("the tables are whole", () => {
  const counts = [MANIFESTS, INDEXES, LAYOUTS, CONFIGS].map((rows) => rows.length);
  assert.deepEqual(counts, [12, 12, 2, 10]);
  assert.equal(ociEquivalent(DOCKER_CONFIG), OCI_CONFIG);
});
