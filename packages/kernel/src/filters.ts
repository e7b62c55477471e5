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

/** A Landlock ruleset that takes the rights of `files`, `ports` and `scopes` away, as the LANDLOCK_… bits; returns its descriptor. @throws SysError */
export function createRuleset(files: number, ports: number, scopes: number): number {
  const attributes = words32([files, 0, ports, 0, scopes, 0]);
  return check(sys_landlock_create(attributes), "make the Landlock ruleset", "");
}

const RULE_PATH_BENEATH = 1;
const RULE_NET_PORT = 2;

/** Allows rights on what is at and below an open file or folder. @throws SysError */
export function allowBeneath(ruleset: number, fd: number, rights: number, subject: string): void {
  const rule = words32([rights, 0, fd]);
  check(sys_landlock_add(ruleset, RULE_PATH_BENEATH, rule), "allow with Landlock", subject);
}

/** Allows rights on a TCP port. @throws SysError */
export function allowPort(ruleset: number, port: number, rights: number): void {
  const rule = words32([rights, 0, port, 0]);
  check(sys_landlock_add(ruleset, RULE_NET_PORT, rule), "allow with Landlock port", String(port));
}

/** Puts this process and all that come from it below a ruleset, for ever. @throws SysError */
export function restrictTo(ruleset: number): void {
  check(sys_landlock_restrict(ruleset), "restrict with Landlock", "");
}
