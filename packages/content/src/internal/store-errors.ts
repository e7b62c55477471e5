/**
 * Errors that several stores throw, in the same words.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";

/** @param store The store, for the message, such as `memory` or a path. */
export function blobMissing(descriptor: Descriptor, store: string, cause?: unknown): TeuError<ContentErrorCode> {
  const message = `Reading "${descriptor.digest}" from ${store}: no content of that digest and size ${descriptor.size}`;
  return new TeuError("ERR_BLOB_MISSING", message, { cause, detail: { descriptor } });
}

/** @param expected What a name has to be, with its article. */
export function invalidTag(name: string, expected: string): TeuError<ContentErrorCode> {
  return new TeuError("ERR_TAG_INVALID", `Tagging ${JSON.stringify(name)}: expected ${expected}`);
}

/** @param actual Size of the file in bytes. */
export function wrongFileSize(descriptor: Descriptor, store: string, actual: number): TeuError<ContentErrorCode> {
  const message = `Reading "${descriptor.digest}" from ${store}: ${actual} bytes, expected ${descriptor.size}`;
  return new TeuError("ERR_BLOB_SIZE", message, { detail: { descriptor } });
}
