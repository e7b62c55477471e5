/**
 * Image layouts that are broken in one place each: for every clause that a look at an image can judge, one that breaks it.
 * @module
 */
import { gzipSync } from "node:zlib";
import { digestBytes } from "@teu/content/hash";
import type { ImageClauseId } from "@teu/spec/image/clauses";
import { OCI_CONFIG, OCI_EMPTY, OCI_INDEX, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST } from "@teu/spec/media-types";
import { type CraftedHeader, tarArchive, tarFile, tarHeader, tarPax } from "@teu/testing/craft-tar";

type Fields = Readonly<Record<string, unknown>>;

/** What is to be different from a good layout. */
export interface BrokenLayout {
  readonly header?: unknown;
  /** Fields of index.json. */
  readonly index?: Fields | undefined;
  /** All of index.json. */
  readonly wholeIndex?: unknown;
  /** Fields of the entry for the image. */
  readonly entry?: Fields;
  readonly manifest?: Fields;
  readonly wholeManifest?: unknown;
  readonly config?: Fields;
  /** Fields of `config.config`. */
  readonly container?: Fields;
  /** All of the config, as text or bytes where it is no JSON. */
  readonly wholeConfig?: unknown;
  /** Fields of the descriptor of the layer. */
  readonly layer?: Fields;
  /** The plain archive of the layer. */
  readonly archive?: Uint8Array;
  /** The layer as it is stored. */
  readonly stored?: Uint8Array;
  /** Changes the files in the end: a name to its bytes, or to nothing for one that is missing. */
  readonly files?: (files: Map<string, Uint8Array>) => void;
}

const TIME = "2026-11-22T10:00:00Z";
const ARCHIVE = tarArchive(
  tarHeader({ name: "etc/", typeflag: "5", mode: 0o755 }),
  tarFile({ name: "etc/motd" }, "hello\n"),
);

/** The files of a layout with these changes, by their names. */
export function filesOf(broken: BrokenLayout): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const blob = (mediaType: string, content: unknown): Fields & { readonly digest: string } => {
    const bytes = bytesOf(content);
    const digest = digestBytes(bytes);
    files.set(`blobs/sha256/${digest.slice(7)}`, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const archive = broken.archive ?? ARCHIVE;
  const layer = { ...blob(OCI_LAYER_GZIP, broken.stored ?? gzipSync(archive)), ...broken.layer };
  const config = blob(OCI_CONFIG, broken.wholeConfig ?? configOf(archive, broken));
  const manifest = blob(
    OCI_MANIFEST,
    "wholeManifest" in broken
      ? broken.wholeManifest
      : { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer], ...broken.manifest },
  );
  const entry = { ...manifest, platform: { architecture: "arm64", os: "linux", variant: "v8" }, ...broken.entry };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry], ...broken.index };
  files.set("oci-layout", bytesOf(broken.header ?? { imageLayoutVersion: "1.0.0" }));
  files.set("index.json", bytesOf("wholeIndex" in broken ? broken.wholeIndex : index));
  broken.files?.(files);
  return files;
}

function configOf(archive: Uint8Array, { config, container }: BrokenLayout): Fields {
  return {
    created: TIME,
    architecture: "arm64",
    os: "linux",
    config: { Cmd: ["/bin/sh"], ...container },
    rootfs: { type: "layers", diff_ids: [digestBytes(archive)] },
    history: [{ created: TIME, created_by: "COPY . /" }],
    ...config,
  };
}

function bytesOf(content: unknown): Uint8Array {
  return content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content));
}

const entry = (fields: Fields): BrokenLayout => ({ entry: fields });
const annotated = (annotations: unknown): BrokenLayout => entry({ annotations });
const platform = (fields: Fields): BrokenLayout =>
  entry({ platform: { architecture: "arm64", os: "linux", ...fields } });
