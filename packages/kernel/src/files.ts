/**
 * Files by their paths. A path is taken from the folder `dir`, {@link CWD} for the current one.
 *
 * Paths are strings, also where Linux has bytes that are not UTF-8: `packages/kernel/native/text.c` says how.
 * @module
 */
import { EEXIST, ENOENT, SysError, check, checkOr } from "./errno.ts";
import { close, list, readText, writeText } from "./descriptors.ts";
import { doubleAt } from "./words.ts";

export const CWD = -100;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_PATH = 0o10000000;

export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EMPTY_PATH = 0x1000;

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;

export const RESOLVE_NO_XDEV = 1;
export const RESOLVE_NO_MAGICLINKS = 2;
export const RESOLVE_NO_SYMLINKS = 4;
export const RESOLVE_BENEATH = 8;
export const RESOLVE_IN_ROOT = 16;

/** Opens. @throws SysError */
export function openAt(dir: number, path: string, flags: number, mode = 0): number {
  return check(sys_openat(dir, path, flags, mode), "open", path);
}

/** Opens; the negated errno on refusal. */
export function tryOpenAt(dir: number, path: string, flags: number): number {
  return sys_openat(dir, path, flags, 0);
}

/** Opens from the current folder. @throws SysError */
export function open(path: string, flags: number, mode = 0): number {
  return openAt(CWD, path, flags, mode);
}

/** Opens under the rules `resolve`, RESOLVE_… flags. The negated errno where the kernel refuses. */
export function tryOpenResolved(dir: number, path: string, flags: number, resolve: number): number {
  return sys_openat2(dir, path, flags, 0, resolve);
}

/** What stat(2) tells. */
export class Stat {
  /** Type and permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly device: number;
  readonly inode: number;
  /** The number of a device file, as makedev gives it. */
  readonly special: number;
  readonly size: number;
  /** How many names it has; of a folder, 2 and one for each folder in it. */
  readonly links: number;
  readonly mountId: number;

  constructor(raw: Uint8Array) {
    this.mode = doubleAt(raw, 0);
    this.uid = doubleAt(raw, 1);
    this.gid = doubleAt(raw, 2);
    this.device = doubleAt(raw, 3);
    this.inode = doubleAt(raw, 4);
    this.special = doubleAt(raw, 5);
    this.size = doubleAt(raw, 6);
    this.links = doubleAt(raw, 7);
    this.mountId = doubleAt(raw, 8);
  }

  get type(): number {
    return this.mode & S_IFMT;
  }
}

/** Asks about a path, or about `dir` itself where the path is empty; undefined where there is nothing. @throws SysError */
export function statAt(dir: number, path: string, flags = 0): Stat | undefined {
  const raw = new Uint8Array(72);
  const result = sys_stat(dir, path, path === "" ? flags | AT_EMPTY_PATH : flags, raw);
  return checkOr(ENOENT, result, "stat", path) < 0 ? undefined : new Stat(raw);
}

/** Asks about what a path leads to. @throws SysError */
export function stat(path: string): Stat | undefined {
  return statAt(CWD, path, 0);
}

/** Asks about an open file. @throws SysError */
export function statFd(fd: number): Stat {
  const found = statAt(fd, "", 0);
  if (found === undefined) throw new SysError("stat", String(fd), ENOENT);
  return found;
}

/** Tells whether the path leads to something that can be asked about. */
export function exists(path: string): boolean {
  return sys_faccessat(CWD, path, 0, 0) >= 0;
}

/** Tells whether `path` may be used as `mode` says: 4 read, 2 write, 1 execute. Returns the negated errno or 0. */
export function tryAccess(path: string, mode: number): number {
  return sys_faccessat(CWD, path, mode, 0x200);
}

/** Type and mount flags (ST_…) of the file system of an open file. */
export class FileSystemStat {
  readonly type: number;
  readonly flags: number;

  constructor(raw: Uint8Array) {
    this.type = doubleAt(raw, 0);
    this.flags = doubleAt(raw, 1);
  }
}

/** Asks about a file system. @throws SysError */
export function statFileSystem(fd: number, subject: string): FileSystemStat {
  const raw = new Uint8Array(16);
  check(sys_fstatfs(fd, raw), "statfs", subject);
  return new FileSystemStat(raw);
}

/** Reads a whole file. @throws SysError */
export function readFile(path: string): string {
  return readFileAt(CWD, path);
}

/** Reads a whole file. @throws SysError */
export function readFileAt(dir: number, path: string): string {
  const fd = openAt(dir, path, O_RDONLY);
  try {
    return readText(fd, path);
  } finally {
    close(fd);
  }
}

/** The text of a file, or undefined where there is none or it cannot be read. */
export function tryReadFile(path: string): string | undefined {
  const fd = sys_openat(CWD, path, O_RDONLY, 0);
  if (fd < 0) return undefined;
  let text: string | undefined;
  sys_read_text(fd, 1 << 24, (all) => {
    text = all;
  });
  close(fd);
  return text;
}

