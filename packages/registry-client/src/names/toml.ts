/**
 * TOML as strict JSON, whose values know their place; ADR 8 says who reads it for us.
 * @module
 */
import { parse } from "smol-toml";
import { TeuError } from "@teu/std/error";
import { type Json, JsonError, parseJson } from "@teu/std/json";
import type { RegistryClientErrorCode } from "../errors.ts";

/** Longest file that is read, in bytes. */
export const MAX_CONFIG_BYTES: number = 1024 * 1024;

const MAX_DEPTH = 16;

/**
 * Reads a TOML document and gives it to `read`, whose `JsonError`s become errors about `path`.
 * @throws TeuError `ERR_REGISTRY_CONFIG`
 */
export function readToml<T>(bytes: Uint8Array, path: string, read: (document: Json) => T): T {
  try {
    if (bytes.length > MAX_CONFIG_BYTES)
      throw new JsonError(`${bytes.length} bytes, expected at most ${MAX_CONFIG_BYTES}`);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const table = parse(text, { maxDepth: MAX_DEPTH, unsafeKeyBehaviour: "throw", integersAsBigInt: "asNeeded" });
    return read(parseJson(JSON.stringify(table, plain)));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_CONFIG", `Reading "${path}": ${reason}`, {
      cause: error,
    });
  }
}

/** JSON has no numbers beyond the safe ones, and no infinities; no field that is read here holds any. */
function plain(_name: string, value: unknown): unknown {
  return typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? String(value) : value;
}

/** The texts of a list; none if it is not there. */
export function textsOf(json: Json): readonly string[] {
  return json.absent ? [] : json.list().map((item) => item.string());
}

/** A text; nothing if it is not there or empty. */
export function textOf(json: Json): string | undefined {
  return json.absent || json.string() === "" ? undefined : json.text;
}

/** A truth value; false if it is not there. */
export function flagOf(json: Json): boolean {
  if (json.absent) return false;
  if (json.kind !== "boolean") throw json.unexpected("true or false");
  return json.text === "true";
}
