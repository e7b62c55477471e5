/**
 * Unpacks an image for an ordinary user: by a process that is root of the user's own namespace, so that files of the
 * image can belong to others.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { TeuError } from "@teu/std/error";
import { mapWords } from "../containers/remove-all.ts";
import { subordinateIds } from "../containers/subordinate-ids.ts";
import { type Engine, monitorPath } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { OUTER_USER } from "../folders.ts";

/** Has `prepare NAME` of the engine run in a user namespace. @throws TeuError `ERR_ENGINE_PROGRAM` */
export async function prepareInNamespace(engine: Engine, name: string, signal?: AbortSignal): Promise<void> {
  const { uids, gids } = subordinateIds(engine.env);
  const words = ["map", mapWords(uids), mapWords(gids), ...engine.self, "prepare", name];
  const env = { ...process.env, [OUTER_USER]: String(process.geteuid?.() ?? 0) };
  const child = spawn(monitorPath(), words, { stdio: ["ignore", "ignore", "inherit"], env, signal });
  const [status] = (await once(child, "exit")) as [number | null];
  if (status === 0) return;
  const message = `Unpacking image "${name}" in a user namespace: it ended with ${status}, expected 0`;
  throw new TeuError<EngineErrorCode>("ERR_ENGINE_PROGRAM", message);
}
