/**
 * What the kernel answers when it refuses: numbers, names and texts, and the error that carries them.
 * @module
 */
// oxlint-disable-next-line import/no-unassigned-import -- it declares the wrappers for every module of the room
import "./internal/sys.ts";

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENOSPC = 28;
export const EROFS = 30;
export const EPIPE = 32;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const EOPNOTSUPP = 95;

// Number, name, text in the words that callers of OCI runtimes look for.
const TABLE: readonly string[] = [
  "1 EPERM operation not permitted",
  "2 ENOENT no such file or directory",
  "3 ESRCH no such process",
  "4 EINTR interrupted system call",
  "5 EIO input/output error",
  "6 ENXIO no such device or address",
  "7 E2BIG argument list too long",
  "8 ENOEXEC exec format error",
  "9 EBADF bad file descriptor",
  "10 ECHILD no child processes",
  "11 EAGAIN resource temporarily unavailable",
  "12 ENOMEM cannot allocate memory",
  "13 EACCES permission denied",
  "14 EFAULT bad address",
  "15 ENOTBLK block device required",
  "16 EBUSY device or resource busy",
  "17 EEXIST file exists",
  "18 EXDEV invalid cross-device link",
  "19 ENODEV no such device",
  "20 ENOTDIR not a directory",
  "21 EISDIR is a directory",
  "22 EINVAL invalid argument",
  "23 ENFILE too many open files in system",
  "24 EMFILE too many open files",
  "25 ENOTTY inappropriate ioctl for device",
  "26 ETXTBSY text file busy",
  "27 EFBIG file too large",
  "28 ENOSPC no space left on device",
  "29 ESPIPE illegal seek",
  "30 EROFS read-only file system",
  "31 EMLINK too many links",
  "32 EPIPE broken pipe",
  "33 EDOM numerical argument out of domain",
  "34 ERANGE numerical result out of range",
  "36 ENAMETOOLONG file name too long",
  "38 ENOSYS function not implemented",
  "39 ENOTEMPTY directory not empty",
  "40 ELOOP too many levels of symbolic links",
  "61 ENODATA no data available",
  "75 EOVERFLOW value too large for defined data type",
  "93 EPROTONOSUPPORT protocol not supported",
  "95 EOPNOTSUPP operation not supported",
  "97 EAFNOSUPPORT address family not supported by protocol",
  "99 EADDRNOTAVAIL cannot assign requested address",
  "103 ECONNABORTED software caused connection abort",
  "104 ECONNRESET connection reset by peer",
  "110 ETIMEDOUT connection timed out",
  "111 ECONNREFUSED connection refused",
  "116 ESTALE stale file handle",
  "122 EDQUOT disk quota exceeded",
];

/** Such as `permission denied (EACCES)`. */
export function errnoText(errno: number): string {
  const start = `${errno} `;
  const row = TABLE.find((line) => line.startsWith(start));
  if (row === undefined) return `errno ${errno}`;
  const [, name = "", ...words] = row.split(" ");
  return `${words.join(" ")} (${name})`;
}

/** A refusal of the kernel. The message is `operation "subject": text (NAME)`. */
export class SysError extends Error {
  /** What was tried, such as `mount`. */
  readonly operation: string;
  /** What it was tried on: mostly a path. */
  readonly subject: string;
  readonly errno: number;

  constructor(operation: string, subject: string, errno: number) {
    super(`${operation}${subject === "" ? "" : ` ${JSON.stringify(subject)}`}: ${errnoText(errno)}`);
    this.name = "SysError";
    this.operation = operation;
    this.subject = subject;
    this.errno = errno;
  }
}

/** Passes on what a wrapper returned. @throws SysError if it is negative. */
export function check(result: number, operation: string, subject: string): number {
  if (result < 0) throw new SysError(operation, subject, -result);
  return result;
}

/** As {@link check}, but the errno `accepted` is an answer too, returned negated. */
export function checkOr(accepted: number, result: number, operation: string, subject: string): number {
  return result === -accepted ? result : check(result, operation, subject);
}
