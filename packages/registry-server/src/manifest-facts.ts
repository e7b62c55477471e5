/**
 * What a registry has to know of a manifest that is pushed: what it needs, what it is about, and what lists of referrers
 * show of it. Documents of types that are not known are kept as they are.
 * @module
 */
import { type Links, hasLinks, parseLinks } from "@teu/content/links";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { isIndex, parseLayerType } from "@teu/spec/media-types";
import { isTeuError } from "@teu/std/error";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { refusal } from "./answers.ts";

/** Something that a manifest names. */
export interface Reference {
  readonly digest: Digest;
  readonly kind: "manifest" | "blob";
  /** True for layers that may be missing: their distribution is restricted, or they can be had elsewhere. */
  readonly optional: boolean;
}

/** What is known of a manifest. */
export interface ManifestFacts {
  readonly references: readonly Reference[];
  readonly subject?: Digest;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Reads the facts of a manifest of `mediaType`.
 * @throws Refusal `MANIFEST_INVALID` if it is no JSON object, states another type, or cannot be followed.
 */
export function readManifestFacts(bytes: Uint8Array, mediaType: string, digest: Digest): ManifestFacts {
  checkStatedType(bytes, mediaType);
  if (!hasLinks(mediaType)) return { references: [] };
  try {
    const links = parseLinks(bytes, { mediaType, digest, size: bytes.length });
    const kind = isIndex(mediaType) ? "manifest" : "blob";
    return {
      references: links.children.map((child) => ({ digest: child.digest, kind, optional: isOptional(child) })),
      ...subjectFacts(links),
    };
  } catch (error) {
    if (isTeuError(error)) throw refusal("MANIFEST_INVALID", error.message);
    throw error;
  }
}

function subjectFacts(links: Links): Omit<ManifestFacts, "references"> {
  const { subject, artifactType, annotations } = links;
  return {
    ...(subject === undefined ? {} : { subject: subject.digest }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function isOptional({ mediaType, urls = [] }: Descriptor): boolean {
  return parseLayerType(mediaType)?.base.distributable === false || urls.length > 0;
}

const LIMITS = { maxLength: 64 * 1024 * 1024, maxDepth: 64 };

/** A document that says of itself to be something else than the request says could be taken for two things. */
function checkStatedType(bytes: Uint8Array, mediaType: string): void {
  try {
    const json = parseJsonBytes(bytes, LIMITS);
    if (json.kind !== "object") throw json.unexpected("an object");
    const stated = json.get("mediaType");
    if (stated.kind !== "string" || stated.text === "" || stated.text === mediaType) return;
    throw refusal(
      "MANIFEST_INVALID",
      `mediaType ${JSON.stringify(stated.text)}, expected ${mediaType} as Content-Type says`,
    );
  } catch (error) {
    if (error instanceof JsonError) throw refusal("MANIFEST_INVALID", error.message);
    throw error;
  }
}
