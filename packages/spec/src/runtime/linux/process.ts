/**
 * What only a Linux process has: capabilities, scheduling, security labels.
 * @module
 */
import { type Json, isInteger } from "@teu/std/json";
import { checkFields, listOf, string, strings } from "../../shape.ts";
import { type RuntimeReport, checkString, fieldsOf, int32, int64, oneOf, uint64 } from "../fields.ts";
import { fitsInteger } from "../integers.ts";
import { isNumberList } from "../number-lists.ts";
import {
  CAPABILITIES,
  CAPABILITY_SETS,
  type CapabilitySet,
  IO_PRIORITY_CLASSES,
  type IoPriorityClass,
  SCHEDULER_FLAGS,
  SCHEDULER_POLICIES,
  type SchedulerFlag,
  type SchedulerPolicy,
} from "../process-names.ts";

/**
 * The Linux fields of a process.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#linux-process}
 */
export interface LinuxProcess {
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
  /** Sets of names such as `CAP_CHOWN`. */
  readonly capabilities?: { readonly [Set in CapabilitySet]?: readonly string[] };
  /** Written to `oom_score_adj`; left alone if absent. */
  readonly oomScoreAdj?: number | bigint;
  readonly scheduler?: Scheduler;
  readonly ioPriority?: IoPriority;
  readonly execCPUAffinity?: CpuAffinity;
}

/** How the process is scheduled, see sched_setattr(2). Numbers that are absent are 0. */
export interface Scheduler {
  readonly policy: SchedulerPolicy;
  readonly nice?: number;
  readonly priority?: number;
  readonly flags?: readonly SchedulerFlag[];
  /** Nanoseconds, for the deadline policy, like the next two. */
  readonly runtime?: number | bigint;
  readonly deadline?: number | bigint;
  readonly period?: number | bigint;
}

/** The I/O priority of the process group, see ioprio_set(2). */
export interface IoPriority {
  readonly class: IoPriorityClass;
  /** From 0, the highest, to 7. */
  readonly priority: number | bigint;
}

/** The CPUs of processes added later by exec, as lists such as `0-3,7`. */
export interface CpuAffinity {
  /** Before the process is in the container's cgroup. */
  readonly initial?: string;
  /** After that. */
  readonly final?: string;
}

/** Checks the Linux fields of a process. */
export function checkLinuxProcess(process: Json, report: RuntimeReport): void {
  checkCapabilities(process.get("capabilities"), report);
  const scheduler = process.get("scheduler");
  if (scheduler.kind === "object") checkFields(scheduler, SCHEDULER, report);
  checkIoPriority(process.get("ioPriority"), report);
  const affinity = process.get("execCPUAffinity");
  if (affinity.kind !== "object") return;
  checkFields(affinity, AFFINITY, report);
  for (const name of ["initial", "final"]) {
    checkString(affinity.get(name), "runtime.process.execCPUAffinity.list", NUMBER_LIST, report);
  }
}

const SCHEDULER = fieldsOf(
  "runtime.process.scheduler",
  { policy: oneOf(SCHEDULER_POLICIES) },
  {
    nice: int32,
    priority: int32,
    flags: listOf(oneOf(SCHEDULER_FLAGS)),
    runtime: uint64,
    deadline: uint64,
    period: uint64,
  },
);
const AFFINITY = fieldsOf("runtime.process.execCPUAffinity", {}, { initial: string, final: string });
const NUMBER_LIST = { test: isNumberList, expected: "a list such as 0-3,7" };

function checkCapabilities(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, CAPABILITY_LISTS, report);
  for (const set of CAPABILITY_SETS) {
    for (const name of json.get(set).items) checkString(name, "runtime.process.capabilities.known", CAPABILITY, report);
  }
}

const CAPABILITY_LISTS = fieldsOf(
  "runtime.process.capabilities",
  {},
  Object.fromEntries(CAPABILITY_SETS.map((name) => [name, strings])),
);
const CAPABILITY = { test: (name: string) => CAPABILITIES.includes(name), expected: "a capability of Linux" };

function checkIoPriority(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, IO_PRIORITY, report);
  const priority = json.get("priority");
  if (priority.kind !== "number" || !isInteger(priority.text) || fitsInteger(priority.text, PRIORITY)) return;
  const message = `expected an integer from 0 to 7, got ${priority.text}`;
  report.add("runtime.process.ioPriority.priority.range", priority, message);
}

const PRIORITY = { min: "0", max: "7" };
const IO_PRIORITY = fieldsOf("runtime.process.ioPriority", { class: oneOf(IO_PRIORITY_CLASSES), priority: int64 });
