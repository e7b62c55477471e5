/**
 * Plain JavaScript values from strict JSON and back, without loss: whole numbers beyond 2^53 become `bigint`.
 * @module
 */
import { DEFAULT_JSON_LIMITS, type Json, JsonError, type JsonLimits, isInteger, parseJson } from "./json.ts";

/** Any value of a JSON document. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * Reads one JSON document from its bytes.
 * @throws JsonError where they are not UTF-8 or not strict JSON, or pass a limit.
 */
export function parseJsonBytes(bytes: Uint8Array, limits: JsonLimits = DEFAULT_JSON_LIMITS): Json {
  if (bytes.length > limits.maxLength) {
    throw new JsonError(`the document is too long: ${bytes.length} bytes, at most ${limits.maxLength} are read`);
  }
  return parseJson(decodeUtf8(bytes), limits);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError("the document is not UTF-8");
  }
}

/** The plain value of `json`. A field named `__proto__` is an ordinary field. */
export function toValue(json: Json): JsonValue {
  switch (json.kind) {
    case "string":
      return json.text;
    case "number":
      return toNumber(json);
    case "boolean":
      return json.text === "true";
    case "array":
      return json.items.map(toValue);
    case "object":
      return toObject(json);
    default:
      return null;
  }
}

function toNumber(json: Json): number | bigint {
  const value = Number(json.text);
  if (isInteger(json.text) && !Number.isSafeInteger(value)) return BigInt(json.text);
  if (Number.isFinite(value)) return value;
  throw new JsonError(`${json.path}: expected a number within the range of a double, got ${json.text}`);
}

function toObject(json: Json): { readonly [name: string]: JsonValue } {
  const object: Record<string, JsonValue> = {};
  for (const [name, value] of json.fields) {
    Object.defineProperty(object, name, {
      value: toValue(value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

/** Writes `value` as compact JSON, or indented by `indent` spaces. Undefined fields are left out. */
export function stringifyJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_name, item: unknown) => (typeof item === "bigint" ? rawJson(String(item)) : item),
    indent,
  );
}

// Node 24 has it; TypeScript 7.0's library does not declare it yet.
const rawJson: (text: string) => unknown = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
