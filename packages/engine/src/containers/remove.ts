/**
 * Removes containers, and what their end leaves to do.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { discardContainer } from "./drafts.ts";
import type { ContainerRecord } from "./record.ts";
import { hasNetwork } from "./prepare-start.ts";
import { endContainer } from "./stop.ts";
import { isKnownToRuntime, statusOf } from "./status.ts";

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
  if (!settled || isKnownToRuntime(engine, record)) await endContainer(engine, record);
  await cleanUp(engine, record);
  const { name, volumes } = record;
  await discardContainer(engine, record.id, { name, volumes: options.volumes === true ? volumes : [] });
}

/** Takes back what a container that has ended held of the host: its place in a network. */
export async function cleanUp(engine: Engine, record: ContainerRecord): Promise<void> {
  if (!hasNetwork(record)) return;
  const { disconnectContainer } = await import("../network/connect.ts");
  await disconnectContainer(engine, record);
}
