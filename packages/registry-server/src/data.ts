/**
 * The data of a registry in a folder: `blobs`, `uploads` and `journal` of the storage, `metadata.db`, the key of the tokens,
 * and the lock that keeps other processes out.
 * @module
 */
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { TeuError, isTeuError } from "@teu/std/error";
import { createFileAtomic } from "@teu/std/atomic-file";
import { type FileLock, lockFile } from "@teu/std/file-lock";
import { makeTokenKey } from "./auth/tokens.ts";
import { type Rebuilt, rebuildMetadata } from "./collect/rebuild.ts";
import type { RegistryServerErrorCode } from "./errors.ts";
import { openSqlite } from "./metadata/sqlite.ts";
import { Registry, type RegistrySettings } from "./registry.ts";
import { fileDriver } from "./storage/file-driver.ts";

/** How to open the data. */
export interface DataOptions {
  readonly settings?: Partial<RegistrySettings>;
}

/** The data of a registry, which no other process has meanwhile. */
export interface RegistryData extends AsyncDisposable {
  readonly registry: Registry;
}

/**
 * Opens the data in `root`, which is made if it is not there.
 * @throws TeuError `ERR_REGISTRY_BUSY`, `ERR_REGISTRY_DATA`
 */
export async function openData(root: string, { settings = {} }: DataOptions = {}): Promise<RegistryData> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await lockData(root));
  const storage = cleanup.use(await fileDriver(root));
  const metadata = cleanup.use(openSqlite({ path: join(root, DATABASE), journal: storage }));
  const registry = new Registry({ storage, metadata, settings });
  await registry.uploads.clearStrays();
  const rest = cleanup.move();
  return { registry, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

const DATABASE = "metadata.db";
const LOCK_MS = 500;

async function lockData(root: string): Promise<FileLock> {
  await mkdir(root, { recursive: true, mode: 0o750 });
  try {
    return await lockFile(join(root, "lock"), { timeoutMs: LOCK_MS });
  } catch (error) {
    if (!isTeuError(error, "ERR_LOCK_TIMEOUT")) throw error;
    const message = `Opening registry data "${root}": it is in use by another process, expected none`;
    throw new TeuError<RegistryServerErrorCode>("ERR_REGISTRY_BUSY", message, {
      cause: error,
      hint: "A registry that is served collects by itself; stop it for other work on its data",
    });
  }
}

/**
 * Makes the metadata of the data in `root` anew. The old database stays beside it.
 * @throws TeuError `ERR_REGISTRY_BUSY`, `ERR_REGISTRY_DATA`
 */
export async function rebuildData(
  root: string,
  { leaseMs, signal }: { readonly leaseMs: number; readonly signal?: AbortSignal },
): Promise<Rebuilt> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await lockData(root));
  const storage = cleanup.use(await fileDriver(root));
  const stamp = Date.now();
  for (const suffix of ["", "-wal", "-shm"]) await setAside(join(root, DATABASE + suffix), stamp);
  const metadata = cleanup.use(openSqlite({ path: join(root, DATABASE) }));
  return await rebuildMetadata(storage, metadata, { lease: stamp + leaseMs, signal });
}

async function setAside(path: string, stamp: number): Promise<void> {
  try {
    await rename(path, `${path}.${stamp}`);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

/** The key that tokens of the registry in `root` are signed with, made at the first call. */
export async function readTokenKey(root: string): Promise<string> {
  const path = join(root, "token-key.pem");
  try {
    await createFileAtomic(path, makeTokenKey(), { mode: 0o600 });
  } catch (error) {
    if (!isTeuError(error, "ERR_FILE_EXISTS")) throw error;
  }
  return readFile(path, "utf8");
}
