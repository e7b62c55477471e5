/**
 * Calls of a container's runtime by commands that come after its start.
 * @module
 */
import { spawn } from "node:child_process";
import { TeuError } from "@teu/std/error";
import { type Engine, monitorPath, runtimeWords } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import type { ContainerRecord } from "./record.ts";
import { statusOf } from "./status.ts";

/** The words of a call, which for an ordinary user go into the container's user namespace first. */
export function callWords(engine: Engine, record: ContainerRecord, words: readonly string[]): readonly string[] {
  const call = [...runtimeWords(engine, record.options.runtime), ...words];
  if (!engine.folders.rootless || engine.folders.inside) return call;
  const { pid, monitorPid } = statusOf(engine.folders, record.id);
  const inside = monitorPid > 0 ? monitorPid : pid;
  return inside === 0 ? call : [monitorPath(), "enter", String(inside), ...call];
}

/** Runs a command of the runtime; what it prints. @throws TeuError `ERR_ENGINE_PROGRAM` with the runtime's own words */
export async function runRuntime(engine: Engine, record: ContainerRecord, words: readonly string[]): Promise<string> {
  const [program = "", ...rest] = callWords(engine, record, words);
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const status = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", resolve);
  });
  if (status === 0) return output;
  const reason = errors.trim().split("\n").at(-1) || `it ended with ${String(status)}`;
  throw new TeuError<EngineErrorCode>(
    "ERR_ENGINE_PROGRAM",
    `Command ${words[0]} for container "${record.name}": ${reason}`,
  );
}
