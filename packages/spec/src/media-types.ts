/**
 * Media types of images and artifacts: those of OCI and of Docker, and how they relate.
 * @module
 */

/** A descriptor on its own. */
export const OCI_DESCRIPTOR = "application/vnd.oci.descriptor.v1+json";
/** The file `oci-layout` of an image layout. */
export const OCI_LAYOUT_HEADER = "application/vnd.oci.layout.header.v1+json";
/** An image index. */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** An image manifest. */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** An image configuration. */
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
/** The two bytes `{}`, for descriptors that point to nothing. */
export const OCI_EMPTY = "application/vnd.oci.empty.v1+json";
/** A layer that is a plain tar archive. */
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
/** A layer compressed with gzip. */
export const OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
/** A layer compressed with zstd. */
export const OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
/** Deprecated: a layer whose distribution is restricted, plain. */
export const OCI_NONDISTRIBUTABLE_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar";
/** Deprecated: a layer whose distribution is restricted, compressed with gzip. */
export const OCI_NONDISTRIBUTABLE_LAYER_GZIP = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
/** Deprecated: a layer whose distribution is restricted, compressed with zstd. */
export const OCI_NONDISTRIBUTABLE_LAYER_ZSTD = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";

/** Docker's index, called a manifest list. */
export const DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
/** Docker's image manifest, schema 2. */
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
/** Docker's obsolete image manifest, schema 1. */
export const DOCKER_MANIFEST_1 = "application/vnd.docker.distribution.manifest.v1+json";
/** The same with a signature inside. */
export const DOCKER_MANIFEST_1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";
/** Docker's image configuration. */
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
/** Docker's layer, plain. */
export const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
/** Docker's layer, compressed with gzip. */
export const DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/** Docker's layer, compressed with zstd: in no specification, yet in use. */
export const DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd";
/** Docker's layer whose distribution is restricted, plain. */
export const DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar";
/** Docker's layer whose distribution is restricted, compressed with gzip. */
export const DOCKER_FOREIGN_LAYER_GZIP = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/** What a document or blob of some media type is for. */
export type MediaTypeRole = "descriptor" | "layout" | "index" | "manifest" | "config" | "layer" | "empty" | "legacy";

/** Whose media type it is. */
export type MediaTypeFamily = "oci" | "docker" | "other";

/** A known media type. */
export interface MediaTypeRow {
  readonly type: string;
  readonly role: MediaTypeRole;
  readonly family: MediaTypeFamily;
  /** The type of the other family that means the same. */
  readonly equivalent?: string;
}

/** Media types other than layers. A new one is a new row. */
export const DOCUMENT_TYPES: readonly MediaTypeRow[] = [
  { type: OCI_DESCRIPTOR, role: "descriptor", family: "oci" },
  { type: OCI_LAYOUT_HEADER, role: "layout", family: "oci" },
  { type: OCI_INDEX, role: "index", family: "oci", equivalent: DOCKER_MANIFEST_LIST },
  { type: OCI_MANIFEST, role: "manifest", family: "oci", equivalent: DOCKER_MANIFEST },
  { type: OCI_CONFIG, role: "config", family: "oci", equivalent: DOCKER_CONFIG },
  { type: OCI_EMPTY, role: "empty", family: "oci" },
  { type: DOCKER_MANIFEST_LIST, role: "index", family: "docker", equivalent: OCI_INDEX },
  { type: DOCKER_MANIFEST, role: "manifest", family: "docker", equivalent: OCI_MANIFEST },
  { type: DOCKER_CONFIG, role: "config", family: "docker", equivalent: OCI_CONFIG },
  { type: DOCKER_MANIFEST_1, role: "legacy", family: "docker" },
  { type: DOCKER_MANIFEST_1_SIGNED, role: "legacy", family: "docker" },
];
const DOCUMENTS: ReadonlyMap<string, MediaTypeRow> = new Map(DOCUMENT_TYPES.map((row) => [row.type, row]));

/** How a layer is compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** A kind of layer, before compression and encryption. */
export interface LayerBase {
  /** Media type of the plain form. */
  readonly type: string;
  readonly family: MediaTypeFamily;
  /** What the plain bytes are: a tar archive or an EROFS image. */
  readonly format: "tar" | "erofs";
  /** False for layers whose distribution is restricted: do not make new ones, do not upload them by default. */
  readonly distributable: boolean;
  /** Stands between the plain type and the name of a compression. */
  readonly separator: "+" | ".";
  /** The plain type of the other family that means the same. */
  readonly equivalent?: string;
}

