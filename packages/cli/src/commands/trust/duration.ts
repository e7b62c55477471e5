/**
 * Lengths of time on the command line.
 * @module
 */
import { usage } from "./key-file.ts";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Reads a length of time such as `30d`, in milliseconds.
 * @throws TeuError `ERR_USAGE`
 */
export function readDuration(text: string, option: string): number {
  const [, count = "", unit = ""] = /^([0-9]{1,6})([mhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? 0);
  if (ms > 0) return ms;
  throw usage(`Reading option --${option} "${text}": expected a number with m, h, d or w, such as 30d`);
}