const manifest = (fields: Fields): BrokenLayout => ({ manifest: fields });
const config = (fields: Fields): BrokenLayout => ({ config: fields });
const container = (fields: Fields): BrokenLayout => ({ container: fields });
const step = (fields: Fields): BrokenLayout => config({ history: [{ created_by: "sh", ...fields }] });
const file = (name: string, text = "", more: CraftedHeader = {}): Uint8Array => tarFile({ name, ...more }, text);
const layerOf = (...parts: readonly Uint8Array[]): BrokenLayout => ({ archive: tarArchive(...parts) });
const artifact = (fields: Fields): BrokenLayout => ({
  wholeManifest: {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: "application/vnd.example.report",
    config: EMPTY,
    layers: [EMPTY],
    ...fields,
  },
  files: (files) => {
    for (const bytes of [bytesOf({}), NOTHING]) files.set(`blobs/sha256/${digestBytes(bytes).slice(7)}`, bytes);
  },
});
const NOTHING = new Uint8Array(0);
const EMPTY = { mediaType: OCI_EMPTY, digest: digestBytes(bytesOf({})), size: 2 };
const raw = (text: string): Uint8Array => new TextEncoder().encode(text);

const DESCRIPTORS: Readonly<Partial<Record<ImageClauseId, BrokenLayout>>> = {
  "image.descriptor.object": { index: { manifests: [[]] } },
  "image.descriptor.mediaType": entry({ mediaType: 1 }),
  "image.descriptor.mediaType.grammar": entry({ mediaType: "text" }),
  "image.descriptor.digest": entry({ digest: undefined }),
  "image.descriptor.digest.verify": {
    files: (files) => {
      for (const [name, bytes] of files)
        if (name.startsWith("blobs/"))
          files.set(
            name,
            bytes.map((byte) => byte ^ 1),
          );
    },
  },
  "image.descriptor.size": entry({ size: "500" }),
  "image.descriptor.size.negative": entry({ size: -1 }),
  "image.descriptor.size.exact": entry({ size: 2 ** 53 }),
  "image.descriptor.size.mismatch": { layer: { size: 7 } },
  "image.descriptor.urls": entry({ urls: "https://example.com" }),
  "image.descriptor.urls.grammar": entry({ urls: ["https://exa mple.com"] }),
  "image.descriptor.urls.scheme": entry({ urls: ["ftp://example.com/blob"] }),
  "image.descriptor.annotations": annotated({ "com.example.a": null }),
  "image.descriptor.data": entry({ data: "e30" }),
  "image.descriptor.data.identical": entry({ data: "e30=" }),
  "image.descriptor.artifactType": entry({ artifactType: "report" }),
  "image.descriptor.platform": entry({ platform: undefined }),
  "image.digest.grammar": entry({ digest: "sha256" }),
  "image.digest.algorithm": entry({ digest: `sha512:${"0".repeat(128)}` }),
  "image.digest.sha256": entry({ digest: "sha256:0123" }),
  "image.digest.sha512": entry({ digest: `sha512:${"0".repeat(64)}` }),
  "image.digest.blake3": entry({ digest: `blake3:${"A".repeat(64)}` }),
  "image.annotations.map": annotated(["com.example.a"]),
  "image.annotations.value": annotated({ "com.example.a": 1 }),
  "image.annotations.namespaced": annotated({ a: "b" }),
  "image.annotations.none": annotated(null),
  "image.annotations.created": annotated({ "org.opencontainers.image.created": "yesterday" }),
  "image.annotations.url": annotated({ "org.opencontainers.image.url": "example" }),
  "image.annotations.licenses": annotated({ "org.opencontainers.image.licenses": "free as in beer" }),
  "image.annotations.refName.characters": annotated({ "org.opencontainers.image.ref.name": "v1!" }),
  "image.annotations.refName.grammar": annotated({ "org.opencontainers.image.ref.name": "v1..2" }),
  "image.annotations.base.digest": annotated({ "org.opencontainers.image.base.digest": "sha256:1" }),
  "image.annotations.base.name": annotated({ "org.opencontainers.image.base.name": "Not A Name" }),
  "image.annotations.base.qualified": annotated({ "org.opencontainers.image.base.name": "debian" }),
  "image.platform.object": entry({ platform: "linux/arm64" }),
  "image.platform.architecture": platform({ architecture: undefined }),
  "image.platform.architecture.known": platform({ architecture: "arm128" }),
  "image.platform.os": platform({ os: null }),
  "image.platform.os.known": platform({ os: "templeos" }),
  "image.platform.os.version": platform({ "os.version": 10 }),
  "image.platform.os.features": platform({ "os.features": "win32k" }),
  "image.platform.os.features.windows": platform({ os: "windows", "os.features": ["win64k"] }),
  "image.platform.variant": platform({ variant: 8 }),
  "image.platform.variant.known": platform({ variant: "8" }),
  "image.platform.features": platform({ features: ["sse4"] }),
};

