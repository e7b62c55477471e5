/**
 * Lookups below an open folder on kernels and in sandboxes without openat2: part by part, each in the open folder before it,
 * with links read and followed here. What is held open cannot be exchanged, so no race leads out.
 * @module
 */
import { ELOOP, ENOTDIR } from "@teu/kernel/errno";
import { close, copyAbove } from "@teu/kernel/descriptors";
import {
  AT_SYMLINK_NOFOLLOW,
  O_NOFOLLOW,
  O_PATH,
  S_IFDIR,
  S_IFLNK,
  readLinkAt,
  statAt,
  tryOpenAt,
} from "@teu/kernel/files";

const MAX_LINKS = 40;

/** Opens `path` as if `root` were the root of the file system. The negated errno on refusal. */
export function walkInside(root: number, path: string, flags: number): number {
  const walk = new Walk(root, path);
  const result = walk.open(flags);
  walk.close();
  return result;
}

/** Opens `path` below `folder` where no part is a link and all is on one file system. The negated errno on refusal. */
export function walkBeneath(folder: number, path: string, flags: number): number {
  const device = statAt(folder, "", 0)?.device;
  let at = copyAbove(folder, 3);
  const parts = partsOf(path);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? "";
    const how = i === parts.length - 1 ? flags : O_PATH;
    const next = part === ".." ? -ELOOP : tryOpenAt(at, part, how | O_NOFOLLOW);
    close(at);
    if (next < 0) return next;
    const found = statAt(next, "", 0);
    if (found === undefined || found.type === S_IFLNK || found.device !== device) {
      close(next);
      return -ELOOP;
    }
    at = next;
  }
  return at;
}

// The folders from the root down to where the walk stands, all open; `..` goes back to the one before.
class Walk {
  private readonly folders: number[] = [];
  private readonly root: number;
  private rest: string[];
  private links = 0;

  constructor(root: number, path: string) {
    this.root = root;
    this.rest = partsOf(path);
  }

  open(flags: number): number {
    for (;;) {
      const part = this.rest.shift();
      if (part === undefined) return tryOpenAt(this.here(), ".", flags & ~O_NOFOLLOW);
      if (part === "..") {
        close(this.folders.pop() ?? -1);
        continue;
      }
      const isLast = this.rest.length === 0;
      if (this.isLink(part) && !(isLast && (flags & O_NOFOLLOW) !== 0)) {
        if (!this.follow(part)) return -ELOOP;
        continue;
      }
      if (isLast) return tryOpenAt(this.here(), part, flags | O_NOFOLLOW);
      const result = this.enter(part);
      if (result < 0) return result;
    }
  }

  private isLink(name: string): boolean {
    return statAt(this.here(), name, AT_SYMLINK_NOFOLLOW)?.type === S_IFLNK;
  }

  private enter(name: string): number {
    const next = tryOpenAt(this.here(), name, O_PATH | O_NOFOLLOW);
    if (next < 0) return next;
    this.folders.push(next);
    return statAt(next, "", 0)?.type === S_IFDIR ? 0 : -ENOTDIR;
  }

  private here(): number {
    return this.folders[this.folders.length - 1] ?? this.root;
  }

  private follow(name: string): boolean {
    const target = readLinkAt(this.here(), name) ?? "";
    this.links += 1;
    if (this.links > MAX_LINKS) return false;
    if (target.startsWith("/")) this.close();
    this.rest = partsOf(target).concat(this.rest);
    return true;
  }

  /** Goes back to the root. */
  close(): void {
    for (let fd = this.folders.pop(); fd !== undefined; fd = this.folders.pop()) close(fd);
  }
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
