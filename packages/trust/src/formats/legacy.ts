/**
 * How cosign 1 and 2, podman and skopeo keep signatures: manifests under tags that are made of the image's digest, one
 * layer a signature.
 * @see {@link https://github.com/sigstore/cosign/blob/v3.0.4/specs/SIGNATURE_SPEC.md}
 * @module
 */
import { type NamedContent, nameBytes } from "@teu/content/overlay";
import { fallbackTag } from "@teu/content/referrers";
import { fromBase64 } from "@teu/pki/base64";
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { OCI_CONFIG, OCI_MANIFEST } from "@teu/spec/media-types";
import { stringifyJson } from "@teu/std/json-value";
import { LEGACY_ANNOTATION } from "./types.ts";
import { reading } from "./unreadable.ts";

/** What is kept under a tag. */
export type LegacyKind = "sig" | "att";

/** The tag for what is known of an image. */
export function legacyTag(digest: Digest, kind: LegacyKind): string {
  return `${fallbackTag(digest)}.${kind}`;
}

/** Tells whether a name, or the tag in it, is one that signatures are kept under. */
export function isSignatureTag(name: string): boolean {
  return /(?:^|:)(?:sha256|sha512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/.test(name);
}

/**
 * The signature in the annotations of a layer; empty if there is none. Line breaks in it are passed over: some tools write
 * them, and all read them.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function legacySignature(annotations: Annotations): Uint8Array {
  const text = annotations[LEGACY_ANNOTATION.signature] ?? "";
  return reading("a signature in an annotation", () => fromBase64(text.replaceAll(/[\r\n]/g, "")));
}

/** A manifest and its config in memory. */
export interface LegacyManifest {
  readonly config: NamedContent;
  readonly manifest: NamedContent;
}

/** Makes the manifest that holds `layers`. The same layers give the same bytes. */
export function writeLegacyManifest(layers: readonly Descriptor[]): LegacyManifest {
  const config = named(OCI_CONFIG, {
    architecture: "",
    config: {},
    created: "0001-01-01T00:00:00Z",
    history: layers.map(() => ({ created: "0001-01-01T00:00:00Z" })),
    os: "",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = named(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers,
  });
  return { config, manifest };
}

function named(mediaType: string, value: object): NamedContent {
  return nameBytes(new TextEncoder().encode(stringifyJson(value)), { mediaType });
}
