/**
 * Whiteouts: names in a layer that hide what layers below have.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts}
 * @module
 */
import { TeuError } from "@teu/std/error";
import { shown } from "./byte-path.ts";
import type { LayerErrorCode } from "./errors.ts";

/** What the name of a whiteout begins with. */
export const WHITEOUT_PREFIX = ".wh.";
/** The whiteout that hides all that layers below have in its directory. */
export const OPAQUE_NAME = ".wh..wh..opq";
// Marks of AUFS itself, which mean nothing anywhere else.
const AUFS_PREFIX = ".wh..wh.";

/** What a path of an entry asks for. */
export type WhiteoutKind = "none" | "whiteout" | "opaque" | "ignored";

/**
 * What the path of an entry is, by its names.
 * @throws TeuError `ERR_LAYER_WHITEOUT` for a whiteout of nothing, of `.` or `..`, and for what lies below a whiteout
 */
export function whiteoutKind(names: readonly string[]): WhiteoutKind {
  const at = names.findIndex((name) => name.startsWith(WHITEOUT_PREFIX));
  if (at < 0) return "none";
  const name = names[at] ?? "";
  const isLast = at === names.length - 1;
  if (name === OPAQUE_NAME && isLast) return "opaque";
  if (name.startsWith(AUFS_PREFIX)) return "ignored";
  if (!isLast) throw wrong(names, "it lies below a whiteout, expected nothing there");
  const hides = name.slice(WHITEOUT_PREFIX.length);
  if (hides === "" || hides === "." || hides === "..") throw wrong(names, "it hides no name, expected one behind .wh.");
  return "whiteout";
}

function wrong(names: readonly string[], problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_WHITEOUT", `Reading entry "${shown(names.join("/"))}": ${problem}`);
}
