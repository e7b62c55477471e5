/**
 * Unfinished uploads remembered in files, so that a push that was killed goes on when it is started again. One small file
 * for each upload, readable by its owner alone, since some addresses of uploads are signed.
 *
 * They are written at once: to have other threads do it would take longer than the rest of a small push.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { digestBytes } from "@teu/content/hash";
import { splitDigest } from "@teu/spec/digest";
import { TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import { isTeuError } from "@teu/std/error";
import { type FileLock, lockFile } from "@teu/std/file-lock";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import type { HeldSession, UploadSessions } from "./upload-sessions.ts";

/** The folder of the user's unfinished uploads, by `XDG_STATE_HOME`. */
export function uploadSessionFolder(
  env: Readonly<Record<string, string | undefined>>,
  home: string = homedir(),
): string {
  const state = env["XDG_STATE_HOME"];
  return join(state === undefined || state === "" ? join(home, ".local/state") : state, "teu/uploads");
}

const MAX_FILE_BYTES = 64 * 1024;
// Registries forget uploads sooner: Docker's after a week.
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
// Lock files cannot be removed while somebody may want them, so there are so many and no more.
const LOCKS = 256;
// Apart, since they are many, and the folder of the uploads is looked through.
const LOCK_FOLDER = "locks";

/** Remembers uploads in the files of a folder, which is made when the first one is. */
export class SessionFiles implements UploadSessions {
  readonly #folder: string;
  readonly #nowMs: () => number;
  #isReady = false;
  /** The key that was asked for last, and its name: it is often asked for twice. */
  #latest = { key: "", name: "" };

  constructor(folder: string, options: { readonly nowMs?: () => number } = {}) {
    this.#folder = folder;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  async knows(key: string): Promise<boolean> {
    return existsSync(this.#pathOf(this.#nameOf(key)));
  }

  async hold(key: string): Promise<HeldSession | undefined> {
    this.#prepare();
    const name = this.#nameOf(key);
    const slot = Number.parseInt(name.slice(0, 8), 16) % LOCKS;
    const lock = await this.#lock(join(this.#folder, LOCK_FOLDER, `${slot}`));
    if (lock === undefined) return undefined;
    const path = this.#pathOf(name);
    const temporary = join(this.#folder, `${TEMPORARY_PREFIX}${name}`);
    return new SessionFile({ path, temporary, key, lock, location: readLocation(path, key) });
  }

  #nameOf(key: string): string {
    if (this.#latest.key !== key)
      this.#latest = { key, name: splitDigest(digestBytes(new TextEncoder().encode(key))).encoded };
    return this.#latest.name;
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }

  async #lock(path: string): Promise<FileLock | undefined> {
    try {
      return await lockFile(path, { timeoutMs: 0 });
    } catch (error) {
      if (isTeuError(error, "ERR_LOCK_TIMEOUT")) return undefined;
      throw error;
    }
  }

  #prepare(): void {
    if (this.#isReady) return;
    mkdirSync(join(this.#folder, LOCK_FOLDER), { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#folder)) {
      if (!name.endsWith(".json") && !name.startsWith(TEMPORARY_PREFIX)) continue;
      const path = join(this.#folder, name);
      const facts = statSync(path, { throwIfNoEntry: false });
      if (facts !== undefined && this.#nowMs() - facts.mtimeMs > MAX_AGE_MS) rmSync(path, { force: true });
    }
    this.#isReady = true;
  }
}

interface SessionParts {
  readonly path: string;
  /** Who holds the lock is alone in writing it. */
  readonly temporary: string;
  readonly key: string;
  readonly lock: FileLock;
  readonly location: string | undefined;
}

class SessionFile implements HeldSession {
  readonly #parts: SessionParts;
  location: string | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.location = parts.location;
  }

  async save(location: string): Promise<void> {
    this.location = location;
    const { path, temporary, key } = this.#parts;
    writeFileSync(temporary, stringifyJson({ key, location }), { mode: 0o600 });
    renameSync(temporary, path);
  }

  async forget(): Promise<void> {
    this.location = undefined;
    rmSync(this.#parts.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.lock[Symbol.asyncDispose]();
  }
}

/** A file that is missing, damaged or of another upload holds nothing. */
function readLocation(path: string, key: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const json = parseJsonBytes(readFileSync(path), { maxLength: MAX_FILE_BYTES, maxDepth: 2 });
    return json.get("key").string() === key ? json.get("location").string() : undefined;
  } catch {
    return undefined;
  }
}
