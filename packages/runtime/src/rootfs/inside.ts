/**
 * Paths inside the container's root, opened so that no link leads out of it: every lookup is the kernel's own, below the
 * descriptor of the root, and what is made is made in an open folder under a plain name.
 * @module
 */
import { EAGAIN, ELOOP, ENOENT, ENOSYS, EXDEV, SysError, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import {
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFDIR,
  S_IFREG,
  makeNodeAt,
  mkdirAt,
  openAt,
  readLinkAt,
  statAt,
  tryOpenResolved,
} from "@teu/kernel/files";
import { cleanPath } from "../config/read.ts";
import { walkBeneath, walkInside } from "./walk.ts";

const MAX_LINKS = 40;
const MAX_TRIES = 32;

/** Opens `path` below `root`; the negated errno where the kernel refuses. */
export function tryOpenInside(root: number, path: string, flags: number): number {
  for (let tries = 0; ; tries++) {
    const fd = tryOpenResolved(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd === -ENOSYS) return walkInside(root, path, flags);
    // A lookup that met a rename on its way is to be tried again.
    if (fd !== -EAGAIN || tries >= MAX_TRIES) return fd;
  }
}

const BENEATH = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;

/** Opens `path` below `folder`, on the same mount and over no link. The negated errno on refusal. */
export function tryOpenBeneath(folder: number, path: string, flags: number): number {
  const fd = tryOpenResolved(folder, path, flags, BENEATH);
  return fd === -ENOSYS ? walkBeneath(folder, path, flags) : fd;
}

/** Opens `path` below `root`. @throws SysError */
export function openInside(root: number, path: string, flags: number): number {
  return check(tryOpenInside(root, path, flags), "open in the root", path);
}

/** Opens the folder `path` below `root` as a place; it and those above it are made where they are missing. @throws SysError */
export function openFolderInside(root: number, path: string, mode = 0o755): number {
  return makeFolder(root, path, { mode, links: 0 });
}

/** Opens `path` below `root` as a place for a mount, an empty file or folder is made where nothing stands. @throws SysError */
export function openPlaceInside(root: number, path: string, isFolder: boolean, links = 0): number {
  if (isFolder) return openFolderInside(root, path);
  const fd = tryOpenInside(root, path, O_PATH);
  if (fd !== -ENOENT) return check(fd, "open in the root", path);
  const { folder, name } = splitPath(path);
  const parent = openFolderInside(root, folder);
  try {
    const target = readLinkAt(parent, name);
    if (target !== undefined && links > MAX_LINKS) throw new SysError("open in the root", path, ELOOP);
    // A link that leads to nothing yet: the file is made where it leads, inside.
    if (target !== undefined)
      return openPlaceInside(root, target.startsWith("/") ? target : `${folder}/${target}`, false, links + 1);
    // Where it is there after all, another container in the same root has just made it.
    if (!makeNodeAt(parent, name, S_IFREG | 0o755, [0, 0])) return openInside(root, path, O_PATH);
    return openAt(parent, name, O_PATH | O_NOFOLLOW);
  } finally {
    close(parent);
  }
}

/**
 * Opens the folder `path` below `root` as a place where it is there, and makes it and those above it where it is not.
 * @throws SysError
 */
export function openOrMakeFolder(root: number, path: string): { readonly fd: number; readonly wasThere: boolean } {
  const fd = tryOpenInside(root, path, O_PATH | O_DIRECTORY);
  if (fd !== -ENOENT) return { fd: check(fd, "open in the root", path), wasThere: true };
  return { fd: makeMissing(root, path, { mode: 0o755, links: 0 }), wasThere: false };
}

/** The folder that was opened last, kept open: what stands in one folder is mostly made in a row. */
export class LastFolder {
  private fd = -1;
  private path = "";

  /** As {@link openFolderInside}; the descriptor is this object's. @throws SysError */
  open(root: number, path: string): number {
    if (this.fd >= 0 && this.path === path) return this.fd;
    this.close();
    this.fd = openFolderInside(root, path);
    this.path = path;
    return this.fd;
  }

  /** To be called before anything is mounted. */
  close(): void {
    if (this.fd >= 0) close(this.fd);
    this.fd = -1;
  }
}

interface Making {
  readonly mode: number;
  /** Links followed so far that lead to nothing yet. */
  readonly links: number;
}

function makeFolder(root: number, path: string, making: Making): number {
  const fd = tryOpenInside(root, path, O_PATH | O_DIRECTORY);
  return fd === -ENOENT ? makeMissing(root, path, making) : check(fd, "open in the root", path);
}

function makeMissing(root: number, path: string, making: Making): number {
  if (making.links > MAX_LINKS) throw new SysError("open in the root", path, ELOOP);
  const { folder, name } = splitPath(path);
  const parent = makeFolder(root, folder, making);
  try {
    if (name === "..") throw new SysError("open in the root", path, EXDEV);
    if (mkdirAt(parent, name, making.mode)) return openAt(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    return followDangling(root, parent, `${folder}/${name}`, making);
  } finally {
    close(parent);
  }
}

// What stands there was not found when looked up, so it is a link to what is missing, or it appeared just now.
function followDangling(root: number, parent: number, path: string, making: Making): number {
  const { folder, name } = splitPath(path);
  const target = readLinkAt(parent, name);
  const next = { mode: making.mode, links: making.links + 1 };
  if (target === undefined) return makeFolder(root, path, next);
  return makeFolder(root, target.startsWith("/") ? target : `${folder}/${target}`, next);
}

/** A path's folder and last name; both are plain, without empty or `.` parts. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf("/");
  if (slash > 0 && slash < path.length - 1 && cleanPath(path) === path)
    return { folder: path.slice(0, slash), name: path.slice(slash + 1) };
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const name = parts.pop() ?? "";
  return { folder: `/${parts.join("/")}`, name };
}

/** Tells whether an open file is a folder. */
export function isFolderFd(fd: number): boolean {
  return statAt(fd, "", 0)?.type === S_IFDIR;
}
