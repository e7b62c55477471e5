/**
 * Trees of files that are written and read without trust in them: every call takes an open folder and one name in it, and
 * follows no symbolic link. Names are bytes.
 *
 * An empty name means the folder, or the open file, itself.
 * @module
 */
import { SysError, check } from "./errno.ts";
import { doubleAt } from "./words.ts";

const NO_NAME = new Uint8Array(0);
const REMOVE_FOLDER = 0x200;

/** Opens the folder at `path` below `root`, `root` itself where it is empty. @throws SysError where a part of it is a link */
export function openFolder(root: number, path: Uint8Array): number {
  return passed(sys_tree_open(root, path), "open folder", path);
}

/** In the place of a folder: the current one, see {@link enterFolder}. Names in it are found sooner than in others. */
export const CURRENT_FOLDER = -100;

/** Makes an open folder the current one. @throws SysError */
export function enterFolder(fd: number): void {
  check(sys_fchdir(fd), "chdir", "");
}

/** Makes a file where nothing is; returns it, open for writing. @throws SysError */
export function createFile(dir: number, name: Uint8Array): number {
  return passed(sys_tree_create(dir, name), "create", name);
}

/** Opens a file for reading. @throws SysError */
export function openFile(dir: number, name: Uint8Array): number {
  return passed(sys_tree_read(dir, name), "open", name);
}

/** Makes a folder for its owner alone. @throws SysError */
export function makeFolder(dir: number, name: Uint8Array): void {
  passed(sys_tree_mkdir(dir, name, 0o700), "mkdir", name);
}

/** Makes a symbolic link. @throws SysError */
export function makeSymlink(target: Uint8Array, dir: number, name: Uint8Array): void {
  passed(sys_tree_symlink(target, dir, name), "symlink", name);
}

/** A name in an open folder. */
export interface Place {
  readonly dir: number;
  readonly name: Uint8Array;
}

/** Gives the file at `from` another name. @throws SysError */
export function makeLink(from: Place, to: Place): void {
  passed(sys_tree_link(from.dir, from.name, to.dir, to.name), "link", to.name);
}

/** Makes a device or fifo; `mode` has its type and permissions. @throws SysError */
export function makeNode(to: Place, mode: number, major: number, minor: number): void {
  passed(sys_tree_node(to.dir, to.name, mode, major, minor), "mknod", to.name);
}

/** Removes a file. @throws SysError */
export function removeFile(dir: number, name: Uint8Array): void {
  passed(sys_tree_remove(dir, name, 0), "unlink", name);
}

/** Removes an empty folder. @throws SysError */
export function removeFolder(dir: number, name: Uint8Array): void {
  passed(sys_tree_remove(dir, name, REMOVE_FOLDER), "rmdir", name);
}

/** Sets the owner. @throws SysError */
export function setOwner(dir: number, name: Uint8Array, uid: number, gid: number): void {
  passed(sys_tree_chown(dir, name, uid, gid), "chown", name);
}

/** Sets the permissions of what is no symbolic link. @throws SysError */
export function setMode(dir: number, name: Uint8Array, mode: number): void {
  passed(sys_tree_chmod(dir, name, mode), "chmod", name);
}

/** Sets access and modification time. @throws SysError */
export function setTimes(dir: number, name: Uint8Array, seconds: number, nanoseconds: number): void {
  passed(sys_tree_times(dir, name, seconds, nanoseconds), "utimensat", name);
}

/** Sets an extended attribute; the negated errno where that fails, 0 otherwise. */
export function trySetXattr(at: Place, key: Uint8Array, value: Uint8Array): number {
  return sys_tree_set_xattr(at.dir, at.name, key, value);
}

/** The names of the extended attributes, each ended by NUL; none where there can be none. @throws SysError */
export function listXattrs(at: Place, room: Uint8Array): Uint8Array {
  const length = sys_tree_list_xattrs(at.dir, at.name, room);
  if (length === -95 || length === -13) return NO_NAME;
  return room.subarray(0, passed(length, "listxattr", at.name));
}

