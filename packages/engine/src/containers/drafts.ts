/**
 * Containers that are half made or half removed: notes of those that are being made, and an end to those whose maker or
 * remover was killed.
 * @module
 */
import { lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import { readRecord, writeRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import { type VolumeUse, RECORD, containerFolders, freeName, readTextIfThere, takeName } from "./record.ts";
import { isAlive, startOfProcess } from "./status.ts";
import { removeAnonymous } from "./volumes.ts";

const DRAFT = "draft.json";
/** How long a folder may be without any note of whose it is. */
const BARE_MS = 10_000;

interface Draft {
  readonly pid: number;
  readonly start: string;
  readonly name: string;
  readonly volumes: readonly VolumeUse[];
}

/** Begins a container: takes its name, and notes who makes it. @throws TeuError `ERR_CONTAINER_NAME` */
export function beginContainer(engine: Engine, id: string, name: string): void {
  const { home, bundle } = containerFolders(engine.folders, id);
  mkdirSync(bundle, { recursive: true, mode: 0o711 });
  noteDraft(engine, id, { name, volumes: [] });
  try {
    takeName(engine.folders, name, id);
  } catch (error) {
    const isFree = error instanceof TeuError && sweepDrafts(engine).includes(name);
    if (!isFree) rmSync(home, { recursive: true, force: true });
    if (!isFree) throw error;
    takeName(engine.folders, name, id);
  }
}

/** Notes what is made along with a container, so that it goes with it after a crash. */
export function noteDraft({ folders }: Engine, id: string, parts: Pick<Draft, "name" | "volumes">): void {
  const draft: Draft = { pid: process.pid, start: startOfProcess(process.pid), ...parts };
  writeRecord(join(containerFolders(folders, id).home, DRAFT), draft);
}

/** The container is complete. */
export function endDraft({ folders }: Engine, id: string): void {
  rmSync(join(containerFolders(folders, id).home, DRAFT), { force: true });
}

/** Removes what nobody goes on with; the names that are free again. */
export function sweepDrafts({ folders }: Engine): string[] {
  const freed: string[] = [];
  for (const id of idsOf(folders)) {
    const { home, run } = containerFolders(folders, id);
    const draft = readRecord<Draft>(join(home, DRAFT));
    if (!isAbandoned(home, draft)) continue;
    if (draft !== undefined) {
      freeName(folders, draft.name, id);
      removeAnonymous(folders, draft.volumes);
      freed.push(draft.name);
    }
    for (const path of [run, home]) rmSync(path, { recursive: true, force: true });
  }
  return freed;
}

function idsOf({ containers }: EngineFolders): string[] {
  try {
    return readdirSync(containers).filter((name) => /^[0-9a-f]{64}$/.test(name));
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
