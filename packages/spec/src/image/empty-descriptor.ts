/**
 * The empty descriptor: what stands where a descriptor is demanded and there is no content.
 * @module
 */
import type { Json } from "@teu/std/json";
import type { Descriptor } from "../descriptor.ts";
import { EMPTY_DESCRIPTOR } from "../descriptor.ts";
import { type Report, quote } from "../issue.ts";
import { OCI_EMPTY } from "../media-types.ts";

/** The content that the empty descriptor names: the two bytes `{}`. */
export const EMPTY_CONTENT: Uint8Array = new TextEncoder().encode("{}");

/** Tells whether `descriptor` stands for no content. */
export function isEmptyDescriptor(descriptor: Descriptor): boolean {
  return descriptor.mediaType === OCI_EMPTY;
}

/**
 * Notes where a descriptor of the empty type is not the empty descriptor.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor}
 */
export function checkEmptyDescriptor(json: Json, report: Report<"image.artifact.empty">): void {
  if (json.fields.get("mediaType")?.text !== OCI_EMPTY) return;
  const size = json.get("size");
  if (size.text !== "2") report.add("image.artifact.empty", size, `expected 2, got ${quote(size.text)}`);
  const digest = json.get("digest");
  if (!isDigestOfEmpty(digest.text)) {
    const message = `expected ${EMPTY_DESCRIPTOR.digest}, got ${quote(digest.text)}`;
    report.add("image.artifact.empty", digest, message);
  }
  const data = json.get("data");
  if (!data.absent && data.text !== EMPTY_DESCRIPTOR.data) {
    report.add("image.artifact.empty", data, `expected ${EMPTY_DESCRIPTOR.data}, got ${quote(data.text)}`);
  }
}

// The digest of `{}` by another algorithm than the guidance gives is as good; the longest is that of SHA-512.
const SHA512_OF_EMPTY =
  "sha512:27c74670adb75075fad058d5ceaf7b20c4e7786c83bae8a32f626f9782af34c9a33c2046ef60fd2a7878d378e29fec851806bbd9a67878f3a9f1cda4830763fd";

function isDigestOfEmpty(text: string): boolean {
  if (text.startsWith("sha256:")) return text === EMPTY_DESCRIPTOR.digest;
  return !text.startsWith("sha512:") || text === SHA512_OF_EMPTY;
}
