/**
 * Removes containers, and what their end leaves to do.
 * @module
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { type ContainerRecord, RECORD, containerFolders, freeName } from "./record.ts";
import { endContainer } from "./stop.ts";
import { hasNetwork } from "./start.ts";
import { statusOf } from "./status.ts";
import { removeAnonymous } from "./volumes.ts";

/** How to remove. */
export interface RemoveOptions {
  /** Ends a container that runs first. */
  readonly force?: boolean;
  /** Removes the volumes that were made for it alone as well. */
  readonly volumes?: boolean;
}

/**
 * Removes a container and all that was made for it. Its lock is the caller's to hold.
 * @throws TeuError `ERR_CONTAINER_RUNS`
 */
export async function removeContainer(
  engine: Engine,
  record: ContainerRecord,
  options: RemoveOptions = {},
): Promise<void> {
  const { folders } = engine;
  const { status, pid, monitorPid, settled } = statusOf(folders, record.id);
  const runs = pid > 0 || monitorPid > 0;
  if (runs && options.force !== true) {
    const message = `Removing container "${record.name}": it is ${status}, expected it to have ended`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_RUNS", message, { hint: "Stop it first, or use --force" });
  }
  const own = containerFolders(folders, record.id);
  if (!settled) await endContainer(engine, record);
  await cleanUp(engine, record);
  // Without its record a container is gone, whatever else a crash may leave of it.
  rmSync(join(own.home, RECORD), { force: true });
  freeName(folders, record.name, record.id);
  if (options.volumes === true) removeAnonymous(folders, record.volumes);
  await removeFolders(engine, [own.run, own.home]);
}

/** Takes back what a container that has ended held of the host: its place in a network. */
export async function cleanUp(engine: Engine, record: ContainerRecord): Promise<void> {
  if (!hasNetwork(record)) return;
  const { disconnectContainer } = await import("../network/connect.ts");
  await disconnectContainer(engine, record);
}

async function removeFolders(engine: Engine, paths: readonly string[]): Promise<void> {
  try {
    for (const path of paths) rmSync(path, { recursive: true, force: true });
  } catch {
    // Files of other users of the user namespace, and folders that shut their owner out.
    const { removeAll } = await import("./remove-all.ts");
    for (const path of paths) await removeAll(engine, path);
  }
}
