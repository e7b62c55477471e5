/**
 * Reading the values of a configuration, each checked where it is read, so that a wrong one is named by its place.
 * @module
 */
import type { Json } from "@teu/std/json";
import { UINT32, UINT64, type IntegerType, fitsInteger } from "@teu/spec/runtime/integers";
import { type Failure, fieldFailure } from "../failure.ts";

/** A string for the kernel: it has no NUL. */
export function readText(json: Json): string {
  const text = json.string();
  if (text.includes("\0")) throw fieldFailure(json.path, "a NUL character is not allowed");
  return text;
}

/** A string, or `otherwise` where there is none. */
export function readTextOr(json: Json, otherwise: string): string {
  return json.absent ? otherwise : readText(json);
}

/** A string that is not empty. */
export function readName(json: Json): string {
  const text = readText(json);
  if (text === "") throw fieldFailure(json.path, "must not be empty");
  return text;
}

/** A list of strings for the kernel; none where it is absent. */
export function readTexts(json: Json): string[] {
  return json.list().map((item) => readText(item));
}

/** A boolean; false where it is absent. */
export function readFlag(json: Json): boolean {
  return json.absent ? false : json.boolean();
}

/** A path from the root. */
export function readAbsolutePath(json: Json): string {
  const path = readText(json);
  if (!path.startsWith("/")) throw fieldFailure(json.path, `${JSON.stringify(path)} is not an absolute path`);
  return path;
}

/** A path inside the container: from its root, without `.`, `..` and doubled slashes. */
export function readInsidePath(json: Json): string {
  return cleanPath(readName(json));
}

/** Makes a path absolute and takes `.`, `..` and empty parts out by their letters alone. */
export function cleanPath(path: string): string {
  // Most are clean, which is told sooner than made.
  if (path.startsWith("/") && !path.includes("/.") && !`${path}/`.includes("//")) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** A string out of a list. */
export function readOneOf(json: Json, names: readonly string[]): string {
  const text = json.string();
  if (!names.includes(text)) throw unknownName(json, names);
  return text;
}

/** The failure of a value that is none of `names`. */
export function unknownName(json: Json, names: readonly string[]): Failure {
  return fieldFailure(json.path, `${JSON.stringify(json.text)} is unknown, expected one of ${names.join(", ")}`);
}

/** A whole number of 32 bits without sign. */
export function readUint32(json: Json): number {
  return Number(readInteger(json, UINT32));
}

/** A whole number of 32 bits without sign, or `otherwise` where it is absent. */
export function readUint32Or(json: Json, otherwise: number): number {
  return json.absent ? otherwise : readUint32(json);
}

/** The literal of a whole number of 64 bits without sign. */
export function readUint64(json: Json): string {
  return readInteger(json, UINT64);
}

/** The literal of a whole number of `type`, with all its digits. */
export function readInteger(json: Json, type: IntegerType): string {
  const literal = json.integer();
  if (!fitsInteger(literal, type))
    throw fieldFailure(json.path, `${literal} is out of range, expected a number from ${type.min} to ${type.max}`);
  return literal;
}

/** The literal, or an empty text where there is none. */
export function readIntegerOrNone(json: Json, type: IntegerType): string {
  return json.absent ? "" : readInteger(json, type);
}

/** A name with its value. */
export interface Pair {
  readonly name: string;
  readonly value: string;
  /** The place of the value in the document. */
  readonly field: string;
}

/** An object of strings, in its order. */
export function readPairs(json: Json): Pair[] {
  return json.names().map((name) => {
    const value = json.get(name);
    if (name === "") throw fieldFailure(json.path, "an empty name is not allowed");
    return { name, value: readText(value), field: value.path };
  });
}