/** Kinds of layers. A new one is a new row. */
export const LAYER_BASES: readonly LayerBase[] = [
  {
    type: OCI_LAYER,
    family: "oci",
    format: "tar",
    distributable: true,
    separator: "+",
    equivalent: DOCKER_LAYER,
  },
  {
    type: OCI_NONDISTRIBUTABLE_LAYER,
    family: "oci",
    format: "tar",
    distributable: false,
    separator: "+",
    equivalent: DOCKER_FOREIGN_LAYER,
  },
  {
    type: DOCKER_LAYER,
    family: "docker",
    format: "tar",
    distributable: true,
    separator: ".",
    equivalent: OCI_LAYER,
  },
  {
    type: DOCKER_FOREIGN_LAYER,
    family: "docker",
    format: "tar",
    distributable: false,
    separator: ".",
    equivalent: OCI_NONDISTRIBUTABLE_LAYER,
  },
  {
    type: "application/vnd.erofs.layer.v1",
    family: "other",
    format: "erofs",
    distributable: true,
    separator: "+",
  },
];

/** A layer's media type, taken apart. */
export interface LayerType {
  readonly base: LayerBase;
  readonly compression: Compression;
  /** True for layers that OCIcrypt encrypted, which end in `+encrypted`. */
  readonly encrypted: boolean;
}

const COMPRESSIONS: readonly Compression[] = ["none", "gzip", "zstd"];
const ENCRYPTED = "+encrypted";

/** Takes the media type of a layer apart; nothing if it is of no kind of {@link LAYER_BASES}. */
export function parseLayerType(mediaType: string): LayerType | undefined {
  const encrypted = mediaType.endsWith(ENCRYPTED);
  const plain = encrypted ? mediaType.slice(0, -ENCRYPTED.length) : mediaType;
  for (const base of LAYER_BASES) {
    const compression = COMPRESSIONS.find((name) => plain === compressedType(base, name));
    if (compression !== undefined) return { base, compression, encrypted };
  }
  return undefined;
}

/** Writes a layer's media type, the inverse of {@link parseLayerType}. */
export function formatLayerType({ base, compression, encrypted }: LayerType): string {
  return compressedType(base, compression) + (encrypted ? ENCRYPTED : "");
}

function compressedType(base: LayerBase, compression: Compression): string {
  return compression === "none" ? base.type : base.type + base.separator + compression;
}

/** Tells whether `mediaType` is an image index or Docker's manifest list. */
export function isIndex(mediaType: string): boolean {
  return DOCUMENTS.get(mediaType)?.role === "index";
}

/** Tells whether `mediaType` is a single image manifest, of OCI or Docker schema 2. */
export function isManifest(mediaType: string): boolean {
  return DOCUMENTS.get(mediaType)?.role === "manifest";
}

/** Tells whether `mediaType` is Docker's obsolete schema 1. */
export function isLegacyManifest(mediaType: string): boolean {
  return DOCUMENTS.get(mediaType)?.role === "legacy";
}

/** Tells whether `mediaType` is an image configuration. */
export function isConfig(mediaType: string): boolean {
  return DOCUMENTS.get(mediaType)?.role === "config";
}

/** Tells whether `mediaType` is a layer of an image's file system. */
export function isImageLayer(mediaType: string): boolean {
  return roleOf(mediaType) === "layer";
}

/** What content of `mediaType` is for; nothing if the type is unknown. */
export function roleOf(mediaType: string): MediaTypeRole | undefined {
  const row = DOCUMENTS.get(mediaType);
  if (row !== undefined) return row.role;
  return parseLayerType(mediaType) === undefined ? undefined : "layer";
}

/**
 * The type of OCI that means the same as `mediaType`, or `mediaType` itself if it is one; nothing if there is none.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md#compatibility-matrix}
 */
export function ociEquivalent(mediaType: string): string | undefined {
  return equivalentIn("oci", mediaType);
}

/** The type of Docker that means the same as `mediaType`, or `mediaType` itself if it is one; nothing if there is none. */
export function dockerEquivalent(mediaType: string): string | undefined {
  return equivalentIn("docker", mediaType);
}

function equivalentIn(family: MediaTypeFamily, mediaType: string): string | undefined {
  const row = DOCUMENTS.get(mediaType);
  if (row !== undefined) return row.family === family ? mediaType : row.equivalent;
  const layer = parseLayerType(mediaType);
  if (layer === undefined || layer.base.family === family) return layer === undefined ? undefined : mediaType;
  const base = LAYER_BASES.find(({ type }) => type === layer.base.equivalent);
  return base === undefined ? undefined : formatLayerType({ ...layer, base });
}

/** Tells whether both types mean the same: they are equal, or equivalent across OCI and Docker. */
export function areEquivalent(first: string, second: string): boolean {
  return first === second || (ociEquivalent(first) ?? first) === (ociEquivalent(second) ?? second);
}

/**
 * Tells whether `text` is a media type as RFC 6838 section 4.2 names them: two names of at most 127 characters, no parameters.
 * @see {@link https://datatracker.ietf.org/doc/html/rfc6838#section-4.2}
 */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
