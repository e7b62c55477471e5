/**
 * How the kernel gives a process its turns: scheduler, priority of I/O, processors, memory policy, personality.
 * @module
 */
import { check } from "@teu/kernel/errno";
import { setIoPriority, setMemoryPolicy, setPersonality, setScheduler, trySetAffinity } from "@teu/kernel/scheduling";
import { words32 } from "@teu/kernel/words";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES, PERSONALITY_DOMAINS } from "@teu/spec/runtime/linux-names";
import { IO_PRIORITY_CLASSES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "@teu/spec/runtime/process-names";
import type { Json } from "@teu/std/json";
import type { IoPriority, Scheduler } from "../config/process.ts";
import { readName, readOneOf } from "../config/read.ts";
import { fieldFailure } from "../failure.ts";
import { numberMask } from "./cpu-list.ts";

/** @throws SysError */
export function applyScheduler(scheduler: Scheduler): void {
  let flags = 0;
  for (const flag of scheduler.flags) flags |= 1 << SCHEDULER_FLAGS.findIndex((known) => known === flag);
  setScheduler({
    policy: SCHEDULER_POLICIES.findIndex((known) => known === scheduler.policy),
    flags,
    nice: scheduler.nice,
    priority: scheduler.priority,
    runtime: scheduler.runtime,
    deadline: scheduler.deadline,
    period: scheduler.period,
  });
}

/** @throws SysError */
export function applyIoPriority(wanted: IoPriority): void {
  setIoPriority(IO_PRIORITY_CLASSES.findIndex((known) => known === wanted.class) + 1, wanted.priority);
}

/** Lets this process run on the processors of a list. @throws SysError, Failure */
export function applyAffinity(cpus: string, field: string): void {
  check(trySetAffinity(numberMask(cpus, field)), "sched_setaffinity", cpus);
}

/** Lets this process run wherever its cpuset allows, not only where the runtime may. */
export function resetAffinity(): void {
  trySetAffinity(words32(Array.from({ length: 128 }, () => 0xffffffff)));
}

/** `linux.memoryPolicy`, ready for the kernel. */
export interface MemoryPolicy {
  readonly mode: number;
  readonly nodes: Uint8Array;
}

/** Reads `linux.memoryPolicy`; undefined where there is none. @throws Failure */
export function readMemoryPolicy(json: Json): MemoryPolicy | undefined {
  if (json.absent) return undefined;
  const name = readOneOf(json.get("mode"), MEMORY_POLICY_MODES);
  let mode = MEMORY_POLICY_MODES.findIndex((known) => known === name);
  for (const flag of json.get("flags").list()) {
    const text = readOneOf(flag, MEMORY_POLICY_FLAGS);
    mode |= 1 << (13 + MEMORY_POLICY_FLAGS.findIndex((known) => known === text));
  }
  const nodes = json.get("nodes");
  const none = nodes.absent || nodes.text === "";
  return { mode, nodes: none ? new Uint8Array(0) : numberMask(readName(nodes), nodes.path) };
}

/** @throws SysError */
export function applyMemoryPolicy(policy: MemoryPolicy): void {
  setMemoryPolicy(policy.mode, policy.nodes);
}

const PERSONALITIES: readonly number[] = [0, 8];

/** The number of `linux.personality`; -1 where there is none. @throws Failure */
export function readPersonality(json: Json): number {
  if (json.absent) return -1;
  const flags = json.get("flags");
  if (flags.list().length > 0) throw fieldFailure(flags.path, "no flag is supported");
  const domain = readOneOf(json.get("domain"), PERSONALITY_DOMAINS);
  return PERSONALITIES[PERSONALITY_DOMAINS.findIndex((known) => known === domain)] ?? -1;
}

/** @throws SysError */
export function applyPersonality(personality: number): void {
  setPersonality(personality);
}
