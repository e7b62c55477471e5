/**
 * Numbers that readers with double precision, which most JSON readers are, would take for others.
 * @module
 */
import { type Json, isInteger } from "@teu/std/json";
import type { Report } from "../issue.ts";

/**
 * Notes every number inside `json` that a double does not hold: an integer beyond ±(2^53 - 1), or one without bounds.
 * @see {@link https://datatracker.ietf.org/doc/html/rfc7493#section-2.2}
 */
export function checkNumbers(json: Json, report: Report<"image.json.numbers">): void {
  for (const item of json.items) checkNumbers(item, report);
  for (const field of json.fields.values()) checkNumbers(field, report);
  if (json.kind !== "number") return;
  const value = Number(json.text);
  if (Number.isSafeInteger(value) || (Number.isFinite(value) && !isInteger(json.text))) return;
  report.add("image.json.numbers", json, `expected a number that double precision holds, got ${json.text}`);
}
