/**
 * Makes a tree as the library commands, without a thought of its own: what goes where has been decided. It makes sure
 * only that nothing happens outside the root.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { EOPNOTSUPP, EPERM, SysError } from "@teu/kernel/errno";
import {
  createFile,
  makeFolder,
  makeLink,
  makeNode,
  makeSymlink,
  moveAll,
  openFolder,
  readAll,
  removeFile,
  removeFolder,
  setLength,
  setMode,
  setOwner,
  setTimes,
  skip,
  textOf,
  trySetXattr,
  writeAll,
} from "@teu/kernel/trees";
import { Cursor } from "./cursor.ts";
import {
  END,
  FOLDER,
  HAS_MODE,
  HAS_OWNER,
  HAS_TIME,
  LENGTH,
  MAKE_FILE,
  MAKE_FOLDER,
  MAKE_LINK,
  MAKE_NODE,
  MAKE_SYMLINK,
  MAX_FRAME_BYTES,
  RAW_FRAME,
  REMOVE_FILE,
  REMOVE_FOLDER,
  SETTLE,
  SKIP,
  WRITE,
} from "./protocol.ts";

const NO_NAME = new Uint8Array(0);
const MAX_OMISSIONS = 1000;

/** Follows the commands that come from the pipe `input`. Returns what was left out, or throws at the first failure. */
export function applyCommands(root: number, input: number): readonly string[] {
  const writer = new TreeWriter(root, input);
  const head = new Uint8Array(4);
  const headView = new DataView(head.buffer);
  while (!writer.done) {
    if (!readAll(input, head)) throw new Error("the commands end before their end");
    const length = headView.getUint32(0, true);
    if (length >= RAW_FRAME) writer.moveContent(length - RAW_FRAME);
    else writer.follow(length);
  }
  return writer.omissions;
}

/** The tree in the making. */
class TreeWriter {
  readonly omissions: string[] = [];
  done = false;
  private readonly root: number;
  private readonly input: number;
  private readonly frame: Cursor = new Cursor(new Uint8Array(MAX_FRAME_BYTES));
  private folder: number;
  private file = -1;

  constructor(root: number, input: number) {
    this.root = root;
    this.input = input;
    this.folder = openFolder(root, NO_NAME);
  }

  /** Moves content from the pipe into the open file. */
  moveContent(bytes: number): void {
    moveAll(this.input, this.file, bytes);
  }

  /** Reads a frame of commands and does what they say. */
  follow(length: number): void {
    const { frame } = this;
    if (length > MAX_FRAME_BYTES) throw new Error(`a frame of ${length} bytes`);
    readAll(this.input, frame.bytes.subarray(0, length));
    frame.restart(length);
    while (frame.more()) this.command(frame.u8());
  }

  private command(code: number): void {
    if (code >= MAKE_FOLDER && code <= MAKE_NODE) this.make(code, this.frame.text());
    else if (code >= WRITE && code <= LENGTH) this.write(code);
    else this.other(code);
  }

  private make(code: number, name: Uint8Array): void {
    const { frame, folder } = this;
    if (code === MAKE_FOLDER) makeFolder(folder, name);
    else if (code === MAKE_FILE) this.file = createFile(folder, name);
    else if (code === MAKE_SYMLINK) makeSymlink(frame.text(), folder, name);
    else if (code === MAKE_LINK) this.link(name);
    else makeNode({ dir: folder, name }, frame.u32(), frame.u32(), frame.u32());
  }

  private link(name: Uint8Array): void {
    const from = openFolder(this.root, this.frame.text());
    makeLink({ dir: from, name: this.frame.text() }, { dir: this.folder, name });
    close(from);
  }

  private write(code: number): void {
    const { frame } = this;
    if (code === WRITE) writeAll(this.file, frame.take(frame.u32()));
    else if (code === SKIP) skip(this.file, frame.f64());
    else setLength(this.file, frame.f64());
  }

  private other(code: number): void {
    const { frame } = this;
    if (code === FOLDER) {
      close(this.folder);
      this.folder = openFolder(this.root, frame.text());
    } else if (code === SETTLE) this.settle(frame.text());
    else if (code === REMOVE_FILE) removeFile(this.folder, frame.text());
    else if (code === REMOVE_FOLDER) removeFolder(this.folder, frame.text());
    else if (code === END) this.done = true;
    else throw new Error(`unknown command ${code}`);
  }

  private settle(name: Uint8Array): void {
    if (this.file < 0) {
      this.setAttributes(this.folder, name);
      return;
    }
    this.setAttributes(this.file, NO_NAME);
    close(this.file);
    this.file = -1;
  }

  // In this order: a change of owner takes set-id bits and capabilities away, and all of it touches the times.
  private setAttributes(dir: number, name: Uint8Array): void {
    const { frame } = this;
    const has = frame.u8();
    const uid = frame.u32();
    const gid = frame.u32();
    const mode = frame.u32();
    const seconds = frame.f64();
    const nanoseconds = frame.u32();
    if ((has & HAS_OWNER) !== 0) setOwner(dir, name, uid, gid);
    if ((has & HAS_MODE) !== 0) setMode(dir, name, mode);
    const xattrs = frame.u16();
    for (let i = 0; i < xattrs; i++) this.setXattr(dir, name);
    if ((has & HAS_TIME) !== 0) setTimes(dir, name, seconds, nanoseconds);
  }

  private setXattr(dir: number, name: Uint8Array): void {
    const key = this.frame.text();
    const result = trySetXattr({ dir, name }, key, this.frame.take(this.frame.u32()));
    if (result === -EOPNOTSUPP || result === -EPERM) this.omit(textOf(key));
    else if (result < 0) throw new SysError("setxattr", textOf(key), -result);
  }

  private omit(what: string): void {
    if (this.omissions.length < MAX_OMISSIONS) this.omissions.push(what);
  }
}
