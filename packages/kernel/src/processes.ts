/**
 * Processes: making them, turning them into programs, waiting for them, signalling them.
 * @module
 */
import { EAGAIN, ESRCH, check, checkOr } from "./errno.ts";
import { CWD } from "./files.ts";
import { int32At, words32 } from "./words.ts";

export const CLONE_PARENT = 0x8000;

export const PR_SET_PDEATHSIG = 1;
export const PR_SET_DUMPABLE = 4;
export const PR_SET_KEEPCAPS = 8;
export const PR_SET_NAME = 15;
export const PR_CAPBSET_READ = 23;
export const PR_CAPBSET_DROP = 24;
export const PR_SET_CHILD_SUBREAPER = 36;
export const PR_SET_NO_NEW_PRIVS = 38;
export const PR_CAP_AMBIENT = 47;

/** A child: in the child itself `pid` is 0. */
export interface Child {
  readonly pid: number;
  /** Descriptor of the process; -1 in the child itself. */
  readonly pidfd: number;
}

/** Clones this process. `cgroup` is the folder of a cgroup (version 2) to be born in, or -1. @throws SysError */
export function clone(flags: number, cgroup = -1): Child {
  const pidfd = words32([0xffffffff]);
  const pid = check(sys_clone(flags, cgroup, pidfd), "clone", "");
  return { pid, pidfd: pid === 0 ? -1 : int32At(pidfd, 0) };
}

/** Ends this process at once. */
export function exitNow(status: number): void {
  sys_exit(status);
}

/** Waits for a child and reaps it: its exit status, or 128 + the signal that ended it. @throws SysError */
export function wait(pid: number): number {
  return check(sys_wait(pid, 0), "wait", String(pid));
}

/** Reaps a child if it has ended; undefined where it has not. @throws SysError */
export function reap(pid: number): number | undefined {
  const status = checkOr(EAGAIN, sys_wait(pid, 1), "wait", String(pid));
  return status < 0 ? undefined : status;
}

/** The pid of a child that has ended and was not reaped; 0 or less where there is none. */
export function endedChild(): number {
  return sys_ended_child();
}

/** Becomes another program. Returns the negated errno, as it returns only when it fails. */
export function tryExec(path: string, args: readonly string[], env: readonly string[]): number {
  return sys_execveat(CWD, path, joined(args), joined(env), 0);
}

/** Becomes the program of an open file; returns the negated errno. */
export function tryExecFd(fd: number, args: readonly string[], env: readonly string[]): number {
  return sys_execveat(fd, "", joined(args), joined(env), 0x1000);
}

function joined(items: readonly string[]): string {
  return items.map((item) => `${item}\0`).join("");
}

/** A descriptor of a process; undefined where there is none. @throws SysError */
export function openProcess(pid: number): number | undefined {
  const fd = checkOr(ESRCH, sys_pidfd_open(pid), "pidfd_open", String(pid));
  return fd < 0 ? undefined : fd;
}

/** Signals the process of a pidfd; false where it has ended. @throws SysError */
export function signalProcess(pidfd: number, signal: number, subject: string): boolean {
  return checkOr(ESRCH, sys_pidfd_send_signal(pidfd, signal), "kill", subject) >= 0;
}

/** Signals a process by number; false where there is none. Prefer {@link signalProcess}: numbers are reused. @throws SysError */
export function kill(pid: number, signal: number): boolean {
  return checkOr(ESRCH, sys_kill(pid, signal), "kill", String(pid)) >= 0;
}

/** The number of this process in its pid namespace. */
export function ownPid(): number {
  return sys_getpid();
}

/** The number of the parent; 0 where it lies outside of the pid namespace. */
export function parentPid(): number {
  return sys_getppid();
}

/** The value of an environment variable of this process. */
export function environment(name: string): string | undefined {
  let value: string | undefined;
  sys_getenv(name, (text) => {
    value = text;
  });
  return value;
}

/** Starts a session of its own. @throws SysError */
export function newSession(): void {
  check(sys_setsid(), "setsid", "");
}

/** Sets the mask of file modes; returns the one before. */
export function setUmask(mask: number): number {
  return sys_umask(mask);
}

/** prctl(2) with up to three arguments. @throws SysError that names `what` was to be done */
export function control(option: number, values: readonly number[], what: string): number {
  return check(tryControl(option, values), what, "");
}

/** prctl(2); the negated errno on refusal. */
export function tryControl(option: number, values: readonly number[]): number {
  return sys_prctl(option, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0);
}

/** Sets a resource limit, both numbers as decimal text. `pid` 0 is the caller. @throws SysError */
export function setLimit(pid: number, resource: number, soft: string, hard: string): void {
  check(sys_setrlimit(pid, resource, soft, hard), "setrlimit", String(resource));
}

/** Joins a new session keyring of that name; the negated errno on refusal. */
export function tryNewKeyring(name: string): number {
  return sys_keyctl_join(name);
}

/** Gives permissions to a key; the negated errno on refusal. */
export function trySetKeyPermissions(key: number, permissions: number): number {
  return sys_keyctl(5, key, permissions);
}
