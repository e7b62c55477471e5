/**
 * Descriptors: how one piece of content names another, by type, digest and size.
 * @module
 */
import { type Json, isInteger } from "@teu/std/json";
import { type AnnotationClause, type Annotations, checkAnnotationsOf } from "./annotations.ts";
import { type Digest, type DigestReason, digestProblem, isRegistered, parseDigest, splitDigest } from "./digest.ts";
import type { DESCRIPTOR_CLAUSES } from "./image/clauses/descriptor.ts";
import { type Report, mismatch, quote } from "./issue.ts";
import { OCI_EMPTY, OCI_MANIFEST, isMediaType } from "./media-types.ts";
import { type PlatformClause, checkPlatform } from "./platform-check.ts";
import type { Platform } from "./platform.ts";
import { isUri } from "./uri.ts";

/**
 * A reference to content.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties}
 */
export interface Descriptor {
  /** Media type of the content (RFC 6838). */
  readonly mediaType: string;
  readonly digest: Digest;
  /** Size of the content in bytes, at most 2^53 - 1. */
  readonly size: number;
  /** Addresses (RFC 3986) that the content may be downloaded from. */
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** The content itself in base64 (RFC 4648 section 4), for small pieces. */
  readonly data?: string;
  /** What the content is, when it is a manifest of an artifact. */
  readonly artifactType?: string;
  /** What the content runs on, when it is an image. */
  readonly platform?: Platform;
}

/**
 * The descriptor for places that demand one but have no content: it names the two bytes `{}`.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor}
 */
export const EMPTY_DESCRIPTOR: Descriptor = {
  mediaType: OCI_EMPTY,
  digest: parseDigest("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
  size: 2,
  data: "e30=",
};

/** Id of a clause that a descriptor can break. */
export type DescriptorClause = keyof typeof DESCRIPTOR_CLAUSES | AnnotationClause | PlatformClause;

/** How to check a descriptor. */
export interface DescriptorCheck {
  /** False where a descriptor of a manifest is no choice between platforms, as `subject` is none. True by default. */
  readonly platformDue?: boolean;
}

/** Lists the clauses that a descriptor breaks. Unknown fields break none; `null` is no value of an optional field. */
export function checkDescriptor(json: Json, report: Report<DescriptorClause>, options: DescriptorCheck = {}): void {
  if (json.kind !== "object") return report.add("image.descriptor.object", json, mismatch("an object", json));
  checkMediaType(json.get("mediaType"), report);
  checkDigest(json.get("digest"), report);
  checkSize(json.get("size"), report);
  checkUrls(json.get("urls"), report);
  checkAnnotationsOf(json.get("annotations"), "image.descriptor.annotations", report);
  checkData(json.get("data"), json.get("size"), report);
  checkArtifactType(json.get("artifactType"), report);
  const platform = json.get("platform");
  if (platform.kind !== "missing") checkPlatform(platform, report);
  else if (options.platformDue !== false && isPlainImage(json)) {
    report.add("image.descriptor.platform", platform, "expected a platform beside the type of an image manifest");
  }
}

/** A descriptor with an artifactType is not one of an image, whose platform would be due. */
function isPlainImage(json: Json): boolean {
  return json.get("mediaType").text === OCI_MANIFEST && json.get("artifactType").kind === "missing";
}

function checkMediaType(json: Json, report: Report<DescriptorClause>): void {
  if (json.kind !== "string") return report.add("image.descriptor.mediaType", json, mismatch("a string", json));
  if (!isMediaType(json.text)) report.add("image.descriptor.mediaType.grammar", json, notMediaType(json));
}

function checkArtifactType(json: Json, report: Report<DescriptorClause>): void {
  if (json.kind === "missing") return;
  const message = json.kind === "string" ? notMediaType(json) : mismatch("a string", json);
  if (json.kind !== "string" || !isMediaType(json.text)) report.add("image.descriptor.artifactType", json, message);
}

function notMediaType({ text }: Json): string {
  return `expected a media type such as application/vnd.example+json, got ${quote(text)}`;
}

/** Lists the clauses that a field breaks which has to be a digest. */
export function checkDigest(json: Json, report: Report<DescriptorClause>): void {
  if (json.kind !== "string") return report.add("image.descriptor.digest", json, mismatch("a string", json));
  const problem = digestProblem(json.text);
  if (problem !== undefined) {
    report.add(digestClause(json.text, problem.reason), json, `${quote(json.text)}: ${problem.message}`);
  } else if (splitDigest(json.text as Digest).algorithm !== "sha256") {
    const known = isRegistered(json.text as Digest) ? "" : ", which the specification does not register";
    const { algorithm } = splitDigest(json.text as Digest);
    report.add("image.digest.algorithm", json, `expected the algorithm sha256, got ${algorithm}${known}`);
  }
}

function digestClause(text: string, reason: DigestReason): DescriptorClause {
  if (reason === "grammar") return "image.digest.grammar";
  if (text.startsWith("sha256:")) return "image.digest.sha256";
  return text.startsWith("sha512:") ? "image.digest.sha512" : "image.digest.blake3";
}

function checkSize(json: Json, report: Report<DescriptorClause>): void {
  if (json.kind !== "number") return report.add("image.descriptor.size", json, mismatch("an integer", json));
  const size = isInteger(json.text) ? BigInt(json.text) : undefined;
  if (size === undefined || size > MAX_INT64 || size < -MAX_INT64 - 1n) {
    report.add("image.descriptor.size", json, `expected a 64-bit integer, got ${json.text}`);
  } else if (size < 0n) {
    report.add("image.descriptor.size.negative", json, `expected 0 or more, got ${json.text}`);
  } else if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
    const limit = "expected at most 9007199254740991, the largest integer that doubles hold exactly";
    report.add("image.descriptor.size.exact", json, `${limit}, got ${json.text}`);
  }
}

const MAX_INT64 = 2n ** 63n - 1n;

function checkUrls(json: Json, report: Report<DescriptorClause>): void {
  if (json.kind === "missing") return;
  if (json.kind !== "array") return report.add("image.descriptor.urls", json, mismatch("an array of strings", json));
  for (const item of json.items) {
    if (item.kind !== "string") report.add("image.descriptor.urls", item, mismatch("a string", item));
    else if (!isUri(item.text)) {
      report.add("image.descriptor.urls.grammar", item, `expected a URI, got ${quote(item.text)}`);
    } else if (!/^https?:/i.test(item.text)) {
      report.add("image.descriptor.urls.scheme", item, `expected http or https, got ${quote(item.text)}`);
    }
  }
}

function checkData(json: Json, size: Json, report: Report<DescriptorClause>): void {
  if (json.kind === "missing") return;
  if (json.kind !== "string") return report.add("image.descriptor.data", json, mismatch("a string", json));
  const length = decodedLength(json.text);
  if (length === undefined) report.add("image.descriptor.data", json, "expected base64 with padding, got other text");
  else if (size.kind === "number" && Number(size.text) !== length) {
    report.add("image.descriptor.data.identical", json, `expected ${size.text} bytes as size gives, got ${length}`);
  }
}

/** Length in bytes of what base64 stands for; nothing if `text` is not base64. */
function decodedLength(text: string): number | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
  return (text.length / 4) * 3 - padding;
}
