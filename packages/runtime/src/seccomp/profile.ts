/**
 * A seccomp profile: which system calls a container may make.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#seccomp
 * @module
 */
import type { Json } from "@teu/std/json";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_ERRNO_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_MAX_ARGS,
  SECCOMP_OPERATORS,
} from "@teu/spec/runtime/seccomp-names";
import { readAbsolutePath, readOneOf, readTextOr, readTexts, readUint64 } from "../config/read.ts";
import { fieldFailure } from "../failure.ts";

/** One comparison of an argument of a call. Numbers of 64 bits are in two halves without sign. */
export interface Condition {
  /** Which argument, from 0. */
  readonly index: number;
  /** Such as `SCMP_CMP_EQ`. */
  readonly operator: string;
  readonly high: number;
  readonly low: number;
  /** What is kept of the argument before it is compared, all bits unless the operator has a mask. */
  readonly maskHigh: number;
  readonly maskLow: number;
}

/** What happens to certain calls. */
export interface Rule {
  readonly names: readonly string[];
  /** What the filter returns: SECCOMP_RET_…, without sign. */
  readonly action: number;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly field: string;
}

/** `linux.seccomp` of a configuration. */
export interface Profile {
  readonly defaultAction: number;
  /** Names; the machine's own interface may be missing. */
  readonly architectures: readonly string[];
  /** For seccomp(2). */
  readonly flags: number;
  /** Empty where there is no agent. */
  readonly listenerPath: string;
  readonly listenerMetadata: string;
  readonly rules: readonly Rule[];
  /** Some call is decided by an agent. */
  readonly notifies: boolean;
}

export const KILL_THREAD = 0;
export const KILL_PROCESS = 0x80000000;
export const TRAP = 0x00030000;
export const ERRNO = 0x00050000;
export const USER_NOTIFY = 0x7fc00000;
export const TRACE = 0x7ff00000;
export const LOG = 0x7ffc0000;
export const ALLOW = 0x7fff0000;

const EPERM = 1;
const MAX_ERRNO = 0xffff;

/** Reads `linux.seccomp`; undefined where it is absent or empty. @throws Failure */
export function readSeccomp(json: Json): Profile | undefined {
  const syscalls = json.get("syscalls");
  if (json.absent || (json.get("defaultAction").absent && syscalls.list().length === 0)) return undefined;
  const defaultAction = readAction(json.get("defaultAction"), json.get("defaultErrnoRet"));
  if (defaultAction === USER_NOTIFY)
    throw fieldFailure(json.get("defaultAction").path, "SCMP_ACT_NOTIFY cannot be used as default action");
  const rules: Rule[] = [];
  for (const item of syscalls.list()) readRules(item, rules);
  const notifies = rules.some((rule) => rule.action === USER_NOTIFY);
  const listener = readListener(json, notifies);
  return {
    defaultAction,
    architectures: json
      .get("architectures")
      .list()
      .map((item) => readOneOf(item, SECCOMP_ARCHITECTURES)),
    flags: readFlags(json.get("flags"), notifies),
    listenerPath: listener.path,
    listenerMetadata: listener.metadata,
    rules,
    notifies,
  };
}

interface Listener {
  readonly path: string;
  readonly metadata: string;
}

function readListener(json: Json, notifies: boolean): Listener {
  const path = json.get("listenerPath");
  const metadata = json.get("listenerMetadata");
  const listenerPath = readTextOr(path, "") === "" ? "" : readAbsolutePath(path);
  const listenerMetadata = readTextOr(metadata, "");
  if (listenerMetadata !== "" && listenerPath === "")
    throw fieldFailure(metadata.path, "is only for an agent, and listenerPath names none");
  if (notifies && listenerPath === "")
    throw fieldFailure(path.path, "listenerPath is not set, but SCMP_ACT_NOTIFY needs an agent");
  return { path: listenerPath, metadata: listenerMetadata };
}

function readAction(json: Json, errno: Json): number {
  const action = readOneOf(json, SECCOMP_ACTIONS);
  const names: readonly string[] = SECCOMP_ERRNO_ACTIONS;
  if (!errno.absent && !names.includes(action))
    throw fieldFailure(errno.path, `the action ${action} carries no errno, only ${names.join(" and ")} do`);
  const data = errno.absent ? EPERM : errno.integerBetween(0, MAX_ERRNO);
  switch (action) {
    case "SCMP_ACT_ALLOW":
      return ALLOW;
    case "SCMP_ACT_ERRNO":
      return ERRNO + data;
    case "SCMP_ACT_TRACE":
      return TRACE + data;
    case "SCMP_ACT_LOG":
      return LOG;
    case "SCMP_ACT_NOTIFY":
      return USER_NOTIFY;
    case "SCMP_ACT_TRAP":
      return TRAP;
    case "SCMP_ACT_KILL_PROCESS":
      return KILL_PROCESS;
    default:
      return KILL_THREAD;
  }
}

