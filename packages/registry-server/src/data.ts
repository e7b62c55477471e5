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
import { type RebuildOptions, type Rebuilt, rebuildMetadata } from "./collect/rebuild.ts";
import type { RegistryServerErrorCode } from "./errors.ts";
import { openSqlite } from "./metadata/sqlite.ts";
import { Registry, type RegistrySettings } from "./registry.ts";
import type { Metadata } from "./metadata/metadata.ts";
import type { StorageDriver } from "./storage/driver.ts";
import { fileDriver } from "./storage/file-driver.ts";
import type { S3DriverOptions } from "./storage/s3/s3-driver.ts";

/** How to open the data. */
export interface DataOptions {
  readonly settings?: Partial<RegistrySettings>;
  /** A bucket for the blobs. Default: the folder. */
  readonly s3?: S3DriverOptions | undefined;
  /** Address of a PostgreSQL database for everything else. Default: SQLite in the folder. */
  readonly database?: string | undefined;
}

/** The data of a registry, which no other process has meanwhile. */
export interface RegistryData extends AsyncDisposable {
  readonly registry: Registry;
}

/**
 * Opens the data in `root`, which is made if it is not there.
 * @throws TeuError `ERR_REGISTRY_BUSY`, `ERR_REGISTRY_DATA`
 */
export async function openData(root: string, options: DataOptions = {}): Promise<RegistryData> {
  await using cleanup = new AsyncDisposableStack();
  const { settings = {} } = options;
  const parts = await openParts(root, options, cleanup);
  const registry = new Registry({ ...parts, settings });
  await registry.uploads.clearStrays();
  const rest = cleanup.move();
  return { registry, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Whatever several nodes may share has no lock of its own: only the folder has. */
async function openParts(
  root: string,
  { s3, database }: DataOptions,
  cleanup: AsyncDisposableStack,
): Promise<{ readonly storage: StorageDriver; readonly metadata: Metadata }> {
  const files = s3 === undefined || database === undefined;
  if (files) cleanup.use(await lockData(root));
  const folder = files ? cleanup.use(await fileDriver(root)) : undefined;
  const storage = s3 === undefined ? folder : cleanup.use((await import("./storage/s3/s3-driver.ts")).s3Driver(s3));
  if (storage === undefined) throw new Error("Opening registry data: no storage, expected one");
  if (database === undefined) {
    const path = join(root, DATABASE);
    return { storage, metadata: cleanup.use(openSqlite({ path, journal: folder })) };
  }
  const { openPostgres } = await import("./metadata/postgres.ts");
  return { storage, metadata: cleanup.use(await openPostgres({ url: database, journal: storage })) };
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
  { leaseMs, signal, s3, database }: DataOptions & { readonly leaseMs: number; readonly signal?: AbortSignal },
): Promise<Rebuilt> {
  await using cleanup = new AsyncDisposableStack();
  const stamp = Date.now();
  if (database !== undefined) return await rebuildDatabase(root, { s3, database }, { lease: stamp + leaseMs, signal });
  cleanup.use(await lockData(root));
  const folder = cleanup.use(await fileDriver(root));
  const bucket = s3 === undefined ? undefined : cleanup.use((await import("./storage/s3/s3-driver.ts")).s3Driver(s3));
  const storage = bucket ?? folder;
  for (const suffix of ["", "-wal", "-shm"]) await setAside(join(root, DATABASE + suffix), stamp);
  const metadata = cleanup.use(openSqlite({ path: join(root, DATABASE) }));
  return await rebuildMetadata({ journal: folder, storage }, metadata, { lease: stamp + leaseMs, signal });
}

/** A database has to be empty: what is in it is not ours to throw away. */
async function rebuildDatabase(
  root: string,
  { s3, database = "" }: DataOptions,
  options: RebuildOptions,
): Promise<Rebuilt> {
  await using cleanup = new AsyncDisposableStack();
  if (s3 === undefined) cleanup.use(await lockData(root));
  const storage = cleanup.use(
    s3 === undefined ? await fileDriver(root) : (await import("./storage/s3/s3-driver.ts")).s3Driver(s3),
  );
  const { openPostgres } = await import("./metadata/postgres.ts");
  const metadata = cleanup.use(await openPostgres({ url: database }));
  if ((await metadata.repositories({ limit: 1 })).length > 0) {
    const message = "Making registry metadata anew: the database has repositories, expected an empty one";
    throw new TeuError<RegistryServerErrorCode>("ERR_REGISTRY_DATA", message);
  }
  return await rebuildMetadata({ journal: storage, storage }, metadata, options);
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
  await mkdir(root, { recursive: true, mode: 0o750 });
  try {
    await createFileAtomic(path, makeTokenKey(), { mode: 0o600 });
  } catch (error) {
    if (!isTeuError(error, "ERR_FILE_EXISTS")) throw error;
  }
  return readFile(path, "utf8");
}
