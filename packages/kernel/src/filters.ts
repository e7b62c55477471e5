/**
 * Programs that the kernel judges calls and device accesses by: seccomp, BPF on cgroups, Landlock.
 * @module
 */
import { check } from "./errno.ts";
import { int32At, words32 } from "./words.ts";

/** Loads a seccomp filter, a list of struct sock_filter; returns the listener's descriptor where `flags` ask for one. @throws SysError */
export function loadSeccomp(program: Uint8Array, flags: number): number {
  return check(sys_seccomp(flags, program), "load the seccomp filter", "");
}

/** Tells whether the kernel knows a SECCOMP_RET_… action. */
export function knowsSeccompAction(action: number): boolean {
  return sys_seccomp_action(action) >= 0;
}

const BPF_F_ALLOW_MULTI = 2;
const BPF_F_REPLACE = 4;

/** Makes `program`, a list of struct bpf_insn, the only device filter of an open cgroup. @throws SysError */
export function setDeviceFilter(cgroup: number, program: Uint8Array, subject: string): void {
  const old = deviceFilters(cgroup);
  const fd = check(sys_bpf_load(program), "load the device filter of", subject);
  const replaced = old.length === 1 ? sys_bpf_by_id(old[0] ?? 0) : -1;
  const flags = replaced >= 0 ? BPF_F_ALLOW_MULTI | BPF_F_REPLACE : BPF_F_ALLOW_MULTI;
  const result = sys_bpf_attach(cgroup, fd, flags, replaced);
  if (replaced >= 0) sys_close(replaced);
  sys_close(fd);
  check(result, "attach the device filter to", subject);
  if (replaced < 0) for (const id of old) detach(cgroup, id);
}

function detach(cgroup: number, id: number): void {
  const fd = sys_bpf_by_id(id);
  if (fd < 0) return;
  sys_bpf_detach(cgroup, fd);
  sys_close(fd);
}

/** Ids of the device filters that are attached to an open cgroup itself. */
export function deviceFilters(cgroup: number): number[] {
  const ids = words32(Array.from({ length: 64 }, () => 0));
  const count = sys_bpf_query(cgroup, ids);
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push(int32At(ids, i) >>> 0);
  return found;
}

/** The version of Landlock, or the negated errno where the kernel has none. */
export function landlockVersion(): number {
  return sys_landlock_create(new Uint8Array(0));
}
