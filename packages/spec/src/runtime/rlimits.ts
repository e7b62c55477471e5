/**
 * Resource limits of a process.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, string } from "../shape.ts";
import { type RuntimeReport, checkString, checkUnique, fieldsOf, objectsIn, uint64 } from "./fields.ts";
import type { RuntimePlatform } from "./platforms.ts";
import { LINUX_RLIMITS } from "./process-names.ts";

/**
 * A limit.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#posix-process}
 */
export interface Rlimit {
  /** Such as `RLIMIT_NOFILE`. */
  readonly type: string;
  readonly soft: number | bigint;
  readonly hard: number | bigint;
}

/** Checks the resource limits of a process. */
export function checkRlimits(json: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  const known = platform === "linux" ? LINUX : OTHER;
  for (const rlimit of objectsIn(json)) {
    checkFields(rlimit, RLIMIT, report);
    checkString(rlimit.get("type"), "runtime.process.rlimits.known", known, report);
  }
  checkUnique(json, "runtime.process.rlimits.duplicates", typeOf, report);
}

const RLIMIT = fieldsOf("runtime.process.rlimits", { type: string, soft: uint64, hard: uint64 });
const LINUX = { test: (type: string) => LINUX_RLIMITS.includes(type), expected: "a limit that getrlimit(2) lists" };
const OTHER = { test: (type: string) => /^RLIMIT_[A-Z]+$/.test(type), expected: "a limit such as RLIMIT_CORE" };

function typeOf(rlimit: Json): string | undefined {
  const { kind, text } = rlimit.get("type");
  return kind === "string" ? text : undefined;
}
