/**
 * Errors of system calls, as Node's have them.
 * @module
 */
import { errnoText } from "@teu/kernel/errno";

const MESSAGES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EBADF: "bad file descriptor",
  EBUSY: "resource busy or locked",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EDQUOT: "disk quota exceeded",
  EEXIST: "file already exists",
  EFBIG: "file too large",
  EHOSTUNREACH: "host is unreachable",
  EINVAL: "invalid argument",
  EIO: "i/o error",
  EISDIR: "illegal operation on a directory",
  ELOOP: "too many symbolic links encountered",
  EMFILE: "too many open files",
  ENAMETOOLONG: "name too long",
  ENETUNREACH: "network is unreachable",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  EPERM: "operation not permitted",
  EPIPE: "broken pipe",
  EROFS: "read-only file system",
  ETIMEDOUT: "connection timed out",
  ETXTBSY: "text file is busy",
  EXDEV: "cross-device link not permitted",
};

/** What Node says where a call fails. */
export function systemError(result: number, syscall: string, path?: string, target?: string): NodeJS.ErrnoException {
  const [, text = "", code = ""] = /^(.*) \((\w+)\)$/.exec(errnoText(-result)) ?? [];
  const about = [path, target].filter((one) => one !== undefined).map((one) => `'${one}'`);
  const subject = [syscall, about.join(" -> ")].filter((one) => one !== "").join(" ");
  const error: NodeJS.ErrnoException = new Error(`${code}: ${MESSAGES[code] ?? text}, ${subject}`);
  return Object.assign(error, { errno: result, code, syscall, ...(path === undefined ? {} : { path }) });
}

/** The result of a call. Throws what it failed with. */
export function done(result: number, syscall: string, path?: string, target?: string): number {
  if (result < 0) throw systemError(result, syscall, path, target);
  return result;
}
