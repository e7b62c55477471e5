/**
 * Terminals.
 * @module
 */
import { check } from "./errno.ts";

/** Opens the other end of a terminal's master, without a way through the file system. @throws SysError */
export function openPeer(master: number): number {
  return check(sys_terminal_peer(master), "open the terminal", "");
}

/** The name of a master's terminal in its devpts, such as 0 for /dev/pts/0. @throws SysError */
export function terminalNumber(master: number): number {
  return check(sys_terminal_number(master), "ask for the terminal", "");
}

/** Makes an open terminal the controlling one of this session. @throws SysError */
export function takeControl(fd: number): void {
  check(sys_terminal_control(fd), "take the terminal", "");
}

/** Sets the size in characters. @throws SysError */
export function resize(fd: number, rows: number, columns: number): void {
  check(sys_terminal_resize(fd, rows, columns), "resize the terminal", "");
}

/** Has a terminal pass line ends on as its program writes them, for who shows it in a terminal that turns them; the negated errno on refusal. */
export function tryKeepLineEnds(fd: number): number {
  return sys_terminal_plain(fd);
}

/** Gives `to` the size of `from`, where that is a terminal. */
export function copySize(from: number, to: number): void {
  const size = sys_terminal_size(from);
  if (size >= 0) sys_terminal_resize(to, size >>> 16, size & 0xffff);
}

/** Tells whether an open file is a terminal. */
export function isTerminal(fd: number): boolean {
  return sys_terminal_size(fd) >= 0;
}

/** Passes every key on as it is, or goes back to what was there before; the negated errno on refusal. */
export function trySetRaw(fd: number, raw: boolean): number {
  return sys_terminal_raw(fd, raw ? 1 : 0);
}
