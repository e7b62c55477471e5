/**
 * What `node:fs` and `node:fs/promises` have in common: calls on paths and descriptors, with Node's shapes and errors.
 * @module
 */
import * as kernel from "@teu/kernel/files";
import { forgetTemporary, handOver } from "../hand-over.ts";
import { done, systemError } from "../system-error.ts";
import { Facts } from "./facts.ts";

/** The current folder. */
const HERE: number = kernel.CWD;
const FACTS = 11;
const ENOENT = -2;
const EEXIST = -17;
const ENOTDIR = -20;

/** The constants that callers use. */
export const constants: Readonly<Record<string, number>> = {
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  O_RDONLY: kernel.O_RDONLY,
  O_WRONLY: kernel.O_WRONLY,
  O_RDWR: kernel.O_RDWR,
  O_CREAT: kernel.O_CREAT,
  O_EXCL: kernel.O_EXCL,
  O_TRUNC: kernel.O_TRUNC,
  O_APPEND: kernel.O_APPEND,
  O_NONBLOCK: kernel.O_NONBLOCK,
  O_DIRECTORY: kernel.O_DIRECTORY,
  O_NOFOLLOW: kernel.O_NOFOLLOW,
  S_IFMT: kernel.S_IFMT,
  COPYFILE_EXCL: 1,
};

const FLAGS: Readonly<Record<string, number>> = {
  r: kernel.O_RDONLY,
  "r+": kernel.O_RDWR,
  w: kernel.O_WRONLY | kernel.O_CREAT | kernel.O_TRUNC,
  wx: kernel.O_WRONLY | kernel.O_CREAT | kernel.O_EXCL,
  "w+": kernel.O_RDWR | kernel.O_CREAT | kernel.O_TRUNC,
  "wx+": kernel.O_RDWR | kernel.O_CREAT | kernel.O_EXCL,
  a: kernel.O_WRONLY | kernel.O_CREAT | kernel.O_APPEND,
};

/** A path as text. Those that are given as bytes are Node's to open. */
export function textOf(path: unknown): string {
  if (typeof path === "string" && !path.includes("\0")) return path;
  if (path instanceof URL && path.protocol === "file:") return decodeURIComponent(path.pathname);
  return handOver("a path that is no text");
}

/** Opens a file. @returns Its descriptor */
export function openFile(path: unknown, flags: string | number = "r", mode = 0o666): number {
  const text = textOf(path);
  const wanted = typeof flags === "number" ? flags : (FLAGS[flags] ?? handOver(`opening a file with "${flags}"`));
  return done(sys_openat(HERE, text, wanted, mode), "open", text);
}

interface FactsOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

/** `stat`, `lstat` and, with a descriptor, `fstat`. */
export function factsOf(
  place: { readonly path: unknown; readonly follows: boolean } | { readonly fd: number },
  { bigint, throwIfNoEntry }: FactsOptions = {},
): Facts {
  if (bigint === true) handOver("facts of a file in large numbers");
  const values = new DataView(new ArrayBuffer(FACTS * 8));
  const out = new Uint8Array(values.buffer);
  if ("fd" in place) {
    done(sys_file_facts(place.fd, "", kernel.AT_EMPTY_PATH, out), "fstat");
    return new Facts(values);
  }
  const path = textOf(place.path);
  const result = sys_file_facts(HERE, path, place.follows ? 0 : kernel.AT_SYMLINK_NOFOLLOW, out);
  if (throwIfNoEntry === false && (result === ENOENT || result === ENOTDIR)) return undefined as never;
  done(result, place.follows ? "stat" : "lstat", path);
  return new Facts(values);
}

/** Reads a file to its end. */
export function readAll(fd: number): Buffer {
  const { size } = factsOf({ fd });
  const chunks: Uint8Array[] = [];
  // One byte more tells the end in the same call.
  for (let room = new Uint8Array(Math.max(size + 1, 8192)); ; room = new Uint8Array(65_536)) {
    const length = done(sys_read(fd, room), "read");
    if (length > 0) chunks.push(room.subarray(0, length));
    if (length < room.length && (length === 0 || size > 0)) return Buffer.concat(chunks);
  }
}

type Encoding = BufferEncoding | { readonly encoding?: BufferEncoding | null } | null | undefined;

/** Which text a caller wants; nothing for bytes. */
export function encodingOf(options: Encoding): BufferEncoding | undefined {
  return (typeof options === "string" ? options : options?.encoding) ?? undefined;
}

