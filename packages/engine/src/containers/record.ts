/**
 * A container as it is kept on disk: what was decided when it was made never changes.
 * @module
 */
import { readFileSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { type FileLock, lockFile } from "@teu/std/file-lock";
import { TeuError } from "@teu/std/error";
import type { ContainerOptions } from "../config/options.ts";
import type { EngineErrorCode } from "../errors.ts";
import { readRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";

/** A volume of a container. */
export interface VolumeUse {
  readonly name: string;
  readonly target: string;
  /** Whether it was made for this container, and goes with it. */
  readonly anonymous: boolean;
}

/** Why a health check is run, and how. */
export interface HealthRecord {
  /** The words that are run in the container. */
  readonly words: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly startIntervalMs: number;
  readonly retries: number;
}

/** How the root file system of a container is put together. */
export type SnapshotKind = "overlay" | "fuse-overlayfs" | "copy";

/** A container. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** Name of the image, in full. */
  readonly image: string;
  readonly imageRoot: string;
  readonly imageManifest: string;
  readonly imageConfig: string;
  /** RFC 3339. */
  readonly created: string;
  /** The words of its program. */
  readonly args: readonly string[];
  readonly hostname: string;
  readonly stopSignal: string;
  readonly stopTimeoutSeconds: number;
  readonly health?: HealthRecord;
  readonly volumes: readonly VolumeUse[];
  readonly layers: readonly string[];
  readonly snapshot: SnapshotKind;
  readonly options: ContainerOptions;
}

/** The folders of one container. */
export interface ContainerFolders {
  /** What outlasts a boot. */
  readonly home: string;
  readonly bundle: string;
  readonly merged: string;
  /** What the container wrote. */
  readonly upper: string;
  readonly work: string;
  readonly log: string;
  readonly exit: string;
  /** There once it was started. */
  readonly started: string;
  /** There while a person wants it not to run. */
  readonly stopped: string;
  /** What holds while it runs. */
  readonly run: string;
}

/** The folders of the container `id`. */
export function containerFolders({ containers, run }: EngineFolders, id: string): ContainerFolders {
  const home = join(containers, id);
  return {
    home,
    bundle: join(home, "bundle"),
    merged: join(home, "merged"),
    upper: join(home, "upper"),
    work: join(home, "work"),
    log: join(home, "log"),
    exit: join(home, "exit.json"),
    started: join(home, "started"),
    stopped: join(home, "stopped"),
    run: join(run, id),
  };
}

/** Name of the file with the record, in the container's folder. */
export const RECORD = "container.json";

/** All containers, the newest first. Those that are just being made or removed are left out. */
export function listContainers(folders: EngineFolders): ContainerRecord[] {
  const records = ids(folders).flatMap((id) => readContainer(folders, id) ?? []);
  return records.sort((a, b) => (a.created < b.created ? 1 : -1));
}

function ids({ containers }: EngineFolders): string[] {
  try {
    return readdirSync(containers).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch {
    return [];
  }
}

/** The container of a whole id. */
export function readContainer(folders: EngineFolders, id: string): ContainerRecord | undefined {
  return readRecord(join(folders.containers, id, RECORD));
}

/** The container that a name, an id or the beginning of one means. @throws TeuError `ERR_CONTAINER_UNKNOWN` */
export function findContainer(folders: EngineFolders, text: string): ContainerRecord {
  const named = idOfName(folders, text);
  const byName = named === undefined ? undefined : readContainer(folders, named);
  if (byName !== undefined) return byName;
  const found = /^[0-9a-f]{1,64}$/.test(text) ? ids(folders).filter((id) => id.startsWith(text)) : [];
  const record = found.length === 1 ? readContainer(folders, found[0] ?? "") : undefined;
  if (record !== undefined) return record;
  const what = found.length > 1 ? `${found.length} ids begin so, expected one` : "there is no such container";
  throw new TeuError<EngineErrorCode>("ERR_CONTAINER_UNKNOWN", `Finding container "${text}": ${what}`, {
    hint: "teu ps --all lists them",
  });
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

function idOfName({ names }: EngineFolders, name: string): string | undefined {
  if (!NAME.test(name)) return undefined;
  try {
    return readlinkSync(join(names, name));
  } catch {
    return undefined;
  }
}

/** Takes a name for a container. @throws TeuError `ERR_CONTAINER_NAME` */
export function takeName(folders: EngineFolders, name: string, id: string): void {
  if (!NAME.test(name)) {
    const message = `Naming a container "${name}": expected letters, digits, _, . and -, with a letter or digit first`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_NAME", message);
  }
  try {
    symlinkSync(id, join(folders.names, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = idOfName(folders, name)?.slice(0, 12) ?? "another";
    const message = `Naming a container "${name}": the container ${holder} has that name, expected a free one`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_NAME", message, {
      hint: `teu rm ${name} removes that container, or choose another name`,
    });
  }
}

/** Gives a name back, if it is that container's. */
export function freeName(folders: EngineFolders, name: string, id: string): void {
  if (idOfName(folders, name) === id) unlinkSync(join(folders.names, name));
}

const LEFT =
  "amber bold brisk calm clever coral crisp eager early fair gentle grand green happy keen kind lively lucky merry mild noble plain proud quick quiet rapid ready sharp shiny silent silver smart solid spry steady still sunny swift tidy vivid warm wise".split(
    " ",
  );
const RIGHT =
  "anchor barge beacon berth bosun bridge buoy cargo clipper compass crane deck dock ferry fjord galley gangway harbour hatch hawser helm hold jetty keel lagoon lantern mast mooring oar pier pilot port quay rigging rudder sail schooner sextant shoal skipper slipway tide tiller trawler tug wharf winch".split(
    " ",
  );

/** A name for a container that was given none. */
export function randomName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? "";
  return `${pick(LEFT)}-${pick(RIGHT)}-${Math.floor(random() * 10_000)}`;
}

/** Waits until nobody else changes the container. */
export async function lockContainer(folders: EngineFolders, id: string, signal?: AbortSignal): Promise<FileLock> {
  return await lockFile(join(folders.containers, id, "lock"), { signal });
}

/** The text of a file; nothing where there is none. */
export function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
