/**
 * What is wrong with entries that a tree cannot take.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import type { LayerLimits } from "../limits.ts";

export function limitError(what: string, limit: keyof LayerLimits, max: number): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_LIMIT", `Reading ${what}: beyond the limit ${limit} of ${max}`, {
    detail: { limit, max },
  });
}

export function wrongType(entry: TarEntry): TeuError<LayerErrorCode> {
  const flag = String.fromCharCode(entry.typeflag);
  return new TeuError(
    "ERR_LAYER_ENTRY",
    `Reading ${entry.label()}: type ${JSON.stringify(flag)}, expected a known one`,
  );
}

export function wrongLink(entry: TarEntry, target: string, problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_LINK", `Reading ${entry.label()}: a hard link to "${shown(target)}": ${problem}`);
}
