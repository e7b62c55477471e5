/** `node:fs/promises`. All but bringing files to the disk happens at once: it goes to memory or comes from there. @module */
import { handOver, noteTemporary } from "../hand-over.ts";
import { readable } from "../loop.ts";
import { done, systemError } from "../system-error.ts";
import type { Facts } from "./facts.ts";
import * as files from "./files.ts";

export const constants: typeof files.constants = files.constants;

/** A file that is open. */
class Handle implements AsyncDisposable {
  readonly fd: number;
  #isOpen = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  async read(
    memory: Uint8Array,
    offset = 0,
    length: number = memory.length - offset,
    position: number | null = null,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }> {
    if (!(memory instanceof Uint8Array)) return handOver("reading with options");
    const room = memory.subarray(offset, offset + length);
    const bytesRead = done(position === null ? sys_read(this.fd, room) : sys_pread(this.fd, room, position), "read");
    return { bytesRead, buffer: memory };
  }

  async write(
    bytes: Uint8Array,
    offset = 0,
    length: number = bytes.length - offset,
    position: number | null = null,
  ): Promise<{ bytesWritten: number; buffer: Uint8Array }> {
    if (!(bytes instanceof Uint8Array)) return handOver("writing text to an open file");
    const piece = bytes.subarray(offset, offset + length);
    const bytesWritten = done(
      position === null ? sys_write(this.fd, piece) : sys_pwrite(this.fd, piece, position),
      "write",
    );
    return { bytesWritten, buffer: bytes };
  }

  async stat(options?: { readonly bigint?: boolean }): Promise<Facts> {
    return files.factsOf({ fd: this.fd }, options);
  }

  async readFile(options?: Parameters<typeof files.readContent>[1]): Promise<string | Buffer> {
    return files.readContent(this.fd, options);
  }

  async writeFile(content: string | Uint8Array): Promise<void> {
    files.writeAll(this.fd, typeof content === "string" ? Buffer.from(content) : content);
  }

  async chmod(mode: number): Promise<void> {
    done(sys_fchmod(this.fd, mode), "fchmod");
  }

  async truncate(size = 0): Promise<void> {
    done(sys_ftruncate(this.fd, size), "ftruncate");
  }

  /** The next to be written begins to go to the disk already; nobody waits for it before the end. */
  async datasync(): Promise<void> {
    await synced(this.fd, { onlyBegins: true });
  }

  async sync(): Promise<void> {
    await synced(this.fd);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    done(sys_close(this.fd), "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Another thread waits for the disk meanwhile. */
async function synced(fd: number, { onlyBegins = false } = {}): Promise<void> {
  const ended = done(sys_sync_begin(fd, onlyBegins ? 1 : 0), "fsync");
  await readable(ended);
  const result = sys_sync_end(ended);
  if (result < 0) throw systemError(result, "fsync");
}

export async function open(path: unknown, flags: string | number = "r", mode = 0o666): Promise<Handle> {
  const fd = files.openFile(path, flags, mode);
  if (typeof flags === "string" && flags.startsWith("wx")) noteTemporary(files.textOf(path));
  return new Handle(fd);
}

/** What a function that does it at once does, as a promise. */
function later<A extends unknown[], R>(action: (...input: A) => R): (...input: A) => Promise<R> {
  return async (...input) => action(...input);
}

type Options = { readonly bigint?: boolean };

export const stat: (path: unknown, options?: Options) => Promise<Facts> = later((path: unknown, options?: Options) =>
  files.factsOf({ path, follows: true }, options),
);
export const lstat: (path: unknown, options?: Options) => Promise<Facts> = later((path: unknown, options?: Options) =>
  files.factsOf({ path, follows: false }, options),
);
export const mkdir: (...input: Parameters<typeof files.makeFolder>) => Promise<string | undefined> = later(
  files.makeFolder,
);
export const readdir: (path: unknown, options?: unknown) => Promise<string[]> = later(files.listFolder);
export const readlink: (path: unknown, options?: unknown) => Promise<string> = later(files.linkTarget);
export const realpath: (path: unknown) => Promise<string> = later(files.realPath);
export const rename: (from: unknown, to: unknown) => Promise<void> = later(files.renameFile);
export const link: (from: unknown, to: unknown) => Promise<void> = later(files.linkFile);
export const unlink: (path: unknown) => Promise<void> = later(files.unlinkFile);
export const rm: (...input: Parameters<typeof files.removeTree>) => Promise<void> = later(files.removeTree);
export const rmdir: (path: unknown) => Promise<void> = later(files.removeFolder);
export const readFile: (...input: Parameters<typeof files.readContent>) => Promise<string | Buffer> = later(
  files.readContent,
);
export const chmod: (path: string, mode: number) => Promise<void> = later(
  (path: string, mode: number) => void done(sys_fchmodat(-100, path, mode), "chmod", path),
);
export const access: (path: string, mode?: number) => Promise<void> = later(
  (path: string, mode = 0) => void done(sys_faccessat(-100, path, mode, 0), "access", path),
);

/** Of times, the present alone. */
export async function utimes(path: string, ...times: readonly unknown[]): Promise<void> {
  if (!times.every((time) => time instanceof Date && Math.abs(time.getTime() - Date.now()) < 1000))
    handOver("a file's time");
  done(sys_touch(path), "utime", path);
}

export const symlink: (target: string, path: string) => Promise<void> = later(
  (target: string, path: string) => void done(sys_symlinkat(target, -100, path), "symlink", target, path),
);

export async function mkdtemp(prefix: string): Promise<string> {
  const name = prefix + Math.random().toString(36).slice(2, 8).padEnd(6, "0");
  files.makeFolder(name, 0o700);
  return name;
}

export async function writeFile(
  path: unknown,
  content: string | Uint8Array,
  options?: { readonly mode?: number; readonly flag?: string } | string,
): Promise<void> {
  if (typeof content !== "string" && !(content instanceof Uint8Array)) handOver("a stream that is written to a file");
  const { mode, flag = "w" } = typeof options === "object" ? options : {};
  await using handle = await open(path, flag, mode);
  await handle.writeFile(content);
}
