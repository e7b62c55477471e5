/**
 * Commands for the program `teu-layer` as bytes, in frames that can be written as they are.
 * @module
 */
import { endSlab, takeSlab } from "@teu/std/slabs";
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
} from "../helper/protocol.ts";
import type { Attributes, NewThing } from "./ops.ts";

const HEAD_BYTES = 4;
// A frame is closed before a command that could be longer than what is left: names and a target, or attributes.
const ROOM_BYTES = 384 * 1024;
// Longer content goes in frames of its own, uncopied.
const MAX_COPIED_BYTES = 32 * 1024;

const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFIFO = 0o010000;

function newFrame(): Buffer {
  return Buffer.from(takeSlab(MAX_FRAME_BYTES).buffer);
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/** Bytes to be written in this order, and the memory to be given back when they are. */
export interface CommandBytes {
  readonly pieces: readonly Uint8Array[];
  readonly memory: readonly Uint8Array[];
}

/** Collects commands. What is collected is taken with {@link CommandBuffer.take}. */
export class CommandBuffer {
  #frame = newFrame();
  #start = 0;
  #at = HEAD_BYTES;
  #folder = "";
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  #memory: Uint8Array[] = [];

  /** Bytes that wait to be taken. */
  get bytes(): number {
    return this.#readyBytes + this.#at - this.#start;
  }

  /** What has been collected. */
  take(): CommandBytes {
    this.#close();
    const taken = { pieces: this.#ready, memory: this.#memory };
    this.#ready = [];
    this.#readyBytes = 0;
    this.#memory = [];
    return taken;
  }

  /** Takes memory of content, to come out behind what is collected of it. */
  release(memory: Uint8Array): void {
    this.#memory.push(memory);
  }

  make(folder: string, name: string, thing: NewThing): void {
    this.#enter(folder);
    switch (thing.type) {
      case "directory":
        return this.#command(MAKE_FOLDER, name);
      case "file":
        return this.#command(MAKE_FILE, name);
      case "symlink":
        this.#command(MAKE_SYMLINK, name);
        return this.#text(thing.target);
      case "hard-link":
        this.#command(MAKE_LINK, name);
        this.#text(thing.folder);
        return this.#text(thing.name);
      default:
        return this.#node(name, thing);
    }
  }

  #node(name: string, thing: Exclude<NewThing, { type: "directory" | "file" | "symlink" | "hard-link" }>): void {
    this.#command(MAKE_NODE, name);
    const type = thing.type === "fifo" ? S_IFIFO : thing.type === "block-device" ? S_IFBLK : S_IFCHR;
    this.#u32(type | 0o600);
    this.#u32(thing.type === "fifo" ? 0 : thing.major);
    this.#u32(thing.type === "fifo" ? 0 : thing.minor);
  }

  content(chunk: Uint8Array): void {
    this.#room();
    if (chunk.length <= MAX_COPIED_BYTES) {
      this.#u8(WRITE);
      this.#u32(chunk.length);
      this.#frame.set(chunk, this.#at);
      this.#at += chunk.length;
      return;
    }
    this.#close();
    // The head of the frame takes the place of that of the next one.
    this.#frame.writeUInt32LE(RAW_FRAME + chunk.length, this.#start);
    this.#put();
    this.#ready.push(chunk);
    this.#readyBytes += chunk.length;
  }

  hole(bytes: number): void {
    this.#room();
    this.#u8(SKIP);
    this.#f64(bytes);
  }

  length(bytes: number): void {
    this.#room();
    this.#u8(LENGTH);
    this.#f64(bytes);
  }

  settle(folder: string, name: string, { owner, mode, mtime, xattrs }: Attributes): void {
    this.#enter(folder);
    this.#command(SETTLE, name);
    const has =
      (owner === undefined ? 0 : HAS_OWNER) |
      (mode === undefined ? 0 : HAS_MODE) |
      (mtime === undefined ? 0 : HAS_TIME);
    this.#u8(has);
    this.#u32(owner?.uid ?? 0);
    this.#u32(owner?.gid ?? 0);
    this.#u32(mode ?? 0);
    this.#f64(mtime?.seconds ?? 0);
    this.#u32(mtime?.nanoseconds ?? 0);
    this.#xattrs(xattrs ?? NO_XATTRS);
  }

  #xattrs(xattrs: ReadonlyMap<string, Uint8Array>): void {
    this.#u16(xattrs.size);
    for (const [key, value] of xattrs) {
      this.#text(Buffer.from(key, "utf8").toString("latin1"));
      this.#u32(value.length);
      this.#frame.set(value, this.#at);
      this.#at += value.length;
    }
  }

  remove(folder: string, name: string, isFolder: boolean): void {
    this.#enter(folder);
    this.#command(isFolder ? REMOVE_FOLDER : REMOVE_FILE, name);
  }

  end(): void {
    this.#room();
    this.#u8(END);
  }

  #enter(folder: string): void {
    if (folder === this.#folder) return;
    this.#folder = folder;
    this.#command(FOLDER, folder);
  }

  #command(code: number, name: string): void {
    this.#room();
    this.#u8(code);
    this.#text(name);
  }

  // The memory of one frame lasts for several if they are short.
  #room(): void {
    if (this.#frame.length - this.#at >= ROOM_BYTES) return;
    this.#close();
    endSlab(this.#frame, this.#start);
    this.#frame = newFrame();
    this.#start = 0;
    this.#at = HEAD_BYTES;
  }

  #close(): void {
    const length = this.#at - this.#start - HEAD_BYTES;
    if (length === 0) return;
    this.#frame.writeUInt32LE(length, this.#start);
    this.#put();
  }

  #put(): void {
    const piece = this.#frame.subarray(this.#start, this.#at);
    this.#ready.push(piece);
    this.#memory.push(piece);
    this.#readyBytes += piece.length;
    this.#start = this.#at;
    this.#at += HEAD_BYTES;
  }

  #u8(value: number): void {
    this.#frame[this.#at] = value;
    this.#at += 1;
  }

  #u16(value: number): void {
    this.#at = this.#frame.writeUInt16LE(value, this.#at);
  }

  #u32(value: number): void {
    this.#at = this.#frame.writeUInt32LE(value >>> 0, this.#at);
  }

  #f64(value: number): void {
    this.#at = this.#frame.writeDoubleLE(value, this.#at);
  }

  #text(text: string): void {
    this.#u16(text.length);
    this.#at += this.#frame.write(text, this.#at, "latin1");
  }
}
