/**
 * A tree in memory that is made as others are on a disk, and remembers every call: for tests of what is asked for, without
 * privileges and without files.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { giveBack } from "@teu/std/slabs";
import type { TarTime } from "@teu/tar/entry";
import type { Attributes, Lack, NewThing, TreeOps } from "../apply/ops.ts";
import { joinPath, shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";

/** A file of such a tree. Names that are hard links share one. */
export interface RecordedFile {
  readonly type: Exclude<NewThing["type"], "hard-link">;
  readonly target?: string;
  readonly major?: number;
  readonly minor?: number;
  content: Uint8Array;
  owner: { readonly uid: number; readonly gid: number } | undefined;
  mode: number;
  mtime: TarTime | undefined;
  xattrs: ReadonlyMap<string, Uint8Array>;
}

const NO_BYTES = new Uint8Array(0);

/** The fake. */
export class RecordedOps implements TreeOps {
  readonly lacks: ReadonlySet<Lack>;
  /** Each call as a line, such as `make file etc/motd`. */
  readonly calls: string[] = [];
  /** Every file by its path, the root by an empty one. */
  readonly files: Map<string, RecordedFile> = new Map([["", newFile({ type: "directory" })]]);
  #open: RecordedFile | undefined;

  constructor(lacks: Iterable<Lack> = []) {
    this.lacks = new Set(lacks);
  }

  make(folder: string, name: string, thing: NewThing): void {
    const path = joinPath(folder, name);
    this.calls.push(`make ${thing.type} ${path}${thing.type === "symlink" ? ` -> ${thing.target}` : ""}`);
    this.#checkFolder(folder);
    if (this.files.has(path)) throw refused(path, "something is there");
    const file = thing.type === "hard-link" ? this.#find(joinPath(thing.folder, thing.name)) : newFile(thing);
    this.files.set(path, file);
    this.#open = thing.type === "file" ? file : undefined;
  }

  write(chunk: Uint8Array, offset: number): void {
    if (this.#open === undefined) throw refused("", "no file is open");
    this.calls.push(`write ${chunk.length} at ${offset}`);
    this.#open.content = extended(this.#open.content, offset + chunk.length);
    this.#open.content.set(chunk, offset);
  }

  release(memory: Uint8Array): void {
    giveBack(memory);
  }

  settle(folder: string, name: string, attributes: Attributes, size?: number): void {
    const path = joinPath(folder, name);
    this.calls.push(`settle ${path}`);
    const file = this.#open ?? this.#find(path);
    if (this.#open !== undefined && size !== undefined) file.content = extended(file.content, size);
    this.#open = undefined;
    file.owner = attributes.owner ?? file.owner;
    file.mode = attributes.mode ?? file.mode;
    file.mtime = attributes.mtime ?? file.mtime;
    file.xattrs = new Map([...file.xattrs, ...(attributes.xattrs ?? [])]);
  }

  remove(folder: string, name: string, isFolder: boolean): void {
    const path = joinPath(folder, name);
    this.calls.push(`remove ${path}`);
    if ((this.#find(path).type === "directory") !== isFolder) throw refused(path, "it is of another kind");
    if ([...this.files.keys()].some((each) => each.startsWith(`${path}/`))) throw refused(path, "it is not empty");
    this.files.delete(path);
  }

  async drain(): Promise<readonly string[]> {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #checkFolder(folder: string): void {
    if (this.#find(folder).type !== "directory") throw refused(folder, "it is no directory");
  }

  #find(path: string): RecordedFile {
    const file = this.files.get(path);
    if (file === undefined) throw refused(path, "nothing is there");
    return file;
  }
}

function newFile(thing: Exclude<NewThing, { type: "hard-link" }>): RecordedFile {
  const mode = thing.type === "directory" ? 0o700 : 0o600;
  return { ...thing, content: NO_BYTES, owner: undefined, mode, mtime: undefined, xattrs: new Map() };
}

/** Bytes with zeros behind them, up to a length. */
function extended(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

function refused(path: string, problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_APPLY", `Making "${shown(path)}" in memory: ${problem}`);
}
