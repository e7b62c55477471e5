/**
 * Artifacts: content other than images, packaged as image manifests.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { Annotations } from "../annotations.ts";
import { type Descriptor, EMPTY_DESCRIPTOR } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { SpecErrorCode } from "../errors.ts";
import { OCI_INDEX, OCI_MANIFEST, isConfig, isMediaType } from "../media-types.ts";
import type { Index } from "./index-document.ts";
import type { Manifest } from "./manifest.ts";

/** What goes into the manifest of an artifact. */
export interface ArtifactParts {
  /** What the artifact is: a media type of its maker's choice. */
  readonly artifactType: string;
  /** The files or blobs of the artifact. */
  readonly layers?: readonly Descriptor[];
  /** Facts about the artifact as a JSON blob. */
  readonly config?: Descriptor;
  /** The manifest that the artifact says something about. */
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/**
 * The manifest of an artifact, by the decision tree of the specification: whatever it lacks of config and layers, the
 * empty descriptor stands for.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if `artifactType` is no media type, or `config` is of the type of an image.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage}
 */
export function artifactManifest(parts: ArtifactParts): Manifest {
  const { artifactType, config = EMPTY_DESCRIPTOR, layers = [], subject, annotations } = parts;
  if (!isMediaType(artifactType)) throw unfit(artifactType, "artifactType is no media type");
  if (isConfig(config.mediaType))
    throw unfit(artifactType, `config is of type ${config.mediaType}, which is of images`);
  return {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config,
    layers: layers.length === 0 ? [EMPTY_DESCRIPTOR] : layers,
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function unfit(artifactType: string, problem: string): TeuError<SpecErrorCode> {
  return new TeuError("ERR_DOCUMENT_INVALID", `Making the manifest of artifact "${artifactType}": ${problem}`, {
    detail: { issues: [] },
  });
}

/** Tells whether a manifest is of an image: its config is of a type of images, and it claims no artifact type. */
export function isImage(manifest: Manifest): boolean {
  return isConfig(manifest.config.mediaType) && (manifest.artifactType ?? "") === "";
}

/**
 * What a manifest or index is of: its `artifactType`, or else the media type of its config, as artifacts of old have it.
 * @returns nothing for an index without `artifactType`.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers}
 */
export function artifactTypeOf(document: Manifest | Index): string | undefined {
  if ((document.artifactType ?? "") !== "") return document.artifactType ?? undefined;
  return "config" in document ? document.config.mediaType : undefined;
}

/**
 * The entry for a manifest or index in the list of what refers to its subject: type, digest and size of its bytes, what
 * it is of, and its annotations.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers}
 */
export function referrersEntry(
  document: Manifest | Index,
  { digest, size }: { readonly digest: Digest; readonly size: number },
): Descriptor {
  const artifactType = artifactTypeOf(document);
  const { annotations } = document;
  return {
    mediaType: "config" in document ? OCI_MANIFEST : OCI_INDEX,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
