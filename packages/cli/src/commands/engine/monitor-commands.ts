/**
 * What the monitor of a container has done where no command is there to do it, each in a process of its own.
 * @module
 */
import { lockContainer, readContainer } from "@teu/engine/containers/record";
import { admissionOf } from "@teu/engine/containers/start";
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

/** In a user namespace: unpacks the layers of an image. */
const prepare: Action = async ({ operands: [name = ""] }, host) => {
  const { readyImage } = await import("@teu/engine/images/ready-image");
  await readyImage(name, openEngine(host).folders, { signal: host.signal });
  return EXIT.ok;
};

/** By the last word of their names. */
export const MONITOR_ACTIONS: Readonly<Record<"admit" | "connect" | "ended" | "prepare", Action>> = {
  admit,
  connect,
  ended,
  prepare,
};
