/**
 * Content to push: blobs and manifests that no registry has seen before.
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, joinDigest } from "@teu/spec/digest";
import { OCI_CONFIG, OCI_EMPTY, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";

/** Bytes with what names them. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return joinDigest(algorithm, createHash(algorithm).update(bytes).digest("hex"));
}

/** A blob of random bytes. */
export function randomBlob(size: number, algorithm: "sha256" | "sha512" = "sha256"): Blob {
  return blobOf(randomBytes(size), "application/octet-stream", algorithm);
}

/** A blob of given bytes. */
export function blobOf(bytes: Uint8Array, mediaType: string, algorithm: "sha256" | "sha512" = "sha256"): Blob {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length } };
}

/** A document as a blob. */
export function documentOf(value: { readonly mediaType: string }, algorithm: "sha256" | "sha512" = "sha256"): Blob {
  return blobOf(Buffer.from(JSON.stringify(value)), value.mediaType, algorithm);
}

/** The empty JSON object. */
export const EMPTY: Blob = blobOf(Buffer.from("{}"), OCI_EMPTY);

/** What an image manifest has beside what every one has. */
export interface ManifestParts {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image manifest. */
export function manifestOf(parts: ManifestParts, algorithm: "sha256" | "sha512" = "sha256"): Blob {
  return documentOf({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...parts } as never, algorithm);
}

/** An image index. */
export function indexOf(
  manifests: readonly Descriptor[],
  more: Omit<Partial<ManifestParts>, "config" | "layers"> = {},
): Blob {
  return documentOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...more } as never);
}

/** A configuration and a layer that fit each other as far as a registry looks, and a manifest of them. */
export function randomImage(more: Partial<ManifestParts> = {}): { manifest: Blob; config: Blob; layer: Blob } {
  const layer = randomBlob(1024);
  const diffIds = [layer.descriptor.digest];
  const config = blobOf(
    Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } })),
    OCI_CONFIG,
  );
  const layers = [{ ...layer.descriptor, mediaType: OCI_LAYER }];
  return { layer, config, manifest: manifestOf({ config: config.descriptor, layers, ...more }) };
}
