/**
 * Mounts. New ones are made detached, as descriptors, and then moved to their place, so that no path is looked up twice.
 * @module
 */
import { check } from "./errno.ts";
import { AT_EMPTY_PATH, CWD } from "./files.ts";

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_SYNCHRONOUS = 16;
export const MS_REMOUNT = 32;
export const MS_MANDLOCK = 64;
export const MS_DIRSYNC = 128;
export const MS_NOSYMFOLLOW = 256;
export const MS_NOATIME = 1024;
export const MS_NODIRATIME = 2048;
export const MS_BIND = 4096;
export const MS_MOVE = 8192;
export const MS_REC = 16384;
export const MS_SILENT = 32768;
export const MS_UNBINDABLE = 0x20000;
export const MS_PRIVATE = 0x40000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;
export const MS_RELATIME = 0x200000;
export const MS_I_VERSION = 0x800000;
export const MS_STRICTATIME = 0x1000000;
export const MS_LAZYTIME = 0x2000000;

export const MOUNT_ATTR_RDONLY = 1;
export const MOUNT_ATTR_NOSUID = 2;
export const MOUNT_ATTR_NODEV = 4;
export const MOUNT_ATTR_NOEXEC = 8;
/** The three-way field of access times; clear all of it to set one. */
export const MOUNT_ATTR_ATIME = 0x70;
export const MOUNT_ATTR_RELATIME = 0;
export const MOUNT_ATTR_NOATIME = 0x10;
export const MOUNT_ATTR_STRICTATIME = 0x20;
export const MOUNT_ATTR_NODIRATIME = 0x80;
export const MOUNT_ATTR_IDMAP = 0x100000;
export const MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

export const MNT_DETACH = 2;

const OPEN_TREE_CLONE = 1;
const O_CLOEXEC = 0o2000000;
const AT_RECURSIVE = 0x8000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

/** A detached copy of the mounts at `path`; of all below too where `recursive`. The negated errno on refusal. */
export function tryCloneTree(dir: number, path: string, recursive: boolean): number {
  const empty = path === "" ? AT_EMPTY_PATH : 0;
  return sys_open_tree(dir, path, OPEN_TREE_CLONE | O_CLOEXEC | empty | (recursive ? AT_RECURSIVE : 0));
}

/** Attaches the detached mount `tree` on the open file or folder `target`. @throws SysError */
export function attach(tree: number, target: number, subject: string): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  check(sys_move_mount(tree, "", target, "", flags), "mount", subject);
}

/** A change of a mount's attributes. */
export interface MountChange {
  /** MOUNT_ATTR_… flags. */
  readonly set: number;
  readonly clear: number;
  /** MS_SHARED and its like, or 0. */
  readonly propagation: number;
  /** Descriptor of a user namespace with MOUNT_ATTR_IDMAP, or -1. */
  readonly userNamespace: number;
}

/** Changes the attributes of a mount; the negated errno on refusal. */
export function trySetAttributes(fd: number, recursive: boolean, change: MountChange): number {
  const { set, clear, propagation, userNamespace } = change;
  return sys_mount_setattr(fd, recursive ? AT_RECURSIVE : 0, set, clear, propagation, userNamespace);
}

/** The old mount call, all in one: for kernels and sandboxes that lack the new ones, and for propagation. */
export interface MountCall {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** MS_… flags. */
  readonly flags: number;
  readonly data: string;
}

/** Mounts by path. @throws SysError */
export function mount(call: MountCall): void {
  check(tryMount(call), "mount", call.target);
}

/** Mounts by path; the negated errno on refusal. */
export function tryMount({ source, target, type, flags, data }: MountCall): number {
  return sys_mount(source, target, type, flags, data);
}

/** Changes propagation by path: MS_SLAVE | MS_REC and its like. @throws SysError */
export function setPropagation(target: string, flags: number): void {
  check(sys_mount("", target, "", flags, ""), "set the propagation of", target);
}

/** Takes a mount away. @throws SysError */
export function unmount(path: string, flags: number): void {
  check(sys_umount(path, flags), "unmount", path);
}

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;

/** A new file system as a detached mount. Options are `key` or `key=value`. The negated errno on refusal. */
export function tryNewFileSystem(type: string, options: readonly string[], attributes: number): number {
  const context = sys_fsopen(type, FSOPEN_CLOEXEC);
  if (context < 0) return context;
  let result = 0;
  for (const option of options) if (result >= 0) result = configure(context, option);
  if (result >= 0) result = sys_fsconfig(context, FSCONFIG_CMD_CREATE, "", "");
  if (result >= 0) result = sys_fsmount(context, FSMOUNT_CLOEXEC, attributes);
  sys_close(context);
  return result;
}

function configure(context: number, option: string): number {
  const equals = option.indexOf("=");
  if (equals < 0) return sys_fsconfig(context, FSCONFIG_SET_FLAG, option, "");
  return sys_fsconfig(context, FSCONFIG_SET_STRING, option.slice(0, equals), option.slice(equals + 1));
}

/** Makes `root` the root of the mount namespace; the old one stays at `old`. @throws SysError */
export function pivotRoot(root: string, old: string): void {
  check(sys_pivot_root(root, old), "pivot_root", root);
}

/** Makes `path` the root of this process. @throws SysError */
export function changeRoot(path: string): void {
  check(sys_chroot(path), "chroot", path);
}

/** Goes to a folder. @throws SysError */
export function changeFolder(path: string): void {
  check(sys_chdir(path), "chdir", path);
}

/** Goes to a folder; the negated errno on refusal. */
export function tryChangeFolder(path: string): number {
  return sys_chdir(path);
}

/** Goes to an open folder. @throws SysError */
export function changeFolderTo(fd: number): void {
  check(sys_fchdir(fd), "chdir", "");
}

/** A path for an open file: for calls that take paths only. */
export function pathOf(fd: number): string {
  return fd === CWD ? "." : `/proc/self/fd/${fd}`;
}
