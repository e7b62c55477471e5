/**
 * Documents changed without loss: what is not edited stays as it was, unknown fields and their order included.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, JsonError, type JsonLimits } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import type { ContentErrorCode } from "../errors.ts";

/** An object of a document. */
export type JsonObject = { readonly [name: string]: JsonValue };

const LIMITS: JsonLimits = { ...DEFAULT_JSON_LIMITS, maxLength: 8 * 1024 * 1024 };

/**
 * Reads a document that has to be an object.
 * @param what The document, for messages, in quotes or with its article.
 * @throws TeuError `ERR_DOCUMENT_UNREADABLE`
 */
export function readObject(bytes: Uint8Array, what: string): JsonObject {
  try {
    const json = parseJsonBytes(bytes, LIMITS);
    if (json.kind !== "object") throw json.unexpected("an object");
    return toValue(json) as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new TeuError<ContentErrorCode>("ERR_DOCUMENT_UNREADABLE", `Reading ${what}: ${error.message}`, {
      cause: error,
    });
  }
}

/** The bytes of a document: compact, in the order of its fields; fields that are undefined are left out. */
export function writeObject(object: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(stringifyJson(object));
}

/** `object` with the fields of `changes` set where they stood, or at its end; a field that is undefined is taken out. */
export function withFields(object: JsonObject, changes: { readonly [name: string]: unknown }): JsonObject {
  const fields = Object.entries({ ...object, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as JsonObject;
}
