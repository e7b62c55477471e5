/**
 * Open files by their descriptors. All are close-on-exec from birth.
 * @module
 */
import { EINTR, ENOSYS, check } from "./errno.ts";
import { int32At, words32 } from "./words.ts";

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

/** Largest file that is read as text, in bytes. */
export const MAX_TEXT_BYTES: number = 16 * 1024 * 1024;

/** Closes; a descriptor of -1 is none. Nothing useful can be done about a failure. */
export function close(fd: number): void {
  if (fd >= 0) sys_close(fd);
}

/** Reads up to `maxBytes` in one call; nothing means the end. @throws SysError */
export function read(fd: number, maxBytes: number): Uint8Array {
  const buffer = new Uint8Array(maxBytes);
  return buffer.slice(0, check(sys_read(fd, buffer), "read", ""));
}

/** Reads to the end. @throws SysError `EFBIG` past the limit */
export function readText(fd: number, subject: string, maxBytes: number = MAX_TEXT_BYTES): string {
  let text = "";
  const size = sys_read_text(fd, maxBytes, (all) => {
    text = all;
  });
  check(size, "read", subject);
  return text;
}

/** Writes all of `text`, in one call where the file takes it, as control files need. @throws SysError */
export function writeText(fd: number, text: string, subject: string): void {
  check(sys_write_text(fd, text), "write", subject);
}

/** Writes all of `bytes`. @throws SysError */
export function writeBytes(fd: number, bytes: Uint8Array, subject: string): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.slice(check(sys_write(fd, rest), "write", subject));
}

/** The names in an open folder, without . and .. @throws SysError */
export function list(fd: number, subject: string): string[] {
  const names: string[] = [];
  const result = sys_list(fd, (name) => {
    names.push(name);
  });
  check(result, "list", subject);
  return names;
}

/** Makes `to` another name of `from`, without close-on-exec. @throws SysError */
export function duplicate(from: number, to: number): void {
  if (from === to) keepOpen(from, true);
  else check(sys_dup3(from, to, 0), "dup", String(from));
}

const F_DUPFD_CLOEXEC = 1030;
const F_SETFD = 2;

/** Another descriptor of the same open file, at least `lowest`. @throws SysError */
export function copyAbove(fd: number, lowest: number): number {
  return check(sys_fcntl(fd, F_DUPFD_CLOEXEC, lowest), "dup", String(fd));
}

/** Lets a descriptor outlive an exec, or not. @throws SysError */
export function keepOpen(fd: number, keep: boolean): void {
  check(sys_fcntl(fd, F_SETFD, keep ? 0 : 1), "fcntl", String(fd));
}

const CLOSE_RANGE_CLOEXEC = 4;

/** Marks every descriptor from `first` on to be closed by an exec. @throws SysError */
export function closeOnExecFrom(first: number): void {
  const result = sys_close_range(first, 0xffffffff, CLOSE_RANGE_CLOEXEC);
  if (result === -ENOSYS) for (let fd = first; fd < MAX_OLD_FDS; fd++) sys_fcntl(fd, F_SETFD, 1);
  else check(result, "close_range", "");
}

// Where they must be gone through one by one. Ours are few, and the caller's were closed at the start.
const MAX_OLD_FDS = 4096;

/** A pipe: `reader` and `writer`. */
export interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** Makes a pipe. @throws SysError */
export function pipe(): Pipe {
  const ends = words32([0, 0]);
  check(sys_pipe(ends), "pipe", "");
  return { reader: int32At(ends, 0), writer: int32At(ends, 1) };
}

export const POLLIN = 1;
export const POLLHUP = 16;

/** Waits until one of `fds` can be read or has ended; returns those, none after `timeoutMs` (-1: no limit). @throws SysError */
export function waitReadable(fds: readonly number[], timeoutMs: number): number[] {
  const set = words32(fds.flatMap((fd) => [fd, POLLIN]));
  check(sys_poll(set, timeoutMs), "poll", "");
  return fds.filter((_, i) => int32At(set, i * 2 + 1) >>> 16 !== 0);
}

export const POLLOUT = 4;

/** What {@link waitReady} found. */
export interface Ready {
  readonly readable: readonly number[];
  readonly writable: readonly number[];
}

/** Waits as {@link waitReadable} does, and for descriptors that take more as well. A signal ends the wait with nothing. @throws SysError */
export function waitReady(readers: readonly number[], writers: readonly number[], timeoutMs: number): Ready {
  const set = words32([...readers.flatMap((fd) => [fd, POLLIN]), ...writers.flatMap((fd) => [fd, POLLOUT])]);
  const count = sys_poll(set, timeoutMs);
  if (count === -EINTR) return { readable: [], writable: [] };
  check(count, "poll", "");
  return {
    readable: readers.filter((_, i) => int32At(set, i * 2 + 1) >>> 16 !== 0),
    writable: writers.filter((_, i) => int32At(set, (readers.length + i) * 2 + 1) >>> 16 !== 0),
  };
}

const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/** Lets reads and writes fail with EAGAIN instead of waiting. @throws SysError */
export function setNonBlocking(fd: number): void {
  check(
    sys_fcntl(fd, F_SETFL, check(sys_fcntl(fd, F_GETFL, 0), "fcntl", String(fd)) | O_NONBLOCK),
    "fcntl",
    String(fd),
  );
}

/** Reads into `buffer` in one call; how many bytes, 0 at the end, or the negated errno. */
export function tryRead(fd: number, buffer: Uint8Array): number {
  return sys_read(fd, buffer);
}

/** Writes in one call; how many bytes, or the negated errno. */
export function tryWrite(fd: number, bytes: Uint8Array): number {
  return sys_write(fd, bytes);
}

/** Writes all of `text`; the negated errno where that fails, 0 otherwise. */
export function tryWriteText(fd: number, text: string): number {
  return sys_write_text(fd, text);
}

const PUMP_BYTES = 65536;

/** Passes what is there on `from` to `to`; false at the end of either. */
export function pump(from: number, to: number): boolean {
  const buffer = new Uint8Array(PUMP_BYTES);
  const size = sys_read(from, buffer);
  if (size <= 0) return size === -11;
  let rest = buffer.slice(0, size);
  while (rest.length > 0) {
    const written = sys_write(to, rest);
    if (written < 0) return false;
    rest = rest.slice(written);
  }
  return true;
}

/** Closes every descriptor from `first` on. @throws SysError */
export function closeFrom(first: number): void {
  const result = sys_close_range(first, 0xffffffff, 0);
  if (result === -ENOSYS) for (let fd = first; fd < MAX_OLD_FDS; fd++) sys_close(fd);
  else check(result, "close_range", "");
}

/** Copies all that `from` has from its place on to `to`. @throws SysError */
export function copyContent(from: number, to: number, subject: string): void {
  while (check(sys_sendfile(to, from, COPY_BYTES), "copy", subject) > 0);
}

const COPY_BYTES = 1 << 30;