const LAYOUTS: Readonly<Partial<Record<ImageClauseId, BrokenLayout>>> = {
  "image.layout.blobs": {
    files: (files) => {
      for (const name of files.keys()) if (name.startsWith("blobs/")) files.delete(name);
    },
  },
  "image.layout.blobs.path": { files: (files) => void files.set("blobs/sha256/not.a.hash", raw("")) },
  "image.layout.file": { files: (files) => void files.delete("oci-layout") },
  "image.layout.file.object": { header: "1.0.0" },
  "image.layout.file.imageLayoutVersion": { header: {} },
  "image.layout.file.version": { header: { imageLayoutVersion: "1.0.1" } },
  "image.layout.index": { files: (files) => void files.delete("index.json") },
  "image.layout.index.object": { wholeIndex: [] },
  "image.index.object": nestedIndex(null),
  "image.index.schemaVersion": { index: { schemaVersion: 1 } },
  "image.index.mediaType.present": { index: { mediaType: undefined } },
  "image.index.mediaType": { index: { mediaType: OCI_MANIFEST } },
  "image.index.artifactType": { index: { artifactType: "a/b/c" } },
  "image.index.manifests": { index: { manifests: null } },
  "image.index.manifests.portable": entry({ mediaType: "application/xml" }),
  "image.index.subject": { index: { subject: "nope" } },
  "image.index.annotations": { index: { annotations: { "com.example.a": null } } },
};

/** A layout whose image is an index instead: this one. */
function nestedIndex(index: unknown): BrokenLayout {
  return { wholeManifest: index, entry: { mediaType: OCI_INDEX, platform: undefined } };
}

const MANIFESTS: Readonly<Partial<Record<ImageClauseId, BrokenLayout>>> = {
  "image.manifest.object": { wholeManifest: [] },
  "image.manifest.schemaVersion": manifest({ schemaVersion: "2" }),
  "image.manifest.mediaType.present": manifest({ mediaType: null }),
  "image.manifest.mediaType": manifest({ mediaType: OCI_INDEX }),
  "image.manifest.artifactType": artifact({ artifactType: "report" }),
  "image.manifest.artifactType.required": artifact({ artifactType: undefined }),
  "image.manifest.config": manifest({ config: null }),
  "image.manifest.config.portable": manifest({
    config: { ...EMPTY, mediaType: "application/vnd.docker.container.image.v1+json" },
  }),
  "image.manifest.layers": manifest({ layers: undefined }),
  "image.manifest.layers.present": {
    manifest: { layers: [] },
    config: { rootfs: { type: "layers", diff_ids: [] }, history: [] },
  },
  "image.manifest.layers.portable": { layer: { mediaType: OCI_LAYER_ZSTD } },
  "image.manifest.subject": manifest({ subject: ".nope" }),
  "image.manifest.annotations": manifest({ annotations: 1 }),
  "image.artifact.empty": artifact({ layers: [{ ...EMPTY, size: 1, digest: digestBytes(raw("x")) }] }),
  "image.artifact.layer": artifact({ layers: [{ mediaType: "text/plain", digest: digestBytes(NOTHING), size: 0 }] }),
  "image.artifact.config.notImage": manifest({ artifactType: "application/vnd.example.report" }),
  "image.confusion": manifest({ manifests: [] }),
};

