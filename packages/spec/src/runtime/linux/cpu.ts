/**
 * Limits on the CPU time of a Linux container.
 * @module
 */
import { type Json, isInteger } from "@teu/std/json";
import { checkFields, stringThat } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, int64, uint64, wholeNumber } from "../fields.ts";
import { compareIntegers } from "../integers.ts";
import { isNumberList } from "../number-lists.ts";

/**
 * Limits on CPU time; times are in microseconds.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#cpu}
 */
export interface Cpu {
  /** Share of time relative to other cgroups. */
  readonly shares?: number | bigint;
  /** Time in a period; no smaller than `burst`, if above 0. */
  readonly quota?: number | bigint;
  /** Time that may be saved up for a period. */
  readonly burst?: number | bigint;
  readonly period?: number | bigint;
  readonly realtimeRuntime?: number | bigint;
  readonly realtimePeriod?: number | bigint;
  /** CPUs, as a list such as `0-3,7`. */
  readonly cpus?: string;
  /** Memory nodes, as such a list. */
  readonly mems?: string;
  /** 1 to run only while nobody else does, otherwise 0. */
  readonly idle?: number;
}

/** Checks limits on CPU time. */
export function checkCpu(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, CPU, report);
  const quota = json.get("quota");
  const burst = json.get("burst");
  if (!isWhole(quota) || !isWhole(burst) || compareIntegers(quota.text, "0") <= 0) return;
  if (compareIntegers(burst.text, quota.text) <= 0) return;
  const message = `expected at most the quota, ${quota.text}, got ${burst.text}`;
  report.add("runtime.linux.resources.cpu.quota.burst", burst, message);
}

const LIST = stringThat(isNumberList, "a list such as 0-3,7");
const CPU = fieldsOf(
  "runtime.linux.resources.cpu",
  {},
  {
    shares: uint64,
    quota: int64,
    burst: uint64,
    period: uint64,
    realtimeRuntime: int64,
    realtimePeriod: uint64,
    cpus: LIST,
    mems: LIST,
    idle: wholeNumber({ min: "0", max: "1" }),
  },
);

function isWhole({ kind, text }: Json): boolean {
  return kind === "number" && isInteger(text);
}
