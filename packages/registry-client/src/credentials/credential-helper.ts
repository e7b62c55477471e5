/**
 * Credential helpers: programs named `docker-credential-NAME` that keep secrets in a key store or fetch them from a cloud.
 * They take a verb as argument, text on standard input, and answer on standard output.
 * @see {@link https://github.com/docker/docker-credential-helpers/tree/v0.9.3#development}
 * @module
 */
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { TeuError } from "@teu/std/error";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import type { RegistryClientErrorCode } from "../errors.ts";
import { type Credential, TOKEN_USERNAME, fromNameAndSecret } from "./credential.ts";

/** Longest answer of a helper. */
export const MAX_HELPER_ANSWER_BYTES: number = 64 * 1024;

/** How long a helper may take. Those of clouds ask the network. */
export const HELPER_TIMEOUT_MS = 60_000;

/** What a helper said. */
export interface HelperAnswer {
  readonly exitCode: number;
  readonly output: Uint8Array;
}

/** Runs `docker-credential-NAME VERB` with `input` on its standard input. Tests hand in their own. */
export type RunHelper = (
  name: string,
  verb: "get" | "store" | "erase",
  input: string,
  signal?: AbortSignal,
) => Promise<HelperAnswer>;

/** Asks the helper `name` for the credential it keeps under `key`; nothing if it has none. @throws TeuError `ERR_CREDENTIAL_HELPER` */
export async function getFromHelper(
  name: string,
  key: string,
  run: RunHelper = runHelper,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  const { exitCode, output } = await run(checkName(name), "get", key, signal);
  if (exitCode === 0) return parseAnswer(name, output);
  if (NOT_FOUND.test(new TextDecoder().decode(output))) return undefined;
  throw failure(name, "get", exitCode);
}

// The text by which the helpers' own library says so; the exit code is that of any failure.
const NOT_FOUND = /credentials not found in native (keychain|store)/i;

/** Gives the helper `name` a credential to keep under `key`. @throws TeuError `ERR_CREDENTIAL_HELPER` */
export async function storeWithHelper(
  name: string,
  key: string,
  credential: Credential,
  run: RunHelper = runHelper,
): Promise<void> {
  const [username, secret] =
    credential.kind === "basic" ? [credential.username, credential.password] : [TOKEN_USERNAME, credential.token];
  const { exitCode } = await run(
    checkName(name),
    "store",
    stringifyJson({ ServerURL: key, Username: username, Secret: secret }),
  );
  if (exitCode !== 0) throw failure(name, "store", exitCode);
}

/** Makes the helper `name` forget what it keeps under `key`. @throws TeuError `ERR_CREDENTIAL_HELPER` */
export async function eraseWithHelper(name: string, key: string, run: RunHelper = runHelper): Promise<void> {
  const { exitCode, output } = await run(checkName(name), "erase", key);
  if (exitCode !== 0 && !NOT_FOUND.test(new TextDecoder().decode(output))) throw failure(name, "erase", exitCode);
}

/** The name becomes part of a program's name, so it must not lead elsewhere. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new TeuError<RegistryClientErrorCode>(
    "ERR_CREDENTIAL_HELPER",
    `Running the credential helper "${name}": expected a name of letters, digits, dots, dashes and underscores`,
  );
}

function parseAnswer(name: string, output: Uint8Array): Credential | undefined {
  try {
    const json = parseJsonBytes(output, { maxLength: MAX_HELPER_ANSWER_BYTES, maxDepth: 4 });
    return fromNameAndSecret(json.get("Username").string(), json.get("Secret").string());
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new TeuError<RegistryClientErrorCode>(
      "ERR_CREDENTIAL_HELPER",
      `Reading the answer of the credential helper "${name}": ${error.message}`,
    );
  }
}

// What the helper printed is left out: it may hold the secret.
function failure(name: string, verb: string, exitCode: number): TeuError<RegistryClientErrorCode> {
  const message = `Running the credential helper "${name}": ${verb} ended with exit code ${exitCode}, expected 0`;
  return new TeuError("ERR_CREDENTIAL_HELPER", message, {
    hint: `docker-credential-${name} ${verb} shows what is wrong`,
  });
}

/** Runs helpers as programs found on the PATH of `env`. */
export function helperRunner(env: Readonly<Record<string, string | undefined>> = process.env): RunHelper {
  return async (name, verb, input, signal) => runProgram(spawnHelper(name, verb, env, signal), name, input);
}

const runHelper = helperRunner();

type HelperProcess = ChildProcessByStdio<Writable, Readable, null>;

function spawnHelper(name: string, verb: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): HelperProcess {
  const timeout = AbortSignal.timeout(HELPER_TIMEOUT_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  // Most users have no helper, and starting is most of what a small command costs.
  const { spawn } = process.getBuiltinModule("node:child_process");
  return spawn(`docker-credential-${name}`, [verb], { stdio: ["pipe", "pipe", "ignore"], env, signal: either });
}

async function runProgram(child: HelperProcess, name: string, input: string): Promise<HelperAnswer> {
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", (error) => reject(startFailure(name, error)));
    child.on("close", (code) => resolve(code ?? 1));
  });
  // A helper that does not read its input closes the pipe early.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const what = `the answer of the credential helper "${name}"`;
  const answer = collect(child.stdout, { maxBytes: MAX_HELPER_ANSWER_BYTES, what });
  const [exitCode, output] = await Promise.all([ended, answer]);
  return { exitCode, output };
}

function startFailure(name: string, error: NodeJS.ErrnoException): unknown {
  if (error.code !== "ENOENT") return error;
  const message = `Running the credential helper "${name}": there is no program docker-credential-${name} on the PATH`;
  return new TeuError<RegistryClientErrorCode>("ERR_CREDENTIAL_HELPER", message, {
    cause: error,
    hint: "Install it, or take it out of credHelpers and credsStore",
  });
}
