/**
 * The headers of the registry API beyond those of HTTP: their names, and the values that are more than a digest.
 * @module
 */
import { type FieldValue, fieldError, parseTokenList } from "./field.ts";

/** Digest of the content that is returned or was stored. */
export const DOCKER_CONTENT_DIGEST = "Docker-Content-Digest";
/** Digest of the `subject` of a pushed manifest, as a sign that the registry took note of it. */
export const OCI_SUBJECT = "OCI-Subject";
/** Filters that the registry applied to a list of referrers. */
export const OCI_FILTERS_APPLIED = "OCI-Filters-Applied";
/** Least size in bytes of the chunks of an upload, the last one excepted. */
export const OCI_CHUNK_MIN_LENGTH = "OCI-Chunk-Min-Length";
/** Draft: tags that were set with a manifest. */
export const OCI_TAG = "OCI-Tag";
/** Draft: the value of `ns` by which the registry scoped a request. */
export const OCI_NAMESPACE = "OCI-Namespace";
/** Versions of the API that a server speaks; Docker's. */
export const DOCKER_API_VERSION = "Docker-Distribution-API-Version";
/** Name of an upload; Docker's. */
export const DOCKER_UPLOAD_UUID = "Docker-Upload-UUID";

/** The value of `Docker-Distribution-API-Version` that says registry API version 2. */
export const API_VERSION_2 = "registry/2.0";

/** Reads `Docker-Distribution-API-Version`: versions with spaces or commas between them, such as `registry/2.0`. */
export function parseApiVersions(value: FieldValue): string[] {
  return (typeof value === "string" ? [value] : value).flatMap((line) => line.split(/[\s,]+/)).filter(Boolean);
}

/** The one filter of the specification. */
export const FILTER_ARTIFACT_TYPE = "artifactType";

/**
 * Reads `OCI-Filters-Applied`.
 * @throws TeuError `ERR_HEADER_INVALID`
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers}
 */
export function parseFiltersApplied(value: FieldValue): string[] {
  return parseTokenList(OCI_FILTERS_APPLIED, value);
}

/** Writes `OCI-Filters-Applied`. */
export function formatFiltersApplied(filters: readonly string[]): string {
  return filters.join(", ");
}

/**
 * Reads `OCI-Tag`, several lines of it too.
 * @throws TeuError `ERR_HEADER_INVALID`
 */
export function parseTagHeader(value: FieldValue): string[] {
  return parseTokenList(OCI_TAG, value);
}

/** Writes `OCI-Tag`. */
export function formatTagHeader(tags: readonly string[]): string {
  return tags.join(", ");
}

/**
 * Reads `OCI-Chunk-Min-Length`.
 * @returns a number of bytes.
 * @throws TeuError `ERR_HEADER_INVALID`, also above 2^53 - 1.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks}
 */
export function parseChunkMinLength(value: string): number {
  const length = /^[0-9]{1,16}$/.test(value.trim()) ? Number(value) : NaN;
  if (!Number.isSafeInteger(length)) throw fieldError(OCI_CHUNK_MIN_LENGTH, value, "expected a number of bytes");
  return length;
}