const FLAG_TSYNC = 1;
const FLAG_SPEC_ALLOW = 4;
const FLAG_NEW_LISTENER = 8;
const FLAG_TSYNC_ESRCH = 16;
const FLAG_WAIT_KILLABLE = 32;

// Without the field, speculation stays allowed, as runc and crun have it: programs would be much slower.
function readFlags(json: Json, notifies: boolean): number {
  let flags = json.absent ? FLAG_SPEC_ALLOW : 0;
  for (const item of json.list()) flags |= flagOf(readOneOf(item, SECCOMP_FLAGS));
  if (!notifies) return flags & ~FLAG_WAIT_KILLABLE;
  // A listener and threads to synchronise go together only with this way to report the failure.
  const together = (flags & FLAG_TSYNC) === 0 ? 0 : FLAG_TSYNC_ESRCH;
  return flags | FLAG_NEW_LISTENER | together;
}

function flagOf(name: string): number {
  switch (name) {
    case "SECCOMP_FILTER_FLAG_TSYNC":
      return FLAG_TSYNC;
    case "SECCOMP_FILTER_FLAG_LOG":
      return 2;
    case "SECCOMP_FILTER_FLAG_SPEC_ALLOW":
      return FLAG_SPEC_ALLOW;
    default:
      return FLAG_WAIT_KILLABLE;
  }
}

function readRules(json: Json, rules: Rule[]): void {
  const names = readTexts(json.get("names"));
  if (names.length === 0) throw fieldFailure(json.get("names").path, "must name at least one call");
  if (names.includes("")) throw fieldFailure(json.get("names").path, "must not have an empty name");
  const action = readAction(json.get("action"), json.get("errnoRet"));
  // No agent has the listener before the process itself has sent it on.
  const blocked = names.find((name) => name === "write" || name === "sendmsg");
  if (action === USER_NOTIFY && blocked !== undefined)
    throw fieldFailure(json.get("names").path, `SCMP_ACT_NOTIFY cannot be used for the ${blocked} syscall`);
  const conditions = json
    .get("args")
    .list()
    .map((item) => readCondition(item));
  const field = json.path;
  if (!sharesArgument(conditions)) rules.push({ names, action, conditions, field });
  // Comparisons of one argument with several values are alternatives, as they always were in libseccomp.
  else for (const condition of conditions) rules.push({ names, action, conditions: [condition], field });
}

function sharesArgument(conditions: readonly Condition[]): boolean {
  return conditions.some((condition, i) => conditions.findIndex(({ index }) => index === condition.index) < i);
}

const WORD = 0x100000000;
const ALL = 0xffffffff;

function readCondition(json: Json): Condition {
  const index = json.get("index").integerBetween(0, SECCOMP_MAX_ARGS - 1);
  const operator = readOneOf(json.get("op"), SECCOMP_OPERATORS);
  const value = readHalves(json.get("value"));
  if (operator !== "SCMP_CMP_MASKED_EQ")
    return { index, operator, high: value.high, low: value.low, maskHigh: ALL, maskLow: ALL };
  const wanted = json.get("valueTwo").absent ? { high: 0, low: 0 } : readHalves(json.get("valueTwo"));
  return {
    index,
    operator: "SCMP_CMP_EQ",
    high: and(wanted.high, value.high),
    low: and(wanted.low, value.low),
    maskHigh: value.high,
    maskLow: value.low,
  };
}

interface Halves {
  readonly high: number;
  readonly low: number;
}

const EXACT_DIGITS = 15;

function readHalves(json: Json): Halves {
  const literal = readUint64(json);
  if (literal.length <= EXACT_DIGITS) return { high: Math.floor(Number(literal) / WORD), low: Number(literal) % WORD };
  const value = BigInt(literal);
  return { high: Number(value / 4294967296n), low: Number(value % 4294967296n) };
}

function and(a: number, b: number): number {
  return (a & b) >>> 0;
}
