/**
 * Why a container could not be started, told by what its runtime and its monitor have left.
 * @module
 */
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { EngineErrorCode } from "../errors.ts";
import { type ContainerFolders, type ContainerRecord, readTextIfThere } from "./record.ts";

/** Exit codes as docker has them: for what fails before the program, what is not executable, and what is not there. */
const ENGINE_FAILED = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

interface RuntimeMessage {
  readonly level?: string;
  readonly msg?: string;
  readonly hint?: string;
}

/** What gVisor says where it is to take a network over that a process of the host has. */
const OWN_NETWORK = /cannot run with network enabled in root network namespace/;
const OWN_NETWORK_HINT =
  'gVisor brings a network of its own, which takes neither the host\'s nor one with published ports: --network none goes with it, and all go with a runtime that is a script of: exec runsc --network=host "$@"';

/** The error, of code `ERR_CONTAINER_START`, with the `exitCode` that docker has for it in its detail. */
export function startError(record: ContainerRecord, { run }: ContainerFolders): TeuError<EngineErrorCode> {
  const log = readTextIfThere(join(run, "failure.log")) ?? readTextIfThere(join(run, "runtime.log")) ?? "";
  const entry = log
    .split("\n")
    .map(parseMessage)
    .findLast(({ level }) => level === "error");
  const text = entry?.msg ?? lastLine(readTextIfThere(join(run, "monitor.log")) ?? "");
  const exitCode = exitCodeOf(text);
  const hint = entry?.hint ?? (OWN_NETWORK.test(text) ? OWN_NETWORK_HINT : undefined);
  return new TeuError(
    "ERR_CONTAINER_START",
    `Starting container "${record.name}": ${text || "its monitor went away"}`,
    {
      detail: { exitCode },
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

function parseMessage(line: string): RuntimeMessage {
  try {
    return JSON.parse(line) as RuntimeMessage;
  } catch {
    return {};
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

/** The exit code for what a runtime says of a program that it could not start. */
export function exitCodeOf(message: string): number {
  const isProgram = /process\.args|exec(?:ut|:| )|starting container process/i.test(message);
  if (!isProgram) return ENGINE_FAILED;
  if (/no such file or directory|not found/i.test(message)) return NOT_FOUND;
  return /permission denied|is a directory|exec format error/i.test(message) ? NOT_EXECUTABLE : ENGINE_FAILED;
}
