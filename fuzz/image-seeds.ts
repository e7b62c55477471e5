/**
 * Good documents of images, for several targets to start from.
 * @module
 */

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;
const IMAGE = "application/vnd.oci.image";
const DOCKER = "application/vnd.docker";

/** Image manifests. */
export const MANIFESTS: readonly unknown[] = [
  {
    schemaVersion: 2,
    mediaType: `${IMAGE}.manifest.v1+json`,
    config: { mediaType: `${IMAGE}.config.v1+json`, digest: hash("c"), size: 7023 },
    layers: [
      { mediaType: `${IMAGE}.layer.v1.tar+gzip`, digest: hash("1"), size: 32654, urls: ["https://example.com/1"] },
    ],
    annotations: { "org.opencontainers.image.created": "2026-11-22T10:00:00Z", "com.example.key": "value" },
  },
  {
    schemaVersion: 2,
    artifactType: "application/vnd.example.report",
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: hash("4"), size: 2, data: "e30=" },
    layers: [],
    subject: { mediaType: `${IMAGE}.manifest.v1+json`, digest: `sha512:${"0f".repeat(64)}`, size: 1 },
  },
];

/** Image indexes. */
export const INDEXES: readonly unknown[] = [
  {
    schemaVersion: 2,
    mediaType: `${IMAGE}.index.v1+json`,
    manifests: [
      {
        mediaType: `${IMAGE}.manifest.v1+json`,
        digest: hash("5"),
        size: 7682,
        platform: { architecture: "arm", os: "linux", variant: "v7", "os.features": ["x"] },
        annotations: { "org.opencontainers.image.ref.name": "v1" },
      },
    ],
  },
];

/** Image configurations, Docker's among them. */
export const CONFIGS: readonly unknown[] = [
  {
    created: "2015-10-31T22:22:56.015925234Z",
    author: "A",
    architecture: "amd64",
    os: "linux",
    config: {
      User: "1:1",
      ExposedPorts: { "8080/tcp": {} },
      Env: ["A=b"],
      Cmd: null,
      Labels: { "com.example.a": "b" },
      StopSignal: "SIGTERM",
      Healthcheck: { Test: ["CMD", "true"], Interval: 30_000_000_000 },
      OnBuild: [],
    },
    rootfs: { type: "layers", diff_ids: [hash("a")] },
    history: [{ created: "2015-10-31T22:22:54Z", created_by: "sh" }, { empty_layer: true }],
  },
];

/** Headers of image layouts. */
export const LAYOUTS: readonly unknown[] = [{ imageLayoutVersion: "1.0.0" }];

/** Docker's image manifests. */
export const DOCKER_MANIFESTS: readonly unknown[] = [
  {
    schemaVersion: 2,
    mediaType: `${DOCKER}.distribution.manifest.v2+json`,
    config: { mediaType: `${DOCKER}.container.image.v1+json`, size: 7023, digest: hash("c") },
    layers: [{ mediaType: `${DOCKER}.image.rootfs.diff.tar.gzip`, size: 32654, digest: hash("1") }],
  },
];

/** Docker's manifest lists. */
export const DOCKER_LISTS: readonly unknown[] = [
  {
    schemaVersion: 2,
    mediaType: `${DOCKER}.distribution.manifest.list.v2+json`,
    manifests: [
      {
        mediaType: `${DOCKER}.distribution.manifest.v2+json`,
        size: 7143,
        digest: hash("5"),
        platform: { architecture: "amd64", os: "linux", features: ["sse4"] },
      },
    ],
  },
];

const unsigned = {
  schemaVersion: 1,
  name: "a/b",
  tag: "latest",
  architecture: "amd64",
  fsLayers: [{ blobSum: hash("1") }],
  history: [{ v1Compatibility: '{"id":"a","parent":"b","throwaway":true}' }],
};
const length = JSON.stringify(unsigned).length - 1;
const header = Buffer.from(JSON.stringify({ formatLength: length, formatTail: "fQ" })).toString("base64url");

/** Docker's image manifests of schema 1, unsigned and signed. */
export const SCHEMA1: readonly unknown[] = [
  unsigned,
  { ...unsigned, signatures: [{ header: { alg: "ES256" }, signature: "aa", protected: header }] },
];

/** `manifest.json` of Docker's archives. */
export const ARCHIVES: readonly unknown[] = [
  [{ Config: "c.json", RepoTags: ["example.com/a:b"], Layers: ["l/layer.tar"], Parent: hash("b") }],
];

/** `repositories` of Docker's archives. */
export const REPOSITORIES: readonly unknown[] = [{ busybox: { latest: "5f29f704" } }];
