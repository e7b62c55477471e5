/**
 * What is known of the files of an application: their digests, by what `lstat` said when they were computed. A file that
 * looks the same is not read again, as git's index has it. A file that was changed so lately that a later change might
 * look the same is not remembered.
 * @module
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, type Stats } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { explainCache } from "./cache-error.ts";

const HEADER = "teu file index 1\n";
// Coarser than the clock of any local file system.
const RACY_MS = 50;
const BUFFER_BYTES = 1024 * 1024;

interface Known {
  readonly stamp: string;
  readonly digest: string;
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
  readonly #old: ReadonlyMap<string, Known>;
  readonly #new = new Map<string, Known>();
  #isChanged = false;
  #buffer: Buffer | undefined;

  private constructor(path: string, root: string, nowMs: number) {
    this.#path = path;
    this.#root = root;
    this.#startMs = nowMs;
    this.#old = read(path);
  }

  /** Opens what the cache knows of a folder; nothing if it is new or the record is damaged. */
  static open(cache: string, root: string, nowMs: number): FileIndex {
    const name = createHash("sha256").update(root).digest("hex").slice(0, 32);
    return new FileIndex(join(cache, "files", name), root, nowMs);
  }

  /** The sha256 of a file in hex, read only if it looks other than before. @throws TeuError `ERR_BUILD_SOURCE` */
  digestOf(path: string, stats: Stats): string {
    const stamp = `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino} ${stats.dev}`;
    const known = this.#old.get(path);
    const isKnown = known?.stamp === stamp;
    const digest = isKnown ? known.digest : this.#hash(path);
    if (!isKnown) this.#isChanged = true;
    const isSettled = Math.max(stats.mtimeMs, stats.ctimeMs) < this.#startMs - RACY_MS;
    if (isKnown || isSettled) this.#new.set(path, isKnown ? known : { stamp, digest });
    return digest;
  }

  /** The same index for a folder within: paths are then relative to that. */
  below(folder: string): FileDigests {
    return { digestOf: (path, stats) => this.digestOf(`${folder}/${path}`, stats) };
  }

  #hash(path: string): string {
    this.#buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
    const hash = createHash("sha256");
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
    return hash.digest("hex");
  }

  /** Keeps what was learnt. @throws TeuError `ERR_BUILD_CACHE` */
  async save(): Promise<void> {
    if (!this.#isChanged && this.#new.size === this.#old.size) return;
    const lines = [...this.#new].map(([path, { stamp, digest }]) => `${digest} ${stamp}\0${path}\0`);
    await explainCache(this.#path, async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFileAtomic(this.#path, `${HEADER}${lines.join("")}`, { durable: false });
    });
  }
}

function read(path: string): ReadonlyMap<string, Known> {
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
