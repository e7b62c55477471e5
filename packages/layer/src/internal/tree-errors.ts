/**
 * What is wrong with entries that a tree cannot take.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import type { LayerLimits } from "../limits.ts";

/** For what is more than a limit allows. */
export function limitError(what: string, limit: keyof LayerLimits, max: number): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_LIMIT", `Reading ${what}: beyond the limit ${limit} of ${max}`, {
    detail: { limit, max },
  });
}

/** For an entry of a type that no tree has. */
export function wrongType(entry: TarEntry): TeuError<LayerErrorCode> {
  const flag = String.fromCharCode(entry.typeflag);
  return new TeuError(
    "ERR_LAYER_ENTRY",
    `Reading ${entry.label()}: type ${JSON.stringify(flag)}, expected a known one`,
  );
}

/** For a hard link to what cannot be linked to. */
export function wrongLink(entry: TarEntry, target: string, problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_LINK", `Reading ${entry.label()}: a hard link to "${shown(target)}": ${problem}`);
}
