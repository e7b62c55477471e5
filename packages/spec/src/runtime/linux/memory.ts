/**
 * Limits on the memory of a Linux container.
 * @module
 */
import { type Json, isInteger } from "@teu/std/json";
import { boolean, checkFields } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, int64, wholeNumber } from "../fields.ts";
import { compareIntegers } from "../integers.ts";

/**
 * Limits on memory, in bytes or -1 for none.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#memory}
 */
export interface Memory {
  readonly limit?: number | bigint;
  /** The soft limit. */
  readonly reservation?: number | bigint;
  /** Memory and swap together. */
  readonly swap?: number | bigint;
  /** Better left unset, like `kernelTCP`. */
  readonly kernel?: number | bigint;
  readonly kernelTCP?: number | bigint;
  /** From 0 to 100. */
  readonly swappiness?: number;
  readonly disableOOMKiller?: boolean;
  readonly useHierarchy?: boolean;
  readonly checkBeforeUpdate?: boolean;
}

/** Checks limits on memory. */
export function checkMemory(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, MEMORY, report);
  for (const name of LIMITS) checkBytes(json.get(name), report);
  for (const name of OBSOLETE) {
    const limit = json.get(name);
    if (!limit.absent) report.add("runtime.linux.resources.memory.obsolete", limit, "expected nothing");
  }
}

const OBSOLETE = ["kernel", "kernelTCP"];
const LIMITS = ["limit", "reservation", "swap", ...OBSOLETE];

const MEMORY = fieldsOf(
  "runtime.linux.resources.memory",
  {},
  {
    ...Object.fromEntries(LIMITS.map((name) => [name, int64])),
    swappiness: wholeNumber({ min: "0", max: "100" }),
    disableOOMKiller: boolean,
    useHierarchy: boolean,
    checkBeforeUpdate: boolean,
  },
);

function checkBytes(json: Json, report: RuntimeReport): void {
  if (json.kind !== "number" || !isInteger(json.text) || compareIntegers(json.text, "-1") >= 0) return;
  report.add("runtime.linux.resources.memory.bytes", json, `expected a number of bytes or -1, got ${json.text}`);
}
