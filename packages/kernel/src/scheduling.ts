/**
 * What a process may ask of the kernel's schedulers and of its memory.
 * @module
 */
import { check } from "./errno.ts";

const SCHED_ATTR_BYTES = 48;

/** struct sched_attr; the times are decimal literals in nanoseconds, an empty one is 0. */
export interface SchedulerAttributes {
  readonly policy: number;
  readonly flags: number;
  readonly nice: number;
  readonly priority: number;
  readonly runtime: string;
  readonly deadline: string;
  readonly period: string;
}

/** Sets the scheduler of this process. @throws SysError */
export function setScheduler(attributes: SchedulerAttributes): void {
  const bytes = new Uint8Array(SCHED_ATTR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SCHED_ATTR_BYTES, true);
  view.setUint32(4, attributes.policy, true);
  view.setUint32(8, attributes.flags, true);
  view.setInt32(16, attributes.nice, true);
  view.setUint32(20, attributes.priority, true);
  setUint64(view, 24, attributes.runtime);
  setUint64(view, 32, attributes.deadline);
  setUint64(view, 40, attributes.period);
  check(sys_sched_setattr(0, bytes), "sched_setattr", "");
}

function setUint64(view: DataView, offset: number, literal: string): void {
  const value = BigInt(literal === "" ? "0" : literal);
  view.setUint32(offset, Number(value & 0xffffffffn), true);
  view.setUint32(offset + 4, Number((value >> 32n) & 0xffffffffn), true);
}

const IOPRIO_WHO_PROCESS_GROUP = 2;

/** Sets the I/O priority of this process group: class 1 real-time, 2 best effort, 3 idle. @throws SysError */
export function setIoPriority(ioClass: number, priority: number): void {
  check(sys_ioprio_set(IOPRIO_WHO_PROCESS_GROUP, 0, (ioClass << 13) | priority), "ioprio_set", "");
}

/** Lets this process run on the processors of `mask`, one bit each; the negated errno on refusal. */
export function trySetAffinity(mask: Uint8Array): number {
  return sys_sched_setaffinity(0, mask);
}

/** Sets the NUMA policy of this process: MPOL_… mode with flags, and one bit a node. @throws SysError */
export function setMemoryPolicy(mode: number, nodes: Uint8Array): void {
  check(sys_set_mempolicy(mode, nodes), "set_mempolicy", "");
}

/** Sets the execution domain. @throws SysError */
export function setPersonality(personality: number): void {
  check(sys_personality(personality), "personality", "");
}
