/**
 * Capabilities by name and number, and the five sets of a process.
 * @module
 */
import { check } from "./errno.ts";
import { PR_CAPBSET_DROP, PR_CAPBSET_READ, PR_CAP_AMBIENT, control, tryControl } from "./processes.ts";
import { int32At, words32 } from "./words.ts";

/** Names without `CAP_`, each at its number. */
export const CAPABILITIES: readonly string[] =
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(
    " ",
  );

export const CAP_SYS_ADMIN = 21;

/** A set of capabilities: two halves of 32 bits, as the kernel takes them. */
export class CapabilitySet {
  low = 0;
  high = 0;

  add(capability: number): void {
    if (capability < 32) this.low = (this.low | (1 << capability)) >>> 0;
    else this.high = (this.high | (1 << (capability - 32))) >>> 0;
  }

  has(capability: number): boolean {
    const half = capability < 32 ? this.low : this.high;
    return ((half >>> (capability & 31)) & 1) === 1;
  }

  /** What is in this set and in `other`. */
  and(other: CapabilitySet): CapabilitySet {
    const both = new CapabilitySet();
    both.low = (this.low & other.low) >>> 0;
    both.high = (this.high & other.high) >>> 0;
    return both;
  }
}

/** The number of a capability given with or without `CAP_`, in any case; undefined where no such name is known. */
export function capabilityNumber(name: string): number | undefined {
  const number = CAPABILITIES.indexOf(name.toUpperCase().replace(/^CAP_/, ""));
  return number < 0 ? undefined : number;
}

/** The highest capability that this kernel knows. */
export function lastCapability(): number {
  let last = CAPABILITIES.length - 1;
  while (last > 0 && tryControl(PR_CAPBSET_READ, [last]) < 0) last -= 1;
  return last;
}

/** The sets that capset(2) takes. */
export interface ProcessCapabilities {
  readonly effective: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly inheritable: CapabilitySet;
}

/** Sets three sets of this process; the negated errno on refusal. */
export function trySetCapabilities({ effective, permitted, inheritable }: ProcessCapabilities): number {
  const low = [effective.low, permitted.low, inheritable.low];
  return sys_capset(words32([...low, effective.high, permitted.high, inheritable.high]));
}

/** What a process may do now; 0 is the caller. @throws SysError */
export function permittedCapabilities(pid: number): CapabilitySet {
  const sets = words32([0, 0, 0, 0, 0, 0]);
  check(sys_capget(pid, sets), "capget", String(pid));
  const permitted = new CapabilitySet();
  permitted.low = int32At(sets, 1) >>> 0;
  permitted.high = int32At(sets, 4) >>> 0;
  return permitted;
}

/** Drops from the bounding set what is not in `keep`, up to the number `last`. @throws SysError */
export function limitBounding(keep: CapabilitySet, last: number): void {
  for (let capability = 0; capability <= last; capability++) {
    if (!keep.has(capability)) control(PR_CAPBSET_DROP, [capability], "drop from the bounding set of capabilities");
  }
}

const PR_CAP_AMBIENT_RAISE = 2;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

/** Makes `ambient` the ambient set; returns those that the kernel refused. */
export function setAmbient(ambient: CapabilitySet, last: number): number[] {
  tryControl(PR_CAP_AMBIENT, [PR_CAP_AMBIENT_CLEAR_ALL]);
  const refused: number[] = [];
  for (let capability = 0; capability <= last; capability++) {
    if (!ambient.has(capability)) continue;
    if (tryControl(PR_CAP_AMBIENT, [PR_CAP_AMBIENT_RAISE, capability]) < 0) refused.push(capability);
  }
  return refused;
}
