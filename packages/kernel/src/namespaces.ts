/**
 * Namespaces by their names in the OCI configuration.
 * @module
 */
import { check } from "./errno.ts";

export const CLONE_NEWTIME = 0x80;
export const CLONE_NEWNS = 0x20000;
export const CLONE_NEWCGROUP = 0x2000000;
export const CLONE_NEWUTS = 0x4000000;
export const CLONE_NEWIPC = 0x8000000;
export const CLONE_NEWUSER = 0x10000000;
export const CLONE_NEWPID = 0x20000000;
export const CLONE_NEWNET = 0x40000000;

/** A kind of namespace. */
export interface NamespaceKind {
  /** As in `linux.namespaces[].type`. */
  readonly name: string;
  readonly flag: number;
  /** Its file in /proc/PID/ns. */
  readonly file: string;
}

/** All kinds, in the order in which a process joins them: the user namespace first, since it gives the right to the rest. */
export const NAMESPACE_KINDS: readonly NamespaceKind[] = [
  { name: "user", flag: CLONE_NEWUSER, file: "user" },
  { name: "ipc", flag: CLONE_NEWIPC, file: "ipc" },
  { name: "uts", flag: CLONE_NEWUTS, file: "uts" },
  { name: "network", flag: CLONE_NEWNET, file: "net" },
  { name: "pid", flag: CLONE_NEWPID, file: "pid" },
  { name: "mount", flag: CLONE_NEWNS, file: "mnt" },
  { name: "cgroup", flag: CLONE_NEWCGROUP, file: "cgroup" },
  { name: "time", flag: CLONE_NEWTIME, file: "time" },
];

/** Joins the namespace of an open nsfs file. @throws SysError */
export function joinNamespace(fd: number, flag: number, subject: string): void {
  check(sys_setns(fd, flag), "setns", subject);
}

/** Leaves namespaces for new ones. @throws SysError */
export function unshare(flags: number): void {
  check(sys_unshare(flags), "unshare", "");
}

/** The flag of the kind of an open nsfs file; the negated errno where it is no such file. */
export function tryNamespaceType(fd: number): number {
  return sys_ns_type(fd);
}
