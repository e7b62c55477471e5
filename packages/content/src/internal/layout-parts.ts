/**
 * Content that is on its way into a layout, in files that an interrupted put leaves behind and a later one goes on with,
 * in this process or another one.
 *
 * A part that nobody works on has the name of its content. Who works on it renames it to carry the name of its session,
 * which only one can succeed in. A session holds a lock while it lives; the parts of a dead one may be taken.
 * @module
 */
import { open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "@teu/spec/digest";
import { isTeuError } from "@teu/std/error";
import { type FileLock, lockFile } from "@teu/std/file-lock";
import { isAbsent } from "./confined-file.ts";
import { PRIVATE_FOLDER } from "./layout-locks.ts";
import { makeFolder } from "./make-folder.ts";

/** A part that a session works on. */
export interface Part {
  readonly path: string;
  /** How many bytes are in it. */
  readonly size: number;
}

/** The parts of a layout as one store works on them. */
export class LayoutParts {
  readonly #folder: string;
  readonly #sessions: string;
  #knownId: string | undefined;
  #session: Promise<FileLock> | undefined;
  readonly #mine = new Map<Digest, "kept" | "busy">();

  constructor(layout: string) {
    this.#folder = join(layout, PRIVATE_FOLDER, "parts");
    this.#sessions = join(layout, PRIVATE_FOLDER, "sessions");
  }

  /** The folders with parts and sessions, which may be removed when they are empty and nobody writes. */
  get folders(): readonly string[] {
    return [this.#folder, this.#sessions];
  }

  /** How many bytes of some content are here, which are then kept for this store. */
  async reserve(digest: Digest): Promise<number> {
    if (this.#mine.get(digest) === "busy") return 0;
    const size = (await this.#take(digest)) ?? 0;
    if (size > 0) this.#mine.set(digest, "kept");
    return size;
  }

  /** Begins work on the part of some content, which is made if there is none; nothing if it is worked on already. */
  async begin(digest: Digest): Promise<Part | undefined> {
    if (this.#mine.get(digest) === "busy") return undefined;
    this.#mine.set(digest, "busy");
    try {
      await this.#open();
      const path = this.#pathOf(digest);
      const size = (await this.#take(digest)) ?? 0;
      if (size === 0) await (await open(path, "w")).close();
      return { path, size };
    } catch (error) {
      this.#mine.delete(digest);
      throw error;
    }
  }

  /** Ends work on a part: it is left for whoever comes, or is gone already. */
  async end(digest: Digest): Promise<void> {
    await renameIfThere(this.#pathOf(digest), this.#freePathOf(digest));
    this.#mine.delete(digest);
  }

  /** Ends work on a part and removes it. */
  async drop(digest: Digest): Promise<void> {
    await rm(this.#pathOf(digest), { force: true });
    this.#mine.delete(digest);
  }

  /** Ends the session and leaves its parts for others. */
  async close(): Promise<void> {
    for (const digest of this.#mine.keys()) await this.end(digest);
    const session = await this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    await rm(session.path, { force: true });
    await session[Symbol.asyncDispose]();
  }

  /** Removes parts of no living session that are older than `olderThanMs`, a time since 1970. Answers how many bytes. */
  async sweep(olderThanMs: number): Promise<number> {
    let bytes = 0;
    for (const name of await listIfThere(this.#folder)) {
      const path = join(this.#folder, name);
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined || stats.mtimeMs >= olderThanMs || !(await this.#isFree(name))) continue;
      await unlink(path);
      bytes += stats.size;
    }
    return bytes;
  }

  async #open(): Promise<void> {
    this.#session ??= this.#lockSession();
    await this.#session;
  }

  async #lockSession(): Promise<FileLock> {
    makeFolder(this.#folder);
    makeFolder(this.#sessions);
    return await lockFile(join(this.#sessions, this.#id), { timeoutMs: 0 });
  }

  /** Takes the part of some content if it is free; answers its size. */
  async #take(digest: Digest): Promise<number | undefined> {
    const path = this.#pathOf(digest);
    const own = await sizeIfThere(path);
    if (own !== undefined) return own;
    const free = await this.#findFree(digest);
    if (free === undefined) return undefined;
    await this.#open();
    return (await renameIfThere(join(this.#folder, free), path)) ? await sizeIfThere(path) : undefined;
  }

  async #findFree(digest: Digest): Promise<string | undefined> {
    const key = keyOf(digest);
    for (const name of await listIfThere(this.#folder)) {
      if ((name === key || name.startsWith(`${key}.`)) && (await this.#isFree(name))) return name;
    }
    return undefined;
  }

  /** Tells whether nobody works on a part. */
  async #isFree(name: string): Promise<boolean> {
    const session = /\.([0-9a-f]{16})$/.exec(name)?.[1];
    if (session === undefined) return true;
    if (session === this.#id) return false;
    const path = join(this.#sessions, session);
    if ((await sizeIfThere(path)) === undefined) return true;
    return await isUnlocked(path);
  }

  /** Names the session. Most that open a layout begin none, so what makes the name is loaded with the first. */
  get #id(): string {
    return (this.#knownId ??= process.getBuiltinModule("node:crypto").randomBytes(8).toString("hex"));
  }

  #pathOf(digest: Digest): string {
    return join(this.#folder, `${keyOf(digest)}.${this.#id}`);
  }

  #freePathOf(digest: Digest): string {
    return join(this.#folder, keyOf(digest));
  }
}

// No colon, which some file systems do not take. The encoded part has no dot, so the name of a session stands apart.
function keyOf(digest: Digest): string {
  return digest.replace(":", "-");
}

/** Tells whether the session whose lock this is has died; then the lock's file goes too. */
async function isUnlocked(path: string): Promise<boolean> {
  try {
    await using _lock = await lockFile(path, { timeoutMs: 0 });
    await rm(path, { force: true });
    return true;
  } catch (error) {
    if (isTeuError(error, "ERR_LOCK_TIMEOUT")) return false;
    throw error;
  }
}

async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function listIfThere(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