const CONFIGS: Readonly<Partial<Record<ImageClauseId, BrokenLayout>>> = {
  "image.config.diffId": config({ rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] } }),
  "image.config.object": { wholeConfig: "config" },
  "image.config.created": config({ created: "2026-02-30T00:00:00Z" }),
  "image.config.author": config({ author: {} }),
  "image.config.architecture": config({ architecture: undefined }),
  "image.config.architecture.known": config({ architecture: "x86_64" }),
  "image.config.os": config({ os: 123 }),
  "image.config.os.known": config({ os: "Linux" }),
  "image.config.os.version": config({ "os.version": 11 }),
  "image.config.os.features": config({ "os.features": [1] }),
  "image.config.os.features.windows": config({ os: "windows", "os.features": ["none"] }),
  "image.config.variant": config({ variant: 8 }),
  "image.config.variant.known": config({ variant: "x3" }),
  "image.config.rootfs": config({ rootfs: null }),
  "image.config.rootfs.type": config({ rootfs: { type: "layers+base", diff_ids: [digestBytes(ARCHIVE)] } }),
  "image.config.rootfs.diff_ids": config({ rootfs: { type: "layers", diff_ids: ["sha256:1"] } }),
  "image.config.rootfs.diff_ids.layers": config({ rootfs: { type: "layers", diff_ids: [] }, history: undefined }),
  "image.config.history": config({ history: "should be an array" }),
  "image.config.history.created": step({ created: 0 }),
  "image.config.history.author": step({ author: [] }),
  "image.config.history.created_by": step({ created_by: ["sh"] }),
  "image.config.history.comment": step({ comment: false }),
  "image.config.history.empty_layer": step({ empty_layer: "false" }),
  "image.config.history.layers": config({ history: [{ created_by: "sh", empty_layer: true }] }),
  "image.config.config": config({ config: [] }),
  "image.config.User": container({ User: 1000 }),
  "image.config.User.form": container({ User: "a:b:c" }),
  "image.config.ExposedPorts": container({ ExposedPorts: ["8080"] }),
  "image.config.ExposedPorts.form": container({ ExposedPorts: { "8080/sctp": {} } }),
  "image.config.Env": container({ Env: ["PATH"] }),
  "image.config.Entrypoint": container({ Entrypoint: "/bin/app" }),
  "image.config.Cmd": container({ Cmd: [null] }),
  "image.config.Volumes": container({ Volumes: { "/data": "" } }),
  "image.config.WorkingDir": container({ WorkingDir: [] }),
  "image.config.Labels": container({ Labels: { "com.example.a": 1 } }),
  "image.config.StopSignal": container({ StopSignal: 9 }),
  "image.config.StopSignal.form": container({ StopSignal: "TERM" }),
  "image.config.ArgsEscaped": container({ ArgsEscaped: "true" }),
  "image.config.ArgsEscaped.deprecated": container({ ArgsEscaped: true }),
  "image.config.Memory": container({ Memory: "1g" }),
  "image.config.MemorySwap": container({ MemorySwap: 0.5 }),
  "image.config.CpuShares": container({ CpuShares: [] }),
  "image.config.Healthcheck": container({ Healthcheck: ["CMD", "true"] }),
  "image.json.numbers": config({ "com.example.count": 2 ** 53 }),
  "image.json.iJson": { wholeConfig: raw('{"author":"\\ud800"}') },
  "image.json.utf8": { wholeConfig: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d) },
  "image.json.uniqueNames": { wholeConfig: raw('{"os":"linux","os":"linux"}') },
};

const LAYERS: Readonly<Partial<Record<ImageClauseId, BrokenLayout>>> = {
  "image.layer.gzip": { stored: raw("this is no gzip") },
  "image.layer.zstd": { stored: raw("this is no zstd"), layer: { mediaType: OCI_LAYER_ZSTD } },
  "image.layer.tar": { archive: raw("this is no archive".repeat(60)) },
  "image.layer.tar.unique": layerOf(file("a"), file("./a")),
  "image.layer.sparse": layerOf(
    tarPax([
      ["GNU.sparse.size", "8"],
      ["GNU.sparse.numblocks", "1"],
      ["GNU.sparse.map", "4,4"],
    ]),
    file("a", "four"),
  ),
  "image.layer.whiteout.file": layerOf(file(".wh.a", "not empty")),
  "image.layer.whiteout.bare": layerOf(file("d/.wh.")),
  "image.layer.whiteout.order": layerOf(file("a"), file(".wh.b")),
  "image.layer.opaque.explicit": layerOf(file("d/.wh..wh..opq")),
};

/** A layout for each clause, by the clause that it breaks. */
export const BROKEN_LAYOUTS: Readonly<Partial<Record<ImageClauseId, BrokenLayout>>> = {
  ...DESCRIPTORS,
  ...LAYOUTS,
  ...MANIFESTS,
  ...CONFIGS,
  ...LAYERS,
};
