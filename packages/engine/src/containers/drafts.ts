/**
 * Containers that are half made or half removed: notes of those, and an end to what a killed process left of one.
 *
 * A folder that is being made or removed is named after the process that does it. It takes the name of its container when it
 * says whose it is, and gives that name up first of all when it goes.
 * @module
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import { readRecord, writeRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import {
  type ContainerRecord,
  type VolumeUse,
  RECORD,
  containerFolders,
  freeName,
  readTextIfThere,
  takeName,
} from "./record.ts";
import { isAlive, isKnownToRuntime, startOfProcess } from "./status.ts";
import { removeAnonymous } from "./volumes.ts";

const DRAFT = "draft.json";
const ID = /^[0-9a-f]{64}$/;
const WORKED_ON = /^\.([0-9]+)-([0-9]+)-([0-9a-f]{64})$/;
/** How long a folder may be without any note of whose it is. */
const BARE_MS = 10_000;

/** What goes with a container that is not complete. */
type Parts = Pick<Draft, "name" | "volumes">;

interface Draft {
  readonly pid: number;
  readonly start: string;
  readonly name: string;
  readonly volumes: readonly VolumeUse[];
}

/** Begins a container: takes its name, and notes who makes it. @throws TeuError `ERR_CONTAINER_NAME` */
export async function beginContainer(engine: Engine, id: string, name: string): Promise<void> {
  const { home } = containerFolders(engine.folders, id);
  const place = workedOn(engine.folders, id);
  mkdirSync(join(place, "bundle"), { recursive: true, mode: 0o711 });
  writeRecord(join(place, DRAFT), draftOf({ name, volumes: [] }));
  renameSync(place, home);
  try {
    takeName(engine.folders, name, id);
  } catch (error) {
    const isFree = error instanceof TeuError && (await sweepDrafts(engine)).includes(name);
    if (!isFree) rmSync(home, { recursive: true, force: true });
    if (!isFree) throw error;
    takeName(engine.folders, name, id);
  }
}

/** Notes what is made along with a container, so that it goes with it after a crash. */
export function noteDraft({ folders }: Engine, id: string, parts: Parts): void {
  writeRecord(join(containerFolders(folders, id).home, DRAFT), draftOf(parts));
}

/** The container is complete. */
export function endDraft({ folders }: Engine, id: string): void {
  rmSync(join(containerFolders(folders, id).home, DRAFT), { force: true });
}

/** Removes a container that has ended, with its name and the volumes that were made for it and are given. */
export async function discardContainer(engine: Engine, id: string, parts: Parts): Promise<void> {
  const place = workedOn(engine.folders, id);
  try {
    noteDraft(engine, id, parts);
    // From here on the container is gone, whatever else a crash may leave of it.
    renameSync(containerFolders(engine.folders, id).home, place);
  } catch (error) {
    // Somebody else may remove it at the same time, but need not be told to remove as much.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await removeParts(engine, { id, place, parts });
}

/** Removes what nobody goes on with; the names that are free again. */
export async function sweepDrafts(engine: Engine): Promise<string[]> {
  const freed: string[] = [];
  for (const left of abandoned(engine.folders)) {
    await removeParts(engine, left);
    if (left.parts !== undefined) freed.push(left.parts.name);
  }
  return freed;
}

interface Left {
  readonly id: string;
  /** Its folder. */
  readonly place: string;
  readonly parts: Parts | undefined;
}

async function removeParts(engine: Engine, { id, place, parts }: Left): Promise<void> {
  await forgetByRuntime(engine, readRecord<ContainerRecord>(join(place, RECORD)));
  if (parts !== undefined) {
    freeName(engine.folders, parts.name, id);
    removeAnonymous(engine.folders, parts.volumes);
  }
  for (const path of [containerFolders(engine.folders, id).run, place]) {
    try {
      removeFolder(path);
    } catch {
      // Files of other users of the user namespace, and folders that shut their owner out.
      const { removeAll } = await import("./remove-all.ts");
      await removeAll(engine, path);
    }
  }
}

const ATTEMPTS = 100;

// A file that goes while the folder is removed, as those of a monitor that ends do, counts as the folder's own end to Node.
function removeFolder(path: string): void {
  for (let attempt = 0; attempt < ATTEMPTS && existsSync(path); attempt += 1)
    rmSync(path, { recursive: true, force: true });
}

// A container leaves before its runtime has removed what it keeps of it, and its monitor may have been killed then.
async function forgetByRuntime(engine: Engine, record: ContainerRecord | undefined): Promise<void> {
  if (record === undefined || !isKnownToRuntime(engine, record)) return;
  const { runRuntime } = await import("./runtime-call.ts");
  await runRuntime(engine, record, ["delete", "--force", record.id]).catch(() => undefined);
}

function draftOf(parts: Parts): Draft {
  return { pid: process.pid, start: startOfProcess(process.pid), ...parts };
}

function workedOn({ containers }: EngineFolders, id: string): string {
  return join(containers, `.${process.pid}-${startOfProcess(process.pid)}-${id}`);
}

function* abandoned({ containers }: EngineFolders): Generator<Left> {
  for (const name of namesIn(containers)) {
    const place = join(containers, name);
    const [, pid, start = "", id = ID.exec(name)?.[0]] = WORKED_ON.exec(name) ?? [];
    if (id === undefined) continue;
    const draft = readRecord<Draft>(join(place, DRAFT));
    const isLeft = pid === undefined ? isAbandoned(place, draft) : !isAlive(Number(pid), start);
    if (isLeft) yield { id, place, parts: draft };
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAbandoned(home: string, draft: Draft | undefined): boolean {
  if (readTextIfThere(join(home, RECORD)) !== undefined) return false;
  if (draft !== undefined) return !isAlive(draft.pid, draft.start);
  const stat = lstatSync(home, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > BARE_MS;
}
