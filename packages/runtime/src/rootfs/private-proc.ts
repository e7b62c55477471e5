/**
 * A procfs for our own writes, over which nobody can have mounted anything (CVE-2019-16884, CVE-2025-52881).
 * @module
 */
import { ENOSYS, check } from "@teu/kernel/errno";
import { O_DIRECTORY, O_PATH, statFd, statFileSystem } from "@teu/kernel/files";
import { tryNewFileSystem } from "@teu/kernel/mounts";
import { Failure } from "../failure.ts";
import { openInside } from "./inside.ts";

/** The type of procfs in statfs. */
export const PROC_TYPE = 0x9fa0;
const PROC_ROOT_INODE = 1;

/** Opens one, in the pid namespace of this process. @param root of the container @throws SysError, Failure */
export function openPrivateProc(root: number): number {
  const fd = tryNewFileSystem("proc", [], 0);
  if (fd !== -ENOSYS) return check(fd, "mount a private", "procfs");
  // The container's own will do where it is one: no lookup in it leaves its mount.
  const found = openInside(root, "/proc", O_PATH | O_DIRECTORY);
  if (statFileSystem(found, "/proc").type === PROC_TYPE && statFd(found).inode === PROC_ROOT_INODE) return found;
  throw new Failure('"/proc" of the container is no procfs, and the kernel cannot make a detached one');
}