/** Puts the value of an extended attribute at the start of `room`; returns its length, or the negated errno. */
export function tryGetXattr(at: Place, key: Uint8Array, room: Uint8Array): number {
  return sys_tree_get_xattr(at.dir, at.name, key, room);
}

/** Where a symbolic link leads. @throws SysError */
export function readLink(at: Place, room: Uint8Array): Uint8Array {
  return room.subarray(0, passed(sys_tree_readlink(at.dir, at.name, room), "readlink", at.name));
}

/** The bytes of {@link statInto}. */
export const STAT_BYTES = 104;
/** Which of its doubles is the mode, and which the size. */
export const STAT_MODE = 0;
export const STAT_SIZE = 6;

/** Fills `out` with thirteen doubles: see `trees.c`. False where there is nothing. @throws SysError */
export function statInto(at: Place, out: Uint8Array): boolean {
  const result = sys_tree_stat(at.dir, at.name, out);
  if (result === -2) return false;
  passed(result, "stat", at.name);
  return true;
}

/** One number of {@link statInto}. */
export function statNumber(stat: Uint8Array, index: number): number {
  return doubleAt(stat, index);
}

/** The names in an open folder, without . and .. @throws SysError */
export function entryNames(dir: number, room: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  let length = check(sys_tree_entries(dir, room), "list", "");
  while (length > 0) {
    const view = new DataView(room.buffer);
    let at = 0;
    while (at < length) {
      const record = view.getUint16(at + 16, true);
      const start = at + 19;
      let end = start;
      while ((room[end] ?? 0) !== 0) end += 1;
      if (!isDots(room, start, end)) names.push(room.slice(start, end));
      at += record;
    }
    length = check(sys_tree_entries(dir, room), "list", "");
  }
  return names;
}

function isDots(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 2 || bytes[start] !== 0x2e) return false;
  return end - start === 1 || bytes[start + 1] === 0x2e;
}

/** Writes all of `bytes`. @throws SysError */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += check(sys_write(fd, at === 0 ? bytes : bytes.subarray(at)), "write", "");
}

/** Fills `room` from the start; false where the input ends before its first byte. @throws SysError also where it ends later */
export function readAll(fd: number, room: Uint8Array): boolean {
  let at = 0;
  while (at < room.length) {
    const length = check(sys_read(fd, at === 0 ? room : room.subarray(at)), "read", "");
    if (length === 0 && at === 0) return false;
    if (length === 0) throw new SysError("read", "", 32);
    at += length;
  }
  return true;
}

/** Reads up to `room.length` bytes; returns how many, 0 at the end. @throws SysError */
export function readSome(fd: number, room: Uint8Array): number {
  return check(sys_read(fd, room), "read", "");
}

/** Moves `bytes` from the pipe `from` into the file `to`. @throws SysError */
export function moveAll(from: number, to: number, bytes: number): void {
  let left = bytes;
  while (left > 0) {
    const moved = check(sys_splice(from, to, Math.min(left, 0x40000000)), "write", "");
    if (moved === 0) throw new SysError("read", "", 32);
    left -= moved;
  }
}

/** Moves on in an open file, over a hole. @throws SysError */
export function skip(fd: number, bytes: number): void {
  check(sys_skip(fd, bytes), "seek", "");
}

/** Sets the length of an open file. @throws SysError */
export function setLength(fd: number, bytes: number): void {
  check(sys_ftruncate(fd, bytes), "truncate", "");
}

const F_SETPIPE_SZ = 1031;

/** Asks for a larger pipe; its size stays where the kernel refuses. */
export function widenPipe(fd: number, bytes: number): void {
  sys_fcntl(fd, F_SETPIPE_SZ, bytes);
}

// The subject is made a text only where there is something to say about it.
function passed(result: number, operation: string, name: Uint8Array): number {
  if (result < 0) throw new SysError(operation, textOf(name), -result);
  return result;
}

/** Bytes as text for messages, one character for each. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}
