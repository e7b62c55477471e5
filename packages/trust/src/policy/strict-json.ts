/**
 * What readers of policies have in common: a field that is not known, or is missing, is an error, for it may have been
 * meant to forbid something.
 * @module
 */
import { fromBase64 } from "@teu/pki/base64";
import { TeuError, isTeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, type JsonLimits } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { TrustErrorCode } from "../errors.ts";

/** Longest policy, in bytes. */
export const MAX_POLICY_BYTES: number = 4 * 1024 * 1024;

const LIMITS: JsonLimits = { ...DEFAULT_JSON_LIMITS, maxLength: MAX_POLICY_BYTES };

/** Makes the error for a policy that cannot be used. */
export function invalidPolicy(file: string, problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_POLICY_INVALID", `Reading policy "${file}": ${problem}`, { cause });
}

/**
 * Reads a policy that is JSON.
 * @param file How messages call it.
 * @throws TeuError `ERR_POLICY_INVALID`
 */
export function readPolicy<T>(bytes: Uint8Array, file: string, read: (json: Json) => T): T {
  return readingPolicy(file, () => read(parseJsonBytes(bytes, LIMITS)));
}

/** Runs a reader of a policy, and makes its errors say which it is. @throws TeuError `ERR_POLICY_INVALID` */
export function readingPolicy<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error, "ERR_POLICY_INVALID")) throw error;
    if (error instanceof JsonError || isTeuError(error)) throw invalidPolicy(file, error.message, error);
    throw error;
  }
}

/** Refuses fields other than those named. @throws JsonError */
export function onlyFields(json: Json, names: readonly string[]): void {
  if (json.kind !== "object") throw json.unexpected("an object");
  const other = json.names().find((name) => !names.includes(name));
  if (other !== undefined) throw wrong(json.get(other), `not known; known are ${names.join(", ")}`);
}

/** Refuses `null` anywhere: it stands where something was meant to be said. @throws JsonError */
export function refuseNulls(json: Json): void {
  if (json.kind === "null") throw json.unexpected("a value");
  for (const value of [...json.items, ...json.fields.values()]) refuseNulls(value);
}

/** An error about a value. */
export function wrong(json: Json, problem: string): JsonError {
  return new JsonError(`${json.place}: ${problem}`);
}

/** A text that is not empty. @throws JsonError */
export function readText(json: Json): string {
  const text = json.string();
  if (text === "") throw json.unexpected("a text that is not empty");
  return text;
}

/** A list, which `null` is not. @throws JsonError */
export function readList(json: Json): readonly Json[] {
  if (json.kind !== "array") throw json.unexpected("a list");
  return json.items;
}

/** Bytes in base64. @throws JsonError */
export function readBase64(json: Json): Uint8Array {
  try {
    return fromBase64(json.string());
  } catch (error) {
    if (isTeuError(error)) throw wrong(json, "not base64");
    throw error;
  }
}

/** One of a few texts. @throws JsonError */
export function readOneOf<T extends string>(json: Json, values: readonly T[]): T {
  const text = json.string();
  const found = values.find((value) => value === text);
  if (found === undefined) throw wrong(json, `${JSON.stringify(text)}, expected ${values.join(", ")}`);
  return found;
}
