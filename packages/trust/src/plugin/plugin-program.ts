/**
 * Runs notation's plug-ins: programs that are asked in JSON, each command in a process of its own.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/plugin-extensibility.md#plugin-contract}
 * @module
 */
import { spawn } from "node:child_process";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { TeuError, isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import type { TrustErrorCode } from "../errors.ts";
import { childEnvironment } from "./child-environment.ts";

/** A command of the protocol. */
export type PluginCommand =
  | "get-plugin-metadata"
  | "describe-key"
  | "generate-signature"
  | "generate-envelope"
  | "verify-signature";

/** Asks a plug-in. @throws TeuError `ERR_PLUGIN` */
export type AskPlugin = (command: PluginCommand, request: object) => Promise<Json>;

/** The version of the protocol. */
export const PLUGIN_CONTRACT = "1.0";

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** A plug-in by the path of its program, such as `…/notation/plugins/kms/notation-kms`. */
export function pluginProgram(program: string, signal?: AbortSignal): AskPlugin {
  return async (command, request) => {
    try {
      const { code, out, notes } = await runProgram(program, command, { input: stringifyJson(request), signal });
      if (code === 0) return parseJsonBytes(out);
      throw pluginError(program, `${command} ended with ${code}: ${reasonIn(notes)}`);
    } catch (error) {
      signal?.throwIfAborted();
      if (isTeuError(error, "ERR_PLUGIN")) throw error;
      const problem = error instanceof JsonError ? `the answer to ${command} is not JSON` : `${command} cannot be run`;
      throw pluginError(program, problem, error);
    }
  };
}

/** What a plug-in can do, such as `SIGNATURE_GENERATOR.RAW`. @throws TeuError `ERR_PLUGIN` */
export async function pluginCapabilities(program: string, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const metadata = await pluginProgram(program, signal)("get-plugin-metadata", {});
  try {
    return new Set(
      metadata
        .get("capabilities")
        .list()
        .map((each) => each.string()),
    );
  } catch (error) {
    if (error instanceof JsonError) throw pluginError(program, error.message, error);
    throw error;
  }
}

/** Makes the error for a plug-in that does not do what it should. */
export function pluginError(program: string, problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_PLUGIN", `Running the plug-in "${program}": ${problem}`, { cause });
}

/**
 * Where notation keeps the program of a plug-in.
 * @param config The folder that `notation` is in, such as `~/.config`.
 * @returns Nothing if the name is none for a plug-in.
 */
export function pluginPath(config: string, name: string): string | undefined {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(name) || name.startsWith(".")) return undefined;
  return join(config, "notation/plugins", name, `notation-${name}`);
}

/** A plug-in that is installed; nothing if there is none of this name. */
export function installedPlugin(config: string, name: string, signal?: AbortSignal): AskPlugin | undefined {
  const path = pluginPath(config, name);
  if (path === undefined || lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  return pluginProgram(path, signal);
}

/** A plug-in says what is wrong in JSON. */
function reasonIn(notes: Uint8Array): string {
  try {
    return parseJsonBytes(notes).get("errorMessage").string();
  } catch {
    return new TextDecoder().decode(notes.subarray(0, 200));
  }
}

interface Ended {
  readonly code: number | null;
  readonly out: Uint8Array;
  readonly notes: Uint8Array;
}

interface Given {
  readonly input: string;
  readonly signal: AbortSignal | undefined;
}

async function runProgram(program: string, command: string, { input, signal }: Given): Promise<Ended> {
  const limits = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  const child = spawn(program, [command], { stdio: "pipe", signal: limits, env: childEnvironment() });
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const limit = { maxBytes: MAX_ANSWER_BYTES, what: "the answer of a plug-in" };
  const [code, out, notes] = await Promise.all([ended, collect(child.stdout, limit), collect(child.stderr, limit)]);
  return { code, out, notes };
}
