/**
 * Users, groups and names of the host.
 * @module
 */
import { check } from "./errno.ts";
import { words32 } from "./words.ts";

/** The user id that counts for permissions. */
export function effectiveUser(): number {
  return sys_geteuid();
}

/** The group id that counts for permissions. */
export function effectiveGroup(): number {
  return sys_getegid();
}

/** Becomes a user: real, effective and saved. @throws SysError */
export function setUser(uid: number): void {
  check(sys_setresuid(uid), "setresuid", String(uid));
}

/** Becomes a group: real, effective and saved. @throws SysError */
export function setGroup(gid: number): void {
  check(sys_setresgid(gid), "setresgid", String(gid));
}

/** As {@link setUser}; the negated errno on refusal. */
export function trySetUser(uid: number): number {
  return sys_setresuid(uid);
}

/** As {@link setGroup}; the negated errno on refusal. */
export function trySetGroup(gid: number): number {
  return sys_setresgid(gid);
}

/** Sets the additional groups; the negated errno on refusal. */
export function trySetGroups(groups: readonly number[]): number {
  return sys_setgroups(words32(groups));
}

/** Names the host. @throws SysError */
export function setHostname(name: string): void {
  check(sys_sethostname(name), "sethostname", name);
}

/** Names the NIS domain. @throws SysError */
export function setDomainname(name: string): void {
  check(sys_setdomainname(name), "setdomainname", name);
}

/** The kind of machine, as uname(2) has it: `x86_64`, `aarch64` and others. */
export function machineName(): string {
  let name = "";
  sys_machine((text) => {
    name = text;
  });
  return name;
}
