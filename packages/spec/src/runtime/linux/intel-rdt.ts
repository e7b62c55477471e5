/**
 * Intel Resource Director Technology for a Linux container.
 * @module
 */
import type { Json } from "@teu/std/json";
import { boolean, checkFields, string, strings } from "../../shape.ts";
import { type RuntimeReport, checkString, fieldsOf } from "../fields.ts";

/**
 * What is written to the resctrl file system.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#intelrdt}
 */
export interface IntelRdt {
  /** Class of service; `/` is the default class. */
  readonly closID?: string;
  /** Lines of the file `schemata`, written after the two schemas below. */
  readonly schemata?: readonly string[];
  /** One line that begins with `L3:`. */
  readonly l3CacheSchema?: string;
  /** One line that begins with `MB:`. */
  readonly memBwSchema?: string;
  readonly enableMonitoring?: boolean;
}

/** Checks what is written to the resctrl file system. */
export function checkIntelRdt(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, INTEL_RDT, report);
  const l3 = json.get("l3CacheSchema");
  checkString(l3, "runtime.linux.intelRdt.l3CacheSchema.prefix", L3, report);
  checkString(l3, "runtime.linux.intelRdt.l3CacheSchema.line", LINE, report);
  const memory = json.get("memBwSchema");
  checkString(memory, "runtime.linux.intelRdt.memBwSchema.prefix", MB, report);
  checkString(memory, "runtime.linux.intelRdt.memBwSchema.line", LINE, report);
  for (const line of json.get("schemata").items) {
    checkString(line, "runtime.linux.intelRdt.schemata.line", LINE, report);
  }
}

const INTEL_RDT = fieldsOf(
  "runtime.linux.intelRdt",
  {},
  { closID: string, schemata: strings, l3CacheSchema: string, memBwSchema: string, enableMonitoring: boolean },
);
const L3 = { test: (text: string) => text.startsWith("L3:"), expected: "a text that begins with L3:" };
const MB = { test: (text: string) => text.startsWith("MB:"), expected: "a text that begins with MB:" };
const LINE = { test: (text: string) => !text.includes("\n"), expected: "one line" };
