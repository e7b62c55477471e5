/**
 * Copies files out of containers and into them. A container that runs is frozen meanwhile, so that it cannot lead the copy
 * astray by changing links under it.
 * @module
 */
import { existsSync, lstatSync, statSync } from "node:fs";
import { cp, lchown, lstat, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { copyAttributes } from "./copy-attributes.ts";
import { resolveInside } from "./inside.ts";
import { openRoot } from "./mounted-root.ts";
import type { ContainerRecord } from "./record.ts";
import { runRuntime } from "./runtime-call.ts";
import { statusOf } from "./status.ts";

/** A copy, with a path of the host and one of the container. */
export interface CopyOptions {
  readonly direction: "out" | "in";
  readonly hostPath: string;
  readonly containerPath: string;
  /** Keeps owners. */
  readonly archive: boolean;
}

/** Copies. @throws TeuError `ERR_PATH_IN_CONTAINER` */
export async function copyFiles(engine: Engine, record: ContainerRecord, options: CopyOptions): Promise<void> {
  await using frozen = new AsyncDisposableStack();
  if (statusOf(engine.folders, record.id).status === "running") {
    await runRuntime(engine, record, ["pause", record.id]);
    frozen.defer(async () => void (await runRuntime(engine, record, ["resume", record.id])));
  }
  await using root = await openRoot(engine, record);
  const inside = resolveInside(root.path, options.containerPath);
  if (inside === undefined) throw wrongPath(record, options.containerPath, "its links go in circles");
  const isOut = options.direction === "out";
  const from = isOut ? inside : options.hostPath;
  if (!existsSync(from) && lstatSync(from, { throwIfNoEntry: false }) === undefined)
    throw isOut ? wrongPath(record, options.containerPath, "it is not there") : hostMissing(options.hostPath);
  const to = targetOf(from, isOut ? options.hostPath : inside, isOut ? options.hostPath : options.containerPath);
  if (to === undefined)
    throw isOut
      ? hostMissing(dirname(options.hostPath))
      : wrongPath(record, options.containerPath, "there is no such directory");
  await cp(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true, force: true });
  if (options.archive) await copyAttributes(from, to);
  else if (!isOut && !engine.folders.rootless) await giveToRoot(to);
}

/** Where a copy goes: into a directory that is there, or to the name that was given. */
function targetOf(from: string, to: string, text: string): string | undefined {
  const target = statSync(to, { throwIfNoEntry: false });
  const wantsContents = from.endsWith("/.");
  if (target?.isDirectory() === true) return wantsContents ? to : join(to, basename(from));
  if (text.endsWith("/") && target === undefined && !statSync(from).isDirectory()) return undefined;
  return existsSync(dirname(to)) ? to : undefined;
}

async function giveToRoot(path: string): Promise<void> {
  await lchown(path, 0, 0);
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await giveToRoot(join(path, name));
}

function wrongPath({ name }: ContainerRecord, path: string, reason: string): TeuError<EngineErrorCode> {
  return new TeuError(
    "ERR_PATH_IN_CONTAINER",
    `Copying "${path}" of container "${name}": ${reason}, expected it to be there`,
  );
}

function hostMissing(path: string): TeuError<EngineErrorCode> {
  return new TeuError("ERR_PATH_IN_CONTAINER", `Copying "${path}" of this machine: it is not there`);
}
