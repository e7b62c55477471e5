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
 * Reads one JSON document from its bytes, at most `maxLength` of them.
 * @throws JsonError where they are not UTF-8 or not strict JSON, or pass a limit.
 */
export function parseJsonBytes(bytes: Uint8Array, limits: JsonLimits = DEFAULT_JSON_LIMITS): Json {
  if (bytes.length > limits.maxLength) {
    throw new JsonError(`the document is too long: ${bytes.length} bytes, at most ${limits.maxLength} are read`);
  }
  const text = decodeUtf8(bytes);
  return parseJson(text, limits, PLAIN.test(text));
}

const PLAIN = /^[\t\n\r -[\]-~]*$/;

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError("the document is not UTF-8");
  }
}

/**
 * The plain value of `json`: whole numbers as `bigint` where a double would change them, other numbers as the nearest
 * double. A field named `__proto__` is an ordinary field.
 * @throws JsonError where a number is beyond the range of a double.
 */
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
  throw new JsonError(`${json.place}: expected a number within the range of a double, got ${json.text}`);
}

function toObject(json: Json): { readonly [name: string]: JsonValue } {
  const object: Record<string, JsonValue> = {};
  for (const [name, value] of json.fields) setField(object, name, toValue(value));
  return object;
}

function setField(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * Writes `value` as compact JSON, or indented by `indent`: a number of spaces, or a text. Fields come in the order of the object; undefined ones
 * are left out.
 * @throws RangeError for a number that JSON does not have: `NaN` and the infinities.
 */
export function stringifyJson(value: unknown, indent: number | string = 0): string {
  return JSON.stringify(value, replace, indent);
}

function replace(name: string, value: unknown): unknown {
  if (typeof value === "bigint") return rawJson(String(value));
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new RangeError(`${name === "" ? "value" : name}: ${value}, expected a finite number`);
}

// Node 24 has it; TypeScript 7.0's library does not declare it yet.
const rawJson: (text: string) => unknown = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
