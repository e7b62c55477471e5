/** `node:fs`, of which all happens at once. @module */
import { handOver } from "../hand-over.ts";
import { done } from "../system-error.ts";
import type { Facts } from "./facts.ts";
import * as files from "./files.ts";

export { constants, makeFolder as mkdirSync, listFolder as readdirSync, linkTarget as readlinkSync } from "./files.ts";
export {
  realPath as realpathSync,
  renameFile as renameSync,
  removeTree as rmSync,
  removeFolder as rmdirSync,
} from "./files.ts";
export {
  unlinkFile as unlinkSync,
  openFile as openSync,
  readContent as readFileSync,
  linkFile as linkSync,
} from "./files.ts";

export function closeSync(fd: number): void {
  done(sys_close(fd), "close");
}

export function existsSync(path: unknown): boolean {
  return typeof path === "string" && sys_faccessat(-100, path, 0, 0) >= 0;
}

export function accessSync(path: unknown, mode = 0): void {
  const text = files.textOf(path);
  done(sys_faccessat(-100, text, mode, 0), "access", text);
}

type Options = { readonly bigint?: boolean; readonly throwIfNoEntry?: boolean };

export function statSync(path: unknown, options?: Options): Facts {
  return files.factsOf({ path, follows: true }, options);
}

export function lstatSync(path: unknown, options?: Options): Facts {
  return files.factsOf({ path, follows: false }, options);
}

export function fstatSync(fd: number, options?: Options): Facts {
  return files.factsOf({ fd }, options);
}

// oxlint-disable-next-line eslint/max-params -- Node's own
export function readSync(
  fd: number,
  memory: Uint8Array,
  offset = 0,
  length: number = memory.length - offset,
  position: number | null = null,
): number {
  const room = memory.subarray(offset, offset + length);
  return done(position === null || position < 0 ? sys_read(fd, room) : sys_pread(fd, room, position), "read");
}

// oxlint-disable-next-line eslint/max-params -- Node's own
export function writeSync(
  fd: number,
  content: string | Uint8Array,
  offset = 0,
  length?: number,
  position: number | null = null,
): number {
  if (typeof content === "string") return handOver("text that is written with a position");
  const bytes = content.subarray(offset, length === undefined ? undefined : offset + length);
  return done(position === null ? sys_write(fd, bytes) : sys_pwrite(fd, bytes, position), "write");
}

type Done = (error: Error | null, bytesRead: number, memory: Uint8Array) => void;

// oxlint-disable-next-line eslint/max-params -- Node's own
export function read(
  fd: number,
  memory: Uint8Array,
  offset: number,
  length: number,
  position: number,
  then: Done,
): void {
  let bytesRead = 0;
  let failure: Error | null = null;
  try {
    bytesRead = readSync(fd, memory, offset, length, position);
  } catch (error) {
    failure = error as Error;
  }
  queueMicrotask(() => then(failure, bytesRead, memory));
}

export function writeFileSync(
  path: unknown,
  content: string | Uint8Array,
  options?: { readonly mode?: number; readonly flag?: string } | string,
): void {
  const { mode, flag = "w" } = typeof options === "object" ? options : {};
  const fd = files.openFile(path, flag, mode);
  try {
    files.writeAll(fd, typeof content === "string" ? Buffer.from(content) : content);
  } finally {
    sys_close(fd);
  }
}

interface Space {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
}

export function statfsSync(path: unknown): Space {
  const text = files.textOf(path);
  const values = new Float64Array(3);
  done(sys_disk_space(text, new Uint8Array(values.buffer)), "statfs", text);
  const [bsize = 0, blocks = 0, bavail = 0] = values;
  return { bsize, blocks, bavail };
}
