/**
 * What is known of the files of an application: their digests, by what `lstat` said when they were computed. A file that
 * looks the same is not read again, as git's index has it. A file that was changed so lately that a later change might
 * look the same is not remembered.
 * @module
 */
import { closeSync, openSync, readFileSync, readSync, type Stats } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { explainCache } from "./cache-error.ts";
import { sha256 } from "./sha256.ts";

const HEADER = "teu file index 1\n";
// Coarser than the clock of any local file system.
const RACY_MS = 50;
const BUFFER_BYTES = 256 * 1024;
const LINES_BYTES = 64 * 1024;

interface Known {
  readonly stamp: string;
  readonly digest: string;
  /** What to do with it in the end: `seen` is kept, and the others are not: no longer there, or changed just now. */
  state: "old" | "seen" | "fresh";
}

/** Tells the digests of files. */
export interface FileDigests {
  /** The sha256 of a file in hex. @throws TeuError `ERR_BUILD_SOURCE` */
  digestOf(path: string, stats: Stats): string;
}

/** The digests of the files below one folder. */
export class FileIndex implements FileDigests {
  readonly #path: string;
  readonly #root: string;
  readonly #startMs: number;
  readonly #known: Map<string, Known>;
  #isChanged = false;
  #buffer: Buffer | undefined;

  private constructor(path: string, root: string, nowMs: number) {
    this.#path = path;
    this.#root = root;
    this.#startMs = nowMs;
    this.#known = read(path);
  }

  /** Opens what the cache knows of a folder; nothing if it is new or the record is damaged. */
  static open(cache: string, root: string, nowMs: number): FileIndex {
    const name = sha256().update(root).hex().slice(0, 32);
    return new FileIndex(join(cache, "files", name), root, nowMs);
  }

  /** The sha256 of a file in hex, read only if it looks other than before. @throws TeuError `ERR_BUILD_SOURCE` */
  digestOf(path: string, stats: Stats): string {
    const stamp = `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino} ${stats.dev}`;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) {
      if (known.state === "old") known.state = "seen";
      return known.digest;
    }
    const digest = this.#hash(path);
    this.#isChanged = true;
    const isSettled = Math.max(stats.mtimeMs, stats.ctimeMs) < this.#startMs - RACY_MS;
    this.#known.set(path, { stamp, digest, state: isSettled ? "seen" : "fresh" });
    return digest;
  }

  /** The same index for a folder within: paths are then relative to that. */
  below(folder: string): FileDigests {
    return { digestOf: (path, stats) => this.digestOf(`${folder}/${path}`, stats) };
  }

  #hash(path: string): string {
    this.#buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
    const hash = sha256();
    try {
      const file = openSync(join(this.#root, path), "r");
      try {
        for (let length = -1; length !== 0;) {
          length = readSync(file, this.#buffer, 0, BUFFER_BYTES, null);
          hash.update(this.#buffer.subarray(0, length));
        }
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw unreadableFile(path, error);
    }
    return hash.hex();
  }

  /** Keeps what was learnt, and forgets it here. @throws TeuError `ERR_BUILD_CACHE` */
  async close(): Promise<void> {
    await this.#save();
    this.#known.clear();
    this.#buffer = undefined;
  }

  async #save(): Promise<void> {
    if (!this.#isChanged && this.#known.values().every(({ state }) => state === "seen")) return;
    await explainCache(this.#path, async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFileAtomic(this.#path, this.#lines(), { durable: false });
    });
  }

  async *#lines(): AsyncGenerator<Uint8Array> {
    let lines = HEADER;
    for (const [path, { stamp, digest, state }] of this.#known) {
      if (state === "seen") lines += `${digest} ${stamp}\0${path}\0`;
      if (lines.length < LINES_BYTES) continue;
      yield Buffer.from(lines);
      lines = "";
    }
    yield Buffer.from(lines);
  }
}

function read(path: string): Map<string, Known> {
  const known = new Map<string, Known>();
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch {
    return known;
  }
  if (!source.startsWith(HEADER)) return known;
  for (let at = HEADER.length; at < source.length;) {
    const middle = source.indexOf("\0", at);
    const end = source.indexOf("\0", middle + 1);
    if (middle < 0 || end < 0) return known;
    known.set(source.slice(middle + 1, end), {
      digest: source.slice(at, at + 64),
      stamp: source.slice(at + 65, middle),
      state: "old",
    });
    at = end + 1;
  }
  return known;
}

/** A file of the application that cannot be read. */
export function unreadableFile(path: string, cause: unknown): TeuError<BuildErrorCode> {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new TeuError("ERR_BUILD_SOURCE", `Reading "${path}" of the application: ${reason}, expected a readable file`, {
    cause,
  });
}
