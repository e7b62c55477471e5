/**
 * Times in documents that others wrote.
 * @module
 */
import { isTeuError } from "@teu/std/error";
import type { JsonValue } from "@teu/std/json-value";
import { parseRfc3339 } from "@teu/std/time";

/** Milliseconds since 1970 of a time as RFC 3339 writes it; undefined for anything else. */
export function readTime(value: JsonValue | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return parseRfc3339(value).seconds * 1000;
  } catch (error) {
    if (isTeuError(error)) return undefined;
    throw error;
  }
}
