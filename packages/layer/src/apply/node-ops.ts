/**
 * A tree made by Node alone, where there is no `teu-layer`: without devices, fifos and extended attributes, and with
 * times as exact as a double.
 *
 * On Linux each name is reached through its open folder (`/proc/self/fd/N/name`), and each folder through the one above
 * it, so that no symbolic link is ever followed; elsewhere by paths, in a folder that nobody else can enter.
 * @module
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { TeuError } from "@teu/std/error";
import { giveBack } from "@teu/std/slabs";
import type { TarTime } from "@teu/tar/entry";
import { bytesOf, joinPath, shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import type { Attributes, Lack, NewThing, TreeOps } from "./ops.ts";

/** Opens the folder `root`. */
export function openNodeOps(root: string): TreeOps {
  return new NodeOps(process.platform === "linux" ? new OpenFolders(root) : new NamedFolders(root));
}

/** Where a name is, as a path for system calls. */
interface Folders {
  at(folder: string, name: string): Buffer;
  /** A folder has been removed. */
  forget(folder: string): void;
  close(): void;
}

class NamedFolders implements Folders {
  readonly #root: Buffer;

  constructor(root: string) {
    this.#root = Buffer.from(`${root}/`);
  }

  at(folder: string, name: string): Buffer {
    return Buffer.concat([this.#root, bytesOf(name === "" ? folder : joinPath(folder, name))]);
  }

  forget(): void {}

  close(): void {}
}

const MAX_OPEN = 128;
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

class OpenFolders implements Folders {
  readonly #root: number;
  /** In the order of their last use. */
  readonly #open = new Map<string, number>();

  constructor(root: string) {
    this.#root = openSync(root, FOLDER_FLAGS);
  }

  at(folder: string, name: string): Buffer {
    return Buffer.concat([
      Buffer.from(`/proc/self/fd/${this.#descriptor(folder)}/`),
      bytesOf(name === "" ? "." : name),
    ]);
  }

  forget(folder: string): void {
    for (const [path, fd] of this.#open) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      closeSync(fd);
      this.#open.delete(path);
    }
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
    closeSync(this.#root);
  }

  #descriptor(folder: string): number {
    if (folder === "") return this.#root;
    const known = this.#open.get(folder);
    if (known !== undefined) {
      this.#open.delete(folder);
      this.#open.set(folder, known);
      return known;
    }
    const slash = folder.lastIndexOf("/");
    const fd = openSync(this.at(folder.slice(0, Math.max(0, slash)), folder.slice(slash + 1)), FOLDER_FLAGS);
    this.#open.set(folder, fd);
    if (this.#open.size > MAX_OPEN) this.#closeOldest();
    return fd;
  }

  #closeOldest(): void {
    for (const [path, fd] of this.#open) {
      closeSync(fd);
      this.#open.delete(path);
      return;
    }
  }
}

const FILE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

class NodeOps implements TreeOps {
  readonly lacks: ReadonlySet<Lack> = new Set<Lack>(["devices", "fifos", "extended attributes"]);
  readonly #folders: Folders;
  #file = -1;
  #isOpen = true;

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  make(folder: string, name: string, thing: NewThing): void {
    this.#attempt("make", folder, name, () => this.#make(this.#folders.at(folder, name), thing));
  }

  #make(path: Buffer, thing: NewThing): void {
    switch (thing.type) {
      case "directory":
        return mkdirSync(path, 0o700);
      case "file":
        this.#file = openSync(path, FILE_FLAGS, 0o600);
        return;
      case "symlink":
        return symlinkSync(bytesOf(thing.target), path);
      case "hard-link":
        return linkSync(this.#folders.at(thing.folder, thing.name), path);
      default:
        throw new Error(`Node cannot make a ${thing.type}`);
    }
  }

  write(chunk: Uint8Array, offset: number): void {
    for (let done = 0; done < chunk.length;) {
      done += writeSync(this.#file, chunk, done, chunk.length - done, offset + done);
    }
  }

  release(memory: Uint8Array): void {
    giveBack(memory);
  }

  settle(folder: string, name: string, attributes: Attributes, size?: number): void {
    this.#attempt("set attributes of", folder, name, () => {
      if (this.#file >= 0) this.#settleFile(attributes, size);
      else this.#settleName(this.#folders.at(folder, name), attributes);
    });
  }

  remove(folder: string, name: string, isFolder: boolean): void {
    this.#attempt("remove", folder, name, () => {
      const path = this.#folders.at(folder, name);
      if (isFolder) {
        this.#folders.forget(joinPath(folder, name));
        rmdirSync(path);
      } else unlinkSync(path);
    });
  }

  async drain(): Promise<readonly string[]> {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#file >= 0) closeSync(this.#file);
    this.#folders.close();
  }

  // A change of owner takes set-id bits away, and everything touches the times: hence this order.
  #settleFile({ owner, mode, mtime }: Attributes, size: number | undefined): void {
    const file = this.#file;
    this.#file = -1;
    try {
      if (size !== undefined) ftruncateSync(file, size);
      if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
      if (mode !== undefined) fchmodSync(file, mode);
      if (mtime !== undefined) futimesSync(file, secondsOf(mtime), secondsOf(mtime));
    } finally {
      closeSync(file);
    }
  }

  #settleName(path: Buffer, { owner, mode, mtime }: Attributes): void {
    if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
    // A mode may keep its owner from reaching the root by its name, and leaves the times alone.
    if (mtime !== undefined) lutimesSync(path, secondsOf(mtime), secondsOf(mtime));
    if (mode !== undefined) chmodSync(path, mode);
  }

  #attempt(what: string, folder: string, name: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      const message = `Unpacking: cannot ${what} "${shown(joinPath(folder, name))}": ${(error as Error).message}`;
      throw new TeuError<LayerErrorCode>("ERR_APPLY", message, { cause: error });
    }
  }
}

function secondsOf({ seconds, nanoseconds }: TarTime): number {
  return seconds + nanoseconds / 1e9;
}
