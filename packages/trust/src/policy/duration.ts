/**
 * Durations in policies, such as `30d`.
 * @module
 */
import type { Json } from "@teu/std/json";
import { wrong } from "./strict-json.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration in milliseconds: a number with s, m, h or d. @throws JsonError */
export function parseDurationMs(json: Json): number {
  const [, number, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(json.string()) ?? [];
  if (number === undefined || unit === undefined) throw wrong(json, "expected a duration such as 12h or 30d");
  return Number(number) * (UNIT_MS[unit] ?? 0);
}