/** Reads the file of a path or descriptor. */
export function readContent(file: unknown, options?: Encoding): string | Buffer {
  const fd = typeof file === "number" ? file : openFile(file);
  try {
    const bytes = readAll(fd);
    const encoding = encodingOf(options);
    return encoding === undefined ? bytes : bytes.toString(encoding);
  } catch (error) {
    throw typeof file === "number" ? error : Object.assign(error as Error, { path: textOf(file) });
  } finally {
    if (typeof file !== "number") sys_close(fd);
  }
}

/** Writes all of `bytes`. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += done(sys_write(fd, bytes.subarray(at)), "write");
}

type FolderOptions = number | { readonly recursive?: boolean; readonly mode?: number };

/** Makes a folder, with those above it where that is asked for. @returns The highest that was made, where that is asked for */
export function makeFolder(path: unknown, options: FolderOptions = {}): string | undefined {
  const text = textOf(path);
  const { recursive = false, mode = 0o777 } = typeof options === "number" ? { mode: options } : options;
  if (recursive) return makeFolders(text, mode);
  done(sys_mkdirat(HERE, text, mode), "mkdir", text);
  return undefined;
}

function makeFolders(path: string, mode: number): string | undefined {
  const result = sys_mkdirat(HERE, path, mode);
  if (result >= 0) return path;
  if (result === EEXIST && factsOf({ path, follows: true }).isDirectory()) return undefined;
  const parent = path.replace(/\/+[^/]*\/*$/, "");
  if (result !== ENOENT || parent === "" || parent === path) throw systemError(result, "mkdir", path);
  const highest = makeFolders(parent, mode);
  const own = makeFolders(path, mode);
  return highest ?? own;
}

/** The names in a folder. */
export function listFolder(path: unknown, options?: unknown): string[] {
  if (options !== undefined && options !== null && options !== "utf8") handOver("a list of files with more than names");
  const text = textOf(path);
  const fd = done(sys_openat(HERE, text, kernel.O_RDONLY | kernel.O_DIRECTORY, 0), "scandir", text);
  const names: string[] = [];
  const result = sys_list(fd, (name) => void names.push(name));
  sys_close(fd);
  done(result, "scandir", text);
  return names.sort();
}

/** Where a symbolic link leads. */
export function linkTarget(path: unknown, options?: unknown): string {
  if (options !== undefined) handOver("a link's bytes");
  const text = textOf(path);
  let target = "";
  done(
    sys_readlinkat(HERE, text, (found) => {
      target = found;
    }),
    "readlink",
    text,
  );
  return target;
}

/** A path without links. */
export function realPath(path: unknown): string {
  const text = textOf(path);
  let real = "";
  done(
    sys_realpath(text, (found) => {
      real = found;
    }),
    "realpath",
    text,
  );
  return real;
}

/** Gives a file another name. */
export function renameFile(from: unknown, to: unknown): void {
  const [old, name] = [textOf(from), textOf(to)];
  done(sys_renameat(HERE, old, HERE, name), "rename", old, name);
  forgetTemporary(old);
}

/** Gives a file one more name. */
export function linkFile(from: unknown, to: unknown): void {
  const [old, name] = [textOf(from), textOf(to)];
  done(sys_linkat(HERE, old, HERE, name, 0), "link", old, name);
}

/** Takes the name of a file away. */
export function unlinkFile(path: unknown): void {
  const text = textOf(path);
  done(sys_unlinkat(HERE, text, 0), "unlink", text);
  forgetTemporary(text);
}

/** Removes an empty folder. */
export function removeFolder(path: unknown): void {
  const text = textOf(path);
  done(sys_unlinkat(HERE, text, kernel.AT_REMOVEDIR), "rmdir", text);
}

/** `rm`, of files and, where that is asked for, folders with all that is in them. */
export function removeTree(
  path: unknown,
  options: { readonly recursive?: boolean; readonly force?: boolean } = {},
): void {
  const text = textOf(path);
  const facts = factsOf({ path: text, follows: false }, { throwIfNoEntry: options.force !== true }) as
    | Facts
    | undefined;
  if (facts === undefined) return;
  if (!facts.isDirectory()) return unlinkFile(text);
  if (options.recursive !== true) handOver("the removal of a folder");
  for (const name of listFolder(text)) removeTree(`${text}/${name}`, options);
  removeFolder(text);
}