/** Writes to a file that exists. @throws SysError */
export function writeFile(path: string, text: string): void {
  writeFileAt(CWD, path, text);
}

/** Writes to a file that exists. @throws SysError */
export function writeFileAt(dir: number, path: string, text: string): void {
  const fd = openAt(dir, path, O_WRONLY);
  try {
    writeText(fd, text, path);
  } finally {
    close(fd);
  }
}

/** Writes to a file that exists; the negated errno where that fails, 0 otherwise. */
export function tryWriteFile(path: string, text: string): number {
  const fd = sys_openat(CWD, path, O_WRONLY, 0);
  if (fd < 0) return fd;
  const result = sys_write_text(fd, text);
  close(fd);
  return result;
}

/** Puts a file in place as a whole: readers see the old text or the new one. @throws SysError */
export function replaceFile(dir: number, name: string, text: string, mode: number): void {
  const slash = name.lastIndexOf("/") + 1;
  const part = `${name.slice(0, slash)}.${name.slice(slash)}`;
  const fd = openAt(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  try {
    writeText(fd, text, part);
  } finally {
    close(fd);
  }
  check(sys_renameat(dir, part, dir, name), "rename", part);
}

/** The names in a folder, without . and .. @throws SysError */
export function listFolder(path: string): string[] {
  const fd = open(path, O_RDONLY | O_DIRECTORY);
  try {
    return list(fd, path);
  } finally {
    close(fd);
  }
}

/** Where a symbolic link leads, or undefined where there is no link. */
export function readLinkAt(dir: number, path: string): string | undefined {
  let target: string | undefined;
  sys_readlinkat(dir, path, (text) => {
    target = text;
  });
  return target;
}

/** The absolute path without links. @throws SysError */
export function realPath(path: string): string {
  let full = "";
  const result = sys_realpath(path, (text) => {
    full = text;
  });
  check(result, "resolve", path);
  return full;
}

/** The current folder as the kernel tells it, with `(unreachable)` in front where it lies outside the root. @throws SysError */
export function currentFolder(): string {
  let path = "";
  const result = sys_getcwd((text) => {
    path = text;
  });
  check(result, "getcwd", "");
  return path;
}

/** Makes a folder; false where something stands there. @throws SysError */
export function mkdirAt(dir: number, path: string, mode: number): boolean {
  return checkOr(EEXIST, sys_mkdirat(dir, path, mode), "mkdir", path) >= 0;
}

/** Makes a folder and those above it that are missing. For trusted paths of the host. @throws SysError */
export function makeFolders(path: string, mode: number): void {
  const made = sys_mkdirat(CWD, path, mode);
  const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  if (made === -ENOENT && parent !== "") {
    makeFolders(parent, mode);
    mkdirAt(CWD, path, mode);
  } else checkOr(EEXIST, made, "mkdir", path);
}

/** Makes a device, fifo or empty file. Returns false where something stands there. @throws SysError */
export function makeNodeAt(dir: number, path: string, mode: number, device: readonly number[]): boolean {
  return checkOr(EEXIST, sys_mknodat(dir, path, mode, device[0] ?? 0, device[1] ?? 0), "mknod", path) >= 0;
}

/** Makes a symbolic link; false where something stands there. @throws SysError */
export function symlinkAt(target: string, dir: number, path: string): boolean {
  return checkOr(EEXIST, sys_symlinkat(target, dir, path), "symlink", path) >= 0;
}

/** Removes a file; false where there is none. @throws SysError */
export function unlinkAt(dir: number, path: string): boolean {
  return checkOr(ENOENT, sys_unlinkat(dir, path, 0), "unlink", path) >= 0;
}

/** Removes an empty folder; the negated errno where that fails, 0 otherwise. */
export function tryRemoveFolder(dir: number, path: string): number {
  return sys_unlinkat(dir, path, AT_REMOVEDIR);
}

/** Renames. @throws SysError */
export function rename(from: string, to: string): void {
  check(sys_renameat(CWD, from, CWD, to), "rename", from);
}

/** Gives a file to a user and group. @throws SysError */
export function chownAt(dir: number, path: string, uid: number, gid: number): void {
  const flags = AT_SYMLINK_NOFOLLOW | (path === "" ? AT_EMPTY_PATH : 0);
  check(sys_fchownat(dir, path, uid, gid, flags), "chown", path);
}

/** Gives an open file to a user and group, 2^32-1 for no change; the negated errno on refusal. */
export function tryChown(fd: number, uid: number, gid: number): number {
  return sys_fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
}

/** Sets the permissions of what `path` leads to. @throws SysError */
export function chmodAt(dir: number, path: string, mode: number): void {
  check(sys_fchmodat(dir, path, mode), "chmod", path);
}

/** Waits for the lock of an open file, which ends with the file's last descriptor. @throws SysError */
export function lock(fd: number, subject: string): void {
  check(sys_flock(fd, 2), "flock", subject);
}
