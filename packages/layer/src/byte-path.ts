/**
 * Names and paths as byte strings: one character for each byte, U+0000 to U+00FF. They are as small and fast as text, and
 * hold names that are not UTF-8.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { LayerErrorCode } from "./errors.ts";
import type { LayerLimits } from "./limits.ts";

/** Bytes as a byte string. */
export function byteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The bytes of a byte string. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A byte string as text for people: UTF-8 where it is, with U+FFFD for what is not. */
export function displayName(name: string): string {
  return isAscii(name) ? name : bytesOf(name).toString("utf8");
}

/** Text as a byte string of its UTF-8. */
export function fromText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- all of ASCII is meant
  return /^[\0-\x7f]*$/.test(text);
}

/** The path of `name` in `folder`, where the root is an empty string. */
export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/**
 * The names on the way of an entry's path, from the root: none for the root itself. A leading slash, empty names and `.`
 * do not count; a name that goes up is refused, wherever it would lead.
 * @param what For messages, such as `entry` or `hard link target`.
 * @throws TeuError `ERR_LAYER_PATH`, `ERR_LAYER_LIMIT`
 */
export function splitPath(path: string, limits: LayerLimits, what: string): string[] {
  if (path === "") throw refused(path, what, "it is empty");
  if (path.includes("\0")) throw refused(path, what, "it has a NUL");
  const names = path.split("/");
  const simple = names.every((name) => name !== "" && name !== ".") ? names : names.filter(isName);
  for (const name of simple) {
    if (name === "..") throw refused(path, what, "it leads up");
    if (name.length > limits.maxNameBytes) throw tooMuch(path, what, "maxNameBytes", limits);
  }
  if (simple.length > limits.maxDepth) throw tooMuch(path, what, "maxDepth", limits);
  return simple;
}

function isName(name: string): boolean {
  return name !== "" && name !== ".";
}

function refused(path: string, what: string, problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_PATH", `Reading ${what} "${shown(path)}": ${problem}, expected a path below the root`);
}

function tooMuch(
  path: string,
  what: string,
  limit: "maxNameBytes" | "maxDepth",
  limits: LayerLimits,
): TeuError<LayerErrorCode> {
  const max = limits[limit];
  return new TeuError("ERR_LAYER_LIMIT", `Reading ${what} "${shown(path)}": beyond the limit ${limit} of ${max}`, {
    detail: { limit, max },
  });
}

/** A path for messages, cut short. */
export function shown(path: string): string {
  return displayName(path.length > 200 ? `${path.slice(0, 200)}...` : path);
}
