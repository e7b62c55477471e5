/**
 * Folders that appear whole or not at all: made under another name beside their place, where nobody else can enter.
 * A process that is killed leaves its folder behind; the next one that makes a folder at the same place takes it away. A
 * lock tells whose maker is at work, and the kernel frees it when that dies.
 * @module
 */
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { LayerErrorCode } from "./errors.ts";
import { removeTree } from "./remove-tree.ts";

/** A folder in the making. */
export interface StagedFolder extends AsyncDisposable {
  /** Where it is for now. */
  readonly path: string;
  /** Gives it its name. */
  commit(): Promise<void>;
}

const LOCK_ENDING = ".lock";
// A maker takes its lock at once, but not in the same moment in which it makes the folder.
const YOUNG_MS = 60_000;

/**
 * Makes an empty folder beside `target`, to take its name when it is complete. Disposed of before, it is removed.
 * @throws TeuError `ERR_TARGET_EXISTS`
 */
export async function stageFolder(target: string): Promise<StagedFolder> {
  await checkAbsent(target);
  const staged = await stageBeside(target);
  return {
    ...staged,
    commit: async () => {
      await checkAbsent(target);
      await moveFolder(staged.path, target);
    },
  };
}

/** Makes an empty folder beside `target`, for who moves it, or what is in it, there. Disposed of, it is removed. */
export async function stageBeside(target: string): Promise<Omit<StagedFolder, "commit">> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await sweepFolders(parent);
  // The outer folder keeps others out whatever permissions the tree gives itself.
  const outer = join(parent, TEMPORARY_PREFIX + randomBytes(12).toString("hex"));
  await mkdir(outer, { mode: 0o700 });
  const path = join(outer, basename(target));
  await using cleanup = new AsyncDisposableStack();
  const lock = cleanup.use(await tryLock(path + LOCK_ENDING));
  cleanup.defer(() => removeTree(outer));
  // Without a lock it is nobody's to sweep away.
  if (lock === undefined) await rm(path + LOCK_ENDING, { force: true });
  await mkdir(path, { mode: 0o700 });
  const staged = cleanup.move();
  return { path, [Symbol.asyncDispose]: () => staged.disposeAsync() };
}

/**
 * Removes the folders in `parent` that makers left behind which are no more. What belongs to others, is young or is in
 * doubt stays, and a failure is none: the next maker tries again.
 */
export async function sweepFolders(parent: string, nowMs: number = Date.now()): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    if (name.startsWith(TEMPORARY_PREFIX)) await sweep(join(parent, name), nowMs).catch(() => {});
  }
}

async function sweep(outer: string, nowMs: number): Promise<void> {
  const stat = await lstat(outer);
  const isOurs = stat.isDirectory() && stat.uid === process.geteuid?.() && (stat.mode & 0o777) === 0o700;
  if (!isOurs || nowMs - stat.mtimeMs < YOUNG_MS) return;
  const locked = (await readdir(outer)).find((name) => name.endsWith(LOCK_ENDING));
  if (locked === undefined || !(await lstat(join(outer, locked))).isFile()) return;
  await using lock = await tryLock(join(outer, locked));
  if (lock !== undefined) await removeTree(outer);
}

/** Locks a file; nothing where others hold it, or where the file system has no locks. */
async function tryLock(path: string): Promise<AsyncDisposable | undefined> {
  const { lockFile } = await import("@teu/std/file-lock");
  return await lockFile(path, { timeoutMs: 0 }).catch(() => undefined);
}

/** Renames a folder, also one that forbids its owner to write: its parent is part of it, so the kernel asks for that. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    const { mode } = await lstat(from);
    await chmod(from, 0o700);
    await rename(from, to);
    await chmod(to, mode);
  }
}

async function checkAbsent(target: string): Promise<void> {
  const found = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found === undefined) return;
  const message = `Unpacking into ${JSON.stringify(target)}: something is there, expected nothing`;
  throw new TeuError<LayerErrorCode>("ERR_TARGET_EXISTS", message, { hint: "Name a folder that does not exist yet" });
}
