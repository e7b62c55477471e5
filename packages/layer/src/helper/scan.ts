/**
 * Tells all about a tree: every entry with its attributes, folder by folder. It opens no file, and follows no link.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { S_IFDIR, S_IFLNK, S_IFMT } from "@teu/kernel/files";
import {
  CURRENT_FOLDER,
  STAT_BYTES,
  STAT_MODE,
  enterFolder,
  entryNames,
  listXattrs,
  openFolder,
  readLink,
  statInto,
  statNumber,
  tryGetXattr,
  writeAll,
} from "@teu/kernel/trees";
import { SCANNED_END, SCANNED_ENTRY, SCANNED_FOLDER } from "./protocol.ts";

const NO_NAME = new Uint8Array(0);
const MAX_XATTR_BYTES = 65536;
const MAX_LINK_BYTES = 4096;
// Of what Linux allows one entry: a list of attributes as long as it can be, each with a short value or one with a long one.
const ENTRY_BYTES = 512 * 1024;
const BUFFER_BYTES = 1024 * 1024;

/** Writes records about everything below `root` to `output`. @throws SysError */
export function scanTree(root: number, output: number): void {
  const scan = new Scan(root, output);
  scan.entry(openFolder(root, NO_NAME), NO_NAME);
  const pending: Folder[] = [new Folder(NO_NAME)];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const { path } = folder;
    for (const name of scan.folder(path)) pending.push(new Folder(joined(path, name)));
  }
  scan.finish();
}

/** A folder to scan, by its path from the root. */
class Folder {
  readonly path: Uint8Array;

  constructor(path: Uint8Array) {
    this.path = path;
  }
}

function joined(path: Uint8Array, name: Uint8Array): Uint8Array {
  if (path.length === 0) return name;
  const whole = new Uint8Array(path.length + 1 + name.length);
  for (let i = 0; i < path.length; i++) whole[i] = path[i] ?? 0;
  whole[path.length] = 0x2f;
  for (let i = 0; i < name.length; i++) whole[path.length + 1 + i] = name[i] ?? 0;
  return whole;
}

class Scan {
  private readonly root: number;
  private readonly output: number;
  private readonly buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  private readonly view: DataView = new DataView(this.buffer.buffer);
  private readonly stat: Uint8Array = new Uint8Array(STAT_BYTES);
  private readonly names: Uint8Array = new Uint8Array(32 * 1024);
  private readonly list: Uint8Array = new Uint8Array(MAX_XATTR_BYTES);
  private used = 0;

  constructor(root: number, output: number) {
    this.root = root;
    this.output = output;
  }

  /** Tells about the entries of a folder; returns the names of the folders among them. */
  folder(path: Uint8Array): Uint8Array[] {
    const fd = openFolder(this.root, path);
    if (this.used > BUFFER_BYTES - ENTRY_BYTES) this.flush();
    this.u8(SCANNED_FOLDER);
    this.text(path);
    const folders: Uint8Array[] = [];
    enterFolder(fd);
    for (const name of entryNames(fd, this.names)) if (this.entry(CURRENT_FOLDER, name) === S_IFDIR) folders.push(name);
    close(fd);
    return folders;
  }

  /** Tells about one entry; returns its type, 0 where it is gone. */
  entry(dir: number, name: Uint8Array): number {
    if (this.used > BUFFER_BYTES - ENTRY_BYTES) this.flush();
    const { stat, buffer } = this;
    if (!statInto({ dir, name }, stat)) return 0;
    const type = statNumber(stat, STAT_MODE) & S_IFMT;
    this.u8(SCANNED_ENTRY);
    const start = this.reserve(STAT_BYTES);
    buffer.set(stat, start);
    this.text(name);
    if (type === S_IFLNK) this.target(dir, name);
    else this.u16(0);
    this.xattrs(dir, name);
    return type;
  }

  /** Writes the last record and what is left. */
  finish(): void {
    this.u8(SCANNED_END);
    this.flush();
  }

  private target(dir: number, name: Uint8Array): void {
    const at = this.used;
    this.u16(0);
    const target = readLink({ dir, name }, this.buffer.subarray(this.used, this.used + MAX_LINK_BYTES));
    this.used += target.length;
    this.view.setUint16(at, target.length, true);
  }

  private xattrs(dir: number, name: Uint8Array): void {
    const keys = split(listXattrs({ dir, name }, this.list));
    const countAt = this.used;
    this.u16(0);
    let count = 0;
    for (const key of keys) if (this.xattr(dir, name, key)) count += 1;
    this.view.setUint16(countAt, count, true);
  }

  // False where the value is gone or may not be read.
  private xattr(dir: number, name: Uint8Array, key: Uint8Array): boolean {
    const start = this.used;
    this.text(key);
    const lengthAt = this.used;
    this.view.setUint32(this.reserve(4), 0, true);
    const length = tryGetXattr({ dir, name }, key, this.buffer.subarray(this.used));
    this.used = length < 0 ? start : this.used + length;
    if (length >= 0) this.view.setUint32(lengthAt, length, true);
    return length >= 0;
  }

  private u8(value: number): void {
    this.view.setUint8(this.reserve(1), value);
  }

  private u16(value: number): void {
    this.view.setUint16(this.reserve(2), value, true);
  }

  private text(bytes: Uint8Array): void {
    this.view.setUint16(this.reserve(2), bytes.length, true);
    const start = this.reserve(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.buffer[start + i] = bytes[i] ?? 0;
  }

  private reserve(length: number): number {
    const at = this.used;
    this.used = at + length;
    return at;
  }

  private flush(): void {
    writeAll(this.output, this.buffer.subarray(0, this.used));
    this.used = 0;
  }
}

function split(list: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < list.length; at++) {
    if (list[at] !== 0) continue;
    names.push(list.slice(start, at));
    start = at + 1;
  }
  return names;
}
