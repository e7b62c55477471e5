/**
 * Signals by number and name.
 * @module
 */
import { EAGAIN, check, checkOr } from "./errno.ts";

export const SIGKILL = 9;
export const SIGTERM = 15;
export const SIGCHLD = 17;
export const SIGWINCH = 28;

const NAMES: readonly string[] =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** The number of a signal given as `9`, `KILL`, `SIGKILL`, `RTMIN+3`, in any case; undefined where there is none. */
export function signalNumber(text: string): number | undefined {
  if (/^[0-9]+$/.test(text)) return Number(text) <= SIGRTMAX ? Number(text) : undefined;
  const name = text.toUpperCase().replace(/^SIG/, "");
  const at = NAMES.indexOf(name);
  if (at >= 0) return at + 1;
  if (name === "IOT") return 6;
  if (name === "CLD") return SIGCHLD;
  if (name === "POLL") return 29;
  return realTimeSignal(name);
}

function realTimeSignal(name: string): number | undefined {
  const match = /^RT(MIN|MAX)(?:([+-])([0-9]{1,2}))?$/.exec(name);
  if (match === null) return undefined;
  const offset = Number(match[3] ?? "0") * (match[2] === "-" ? -1 : 1);
  const number = (match[1] === "MIN" ? SIGRTMIN : SIGRTMAX) + offset;
  return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
}

/** Keeps every signal back, or none. @throws SysError */
export function blockSignals(block: boolean): void {
  check(sys_block_signals(block ? 1 : 0), "sigprocmask", "");
}

/** Takes the next signal that was kept back, or waits for it at most `timeoutMs` (-1: no limit); 0 where none came. @throws SysError */
export function nextSignal(timeoutMs: number): number {
  return Math.max(0, checkOr(EAGAIN, sys_next_signal(timeoutMs), "sigwaitinfo", ""));
}

/** Gives every signal its default action and keeps none back, as a program expects to find them. @throws SysError */
export function resetSignals(): void {
  sys_reset_signals();
  blockSignals(false);
}

const ENDING: readonly number[] = [1, 2, 3, SIGTERM];

/** Lets SIGHUP, SIGINT, SIGQUIT and SIGTERM end this process although it is the first of its namespace; ends with an exec. */
export function endOnSignals(): void {
  for (const signal of ENDING) sys_exit_on_signal(signal);
}

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [4, "illegal instruction"],
  [6, "aborted"],
  [7, "bus error"],
  [8, "floating point exception"],
  [SIGKILL, "killed"],
  [11, "segmentation fault"],
  [SIGTERM, "terminated"],
  [31, "bad system call"],
]);

/** What a status of {@link wait} says: `status 3`, or `signal: killed` for what a signal ended. */
export function statusText(status: number): string {
  if (status <= 128) return `status ${status}`;
  return `signal: ${MEANINGS.get(status - 128) ?? `SIG${NAMES[status - 129] ?? String(status - 128)}`}`;
}

const SIGPIPE = 13;

/** Lets a write to a pipe that nobody reads fail instead of ending this process; {@link resetSignals} undoes it. */
export function ignoreBrokenPipes(): void {
  sys_ignore_signal(SIGPIPE);
}

/** A descriptor that is readable when a blocked signal is there to be taken by {@link nextSignal}. @throws SysError */
export function openSignals(): number {
  return check(sys_signalfd(), "signalfd", "");
}
