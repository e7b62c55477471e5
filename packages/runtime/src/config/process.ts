/**
 * The program to run and what it may do: the `process` object.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#process
 * @module
 */
import { type Json, parseJson } from "@teu/std/json";
import { INT32, UINT64 } from "@teu/spec/runtime/integers";
import {
  IO_PRIORITY_CLASSES,
  LINUX_RLIMITS,
  SCHEDULER_FLAGS,
  SCHEDULER_POLICIES,
} from "@teu/spec/runtime/process-names";
import { fieldFailure } from "../failure.ts";
import {
  readAbsolutePath,
  readFlag,
  readInteger,
  readIntegerOrNone,
  readOneOf,
  readTextOr,
  readTexts,
  readUint32,
  readUint32Or,
} from "./read.ts";

/** One of `process.rlimits`. */
export interface Rlimit {
  /** Such as `RLIMIT_NOFILE`. */
  readonly type: string;
  /** Decimal literals of 64 bits. */
  readonly soft: string;
  readonly hard: string;
  readonly field: string;
}

/** Names of capabilities, as they stand in the configuration. */
export interface CapabilityNames {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly inheritable: readonly string[];
  readonly permitted: readonly string[];
  readonly ambient: readonly string[];
}

/** `process.scheduler`, whose fields fit its policy. */
export interface Scheduler {
  readonly policy: string;
  readonly nice: number;
  readonly priority: number;
  readonly flags: readonly string[];
  /** Decimal literals, in nanoseconds; `0` where not given. */
  readonly runtime: string;
  readonly deadline: string;
  readonly period: string;
}

/** `process.ioPriority`; 0 is the highest priority of its class. */
export interface IoPriority {
  readonly class: string;
  readonly priority: number;
}

/** `process.execCPUAffinity`: lists such as `0-3,8`, or empty. */
export interface CpuAffinity {
  readonly initial: string;
  readonly final: string;
}

/** A checked `process`. */
export interface ProcessConfig {
  readonly terminal: boolean;
  /** Characters; 0 where not given. */
  readonly rows: number;
  readonly columns: number;
  readonly uid: number;
  readonly gid: number;
  /** -1 where not given. */
  readonly umask: number;
  readonly additionalGids: readonly number[];
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly rlimits: readonly Rlimit[];
  readonly capabilities: CapabilityNames | undefined;
  readonly noNewPrivileges: boolean;
  /** A decimal literal; empty where not given. */
  readonly oomScoreAdj: string;
  readonly apparmorProfile: string;
  readonly selinuxLabel: string;
  readonly scheduler: Scheduler | undefined;
  readonly ioPriority: IoPriority | undefined;
  readonly execAffinity: CpuAffinity;
}

/** Reads `process` of a configuration, which may be left out until start: then it has no `args`. */
export function readProcessOrNone(json: Json): ProcessConfig {
  return json.absent ? { ...readProcess(parseJson('{"cwd":"/","args":["none"]}')), args: [] } : readProcess(json);
}

/** Reads `process`, or the document of `exec --process`. */
export function readProcess(json: Json): ProcessConfig {
  const size = json.get("consoleSize");
  const user = json.get("user");
  const capabilities = json.get("capabilities");
  const affinity = json.get("execCPUAffinity");
  return {
    terminal: readFlag(json.get("terminal")),
    rows: readUint32Or(size.get("height"), 0),
    columns: readUint32Or(size.get("width"), 0),
    uid: readUint32Or(user.get("uid"), 0),
    gid: readUint32Or(user.get("gid"), 0),
    umask: user.get("umask").absent ? -1 : user.get("umask").integerBetween(0, 0o777),
    additionalGids: user
      .get("additionalGids")
      .list()
      .map((gid) => readUint32(gid)),
    args: readArgs(json.get("args")),
    env: readTexts(json.get("env")),
    cwd: readAbsolutePath(json.get("cwd")),
    rlimits: readRlimits(json.get("rlimits")),
    capabilities: capabilities.absent ? undefined : readCapabilities(capabilities),
    noNewPrivileges: readFlag(json.get("noNewPrivileges")),
    oomScoreAdj: json.get("oomScoreAdj").absent ? "" : String(json.get("oomScoreAdj").integerBetween(-1000, 1000)),
    apparmorProfile: readTextOr(json.get("apparmorProfile"), ""),
    selinuxLabel: readTextOr(json.get("selinuxLabel"), ""),
    scheduler: json.get("scheduler").absent ? undefined : readScheduler(json.get("scheduler")),
    ioPriority: json.get("ioPriority").absent ? undefined : readIoPriority(json.get("ioPriority")),
    execAffinity: {
      initial: readTextOr(affinity.get("initial"), ""),
      final: readTextOr(affinity.get("final"), ""),
    },
  };
}

function readArgs(json: Json): string[] {
  const args = readTexts(json);
  if (args.length === 0) throw fieldFailure(json.path, "must name a program");
  return args;
}

function readRlimits(json: Json): Rlimit[] {
  const limits: Rlimit[] = [];
  for (const item of json.list()) {
    const type = readOneOf(item.get("type"), LINUX_RLIMITS);
    if (limits.some((other) => other.type === type)) throw fieldFailure(item.path, `${type} is given twice`);
    const soft = readLimit(item.get("soft"));
    limits.push({ type, soft, hard: readLimit(item.get("hard")), field: item.path });
  }
  return limits;
}

// Some writers use -1 for "no limit", although the number has no sign.
function readLimit(json: Json): string {
  return json.kind === "number" && json.text === "-1" ? UINT64.max : readInteger(json, UINT64);
}

function readCapabilities(json: Json): CapabilityNames {
  return {
    bounding: readTexts(json.get("bounding")),
    effective: readTexts(json.get("effective")),
    inheritable: readTexts(json.get("inheritable")),
    permitted: readTexts(json.get("permitted")),
    ambient: readTexts(json.get("ambient")),
  };
}

const REAL_TIME: readonly string[] = ["SCHED_FIFO", "SCHED_RR"];

function readScheduler(json: Json): Scheduler {
  const scheduler: Scheduler = {
    policy: readOneOf(json.get("policy"), SCHEDULER_POLICIES),
    nice: json.get("nice").absent ? 0 : json.get("nice").integerBetween(-20, 19),
    priority: json.get("priority").absent ? 0 : Number(readInteger(json.get("priority"), INT32)),
    flags: json
      .get("flags")
      .list()
      .map((flag) => readOneOf(flag, SCHEDULER_FLAGS)),
    runtime: readIntegerOrNone(json.get("runtime"), UINT64),
    deadline: readIntegerOrNone(json.get("deadline"), UINT64),
    period: readIntegerOrNone(json.get("period"), UINT64),
  };
  checkScheduler(json, scheduler);
  return scheduler;
}

function checkScheduler(json: Json, { policy, priority, runtime, deadline, period }: Scheduler): void {
  if (priority !== 0 && !REAL_TIME.includes(policy))
    throw fieldFailure(json.get("priority").path, `a priority is for SCHED_FIFO and SCHED_RR, the policy is ${policy}`);
  const times = [runtime, deadline, period].some((time) => time !== "" && time !== "0");
  if (times && policy !== "SCHED_DEADLINE")
    throw fieldFailure(json.path, `runtime, deadline and period are for SCHED_DEADLINE, the policy is ${policy}`);
}

function readIoPriority(json: Json): IoPriority {
  const priority = json.get("priority");
  return {
    class: readOneOf(json.get("class"), IO_PRIORITY_CLASSES),
    priority: priority.absent ? 0 : priority.integerBetween(0, 7),
  };
}
