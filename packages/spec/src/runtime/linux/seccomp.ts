/**
 * Seccomp profiles: which system calls a container may make.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, object, string, strings } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, objectsIn, oneOf, uint32, uint64 } from "../fields.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_ERRNO_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
  type SeccompAction,
  type SeccompArchitecture,
  type SeccompFlag,
  type SeccompOperator,
} from "../seccomp-names.ts";

/**
 * A seccomp profile.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#seccomp}
 */
export interface Seccomp {
  /** What happens to calls without a rule. */
  readonly defaultAction: SeccompAction;
  /** Errno of that action, if it carries one; EPERM if absent. */
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly SeccompArchitecture[];
  readonly flags?: readonly SeccompFlag[];
  /** Socket of the seccomp agent that decides on calls with `SCMP_ACT_NOTIFY`. */
  readonly listenerPath?: string;
  /** Passed on to the agent; only together with `listenerPath`. */
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly SeccompRule[];
}

/** What happens to certain calls. */
export interface SeccompRule {
  /** At least one. */
  readonly names: readonly string[];
  readonly action: SeccompAction;
  /** Errno of the action, if it carries one; EPERM if absent. */
  readonly errnoRet?: number;
  /** All of these must hold. */
  readonly args?: readonly SeccompComparison[];
}

/** A comparison of an argument of a call. */
export interface SeccompComparison {
  /** Which argument, from 0. */
  readonly index: number;
  /** For `SCMP_CMP_MASKED_EQ` the mask. */
  readonly value: number | bigint;
  /** For `SCMP_CMP_MASKED_EQ` the value to compare with. */
  readonly valueTwo?: number | bigint;
  readonly op: SeccompOperator;
}

/** Checks a seccomp profile. */
export function checkSeccomp(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, SECCOMP, report);
  if (!carriesErrno(json.get("defaultAction"), json.get("defaultErrnoRet"))) {
    const errno = json.get("defaultErrnoRet");
    report.add("runtime.linux.seccomp.defaultErrnoRet.action", errno, "expected nothing, as the action has no errno");
  }
  const metadata = json.get("listenerMetadata");
  if (!metadata.absent && json.get("listenerPath").absent) {
    const message = "expected nothing, since listenerPath is not set";
    report.add("runtime.linux.seccomp.listenerMetadata.path", metadata, message);
  }
  for (const rule of objectsIn(json.get("syscalls"))) checkRule(rule, report);
}

const SECCOMP = fieldsOf(
  "runtime.linux.seccomp",
  { defaultAction: oneOf(SECCOMP_ACTIONS) },
  {
    defaultErrnoRet: uint32,
    architectures: listOf(oneOf(SECCOMP_ARCHITECTURES)),
    flags: listOf(oneOf(SECCOMP_FLAGS)),
    listenerPath: string,
    listenerMetadata: string,
    syscalls: listOf(object),
  },
);

function checkRule(rule: Json, report: RuntimeReport): void {
  checkFields(rule, RULE, report);
  const names = rule.get("names");
  if (names.kind === "array" && names.items.length === 0) {
    report.add("runtime.linux.seccomp.syscalls.names.one", names, "expected at least one name, got none");
  }
  if (!carriesErrno(rule.get("action"), rule.get("errnoRet"))) {
    const errno = rule.get("errnoRet");
    report.add("runtime.linux.seccomp.syscalls.errnoRet.action", errno, "expected nothing, as the action has no errno");
  }
  for (const comparison of objectsIn(rule.get("args"))) checkFields(comparison, COMPARISON, report);
}

const RULE = fieldsOf(
  "runtime.linux.seccomp.syscalls",
  { names: strings, action: oneOf(SECCOMP_ACTIONS) },
  { errnoRet: uint32, args: listOf(object) },
);

const COMPARISON = fieldsOf(
  "runtime.linux.seccomp.syscalls.args",
  { index: uint32, value: uint64, op: oneOf(SECCOMP_OPERATORS) },
  { valueTwo: uint64 },
);

/** True unless there is an errno for an action that cannot carry it. An action that is wrong is reported elsewhere. */
function carriesErrno(action: Json, errno: Json): boolean {
  const actions: readonly string[] = SECCOMP_ERRNO_ACTIONS;
  return errno.absent || action.kind !== "string" || actions.includes(action.text);
}
