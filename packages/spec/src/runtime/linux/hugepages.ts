/**
 * Limits on the huge pages of a Linux container.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, string } from "../../shape.ts";
import { type RuntimeReport, checkString, fieldsOf, objectsIn, uint64 } from "../fields.ts";

/**
 * A limit on pages of one size.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#huge-page-limits}
 */
export interface HugepageLimit {
  /** Such as `64KB`, `2MB` or `1GB`, in powers of 1024. */
  readonly pageSize: string;
  /** Bytes. */
  readonly limit: number | bigint;
}

/** Checks limits on huge pages. */
export function checkHugepageLimits(json: Json, report: RuntimeReport): void {
  for (const limit of objectsIn(json)) {
    checkFields(limit, LIMIT, report);
    checkString(limit.get("pageSize"), "runtime.linux.resources.hugepageLimits.pageSize.format", PAGE_SIZE, report);
  }
}

const LIMIT = fieldsOf("runtime.linux.resources.hugepageLimits", { pageSize: string, limit: uint64 });
const PAGE_SIZE = { test: (text: string) => /^[1-9][0-9]*[KMG]B$/.test(text), expected: "a size such as 2MB" };
