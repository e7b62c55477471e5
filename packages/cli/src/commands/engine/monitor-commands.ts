/**
 * What the monitor of a container has done where no command is there to do it, each in a process of its own.
 * @module
 */
import { admissionOf } from "@teu/engine/containers/prepare-start";
import { containerFolders, lockContainer, readContainer } from "@teu/engine/containers/record";
import { startError } from "@teu/engine/containers/start-error";
import { statusOf } from "@teu/engine/containers/status";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openEngine } from "./open-engine.ts";

/** Before a restart: may it start again? */
const admit: Action = async ({ operands: [id = ""] }, host) => {
  const engine = openEngine(host);
  const record = readContainer(engine.folders, id);
  if (record === undefined) return EXIT.failed;
  await engine.admission?.admit(admissionOf(record));
  return EXIT.ok;
};

/** Between making and starting again. */
const connect: Action = async ({ operands: [id = ""] }, host) => {
  const engine = openEngine(host);
  const record = readContainer(engine.folders, id);
  if (record === undefined) return EXIT.failed;
  const { connectContainer } = await import("@teu/engine/network/connect");
  await connectContainer(engine, record);
  return EXIT.ok;
};

/** Behind the end for good. */
const ended: Action = async ({ operands: [id = ""] }, host) => {
  const engine = openEngine(host);
  const first = readContainer(engine.folders, id);
  if (first === undefined) return EXIT.ok;
  await using _lock = await lockContainer(engine.folders, id);
  const { settle } = await import("./run.ts");
  const record = readContainer(engine.folders, id);
  const { pid, monitorPid } = statusOf(engine.folders, id);
  // It may be gone, or started again meanwhile.
  if (record !== undefined && pid === 0 && monitorPid === 0) await settle(engine, record);
  return EXIT.ok;
};

/** In the place of `run`, where the container did not start or its monitor was killed: what `run` would say. */
const failed: Action = async ({ operands: [id = ""] }, host) => {
  const engine = openEngine(host);
  const record = readContainer(engine.folders, id);
  // Somebody has removed it meanwhile.
  if (record === undefined) return EXIT.engineFailed;
  const error = startError(record, containerFolders(engine.folders, id));
  if (record.options.autoRemove) {
    const { removeQuietly } = await import("./run.ts");
    await removeQuietly(engine, record);
  }
  throw error;
};

/** In a user namespace: unpacks the layers of an image. */
const prepare: Action = async ({ operands: [name = ""] }, host) => {
  const { readyImage } = await import("@teu/engine/images/ready-image");
  await readyImage(name, openEngine(host).folders, { signal: host.signal });
  return EXIT.ok;
};

/** The last words of their names. */
export type MonitorVerb = "admit" | "connect" | "ended" | "failed" | "prepare";

/** By the last word of their names. */
export const MONITOR_ACTIONS: Readonly<Record<MonitorVerb, Action>> = {
  admit,
  connect,
  ended,
  failed,
  prepare,
};
