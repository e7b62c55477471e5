/**
 * Layers' keys wrapped by programs that OCIcrypt calls key providers, such as those of key services.
 * @see {@link https://github.com/containers/ocicrypt/blob/v1.3.2/docs/keyprovider.md}
 * @module
 */
import { spawn } from "node:child_process";
import { fromBase64, toBase64 } from "@teu/pki/base64";
import { TeuError, isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import type { TrustErrorCode } from "../errors.ts";
import type { KeyUnwrapper, KeyWrapper } from "./layer-keys.ts";

/** A program that wraps keys. */
export interface KeyProvider {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** Names the file of providers in the environment. */
export const PROVIDERS_VARIABLE = "OCICRYPT_KEYPROVIDER_CONFIG";

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/**
 * Reads a file of providers.
 * @throws TeuError `ERR_PLUGIN` if it has no program of this name: those that are reached over gRPC are not.
 */
export function findProvider(config: Uint8Array, name: string): KeyProvider {
  try {
    const provider = parseJsonBytes(config).get("key-providers").get(name);
    if (provider.absent) throw failed(name, "it is not in the file of providers");
    const command = provider.get("cmd");
    if (command.absent) throw failed(name, "it has no cmd, expected one: providers behind gRPC are not reached");
    const args = command.get("args").list();
    return { name, program: command.get("path").string(), args: args.map((each) => each.string()) };
  } catch (error) {
    if (error instanceof JsonError) throw failed(name, `the file of providers: ${error.message}`, error);
    throw error;
  }
}

/** Wraps with a provider. @param parameters What it is told, such as the name of a key. */
export function providerWrapper(provider: KeyProvider, parameters: readonly string[]): KeyWrapper {
  const wrap = async (secrets: Uint8Array): Promise<Uint8Array> => {
    const ec = { Parameters: encoded(provider, parameters), DecryptConfig: { Parameters: {} } };
    const answer = await call(provider, { op: "keywrap", keywrapparams: { ec, optsdata: toBase64(secrets) } });
    return bytesOf(provider, answer.get("keywrapresults").get("annotation"));
  };
  return { scheme: schemeOf(provider), wrap };
}

/** Unwraps with a provider. */
export function providerUnwrapper(provider: KeyProvider, parameters: readonly string[]): KeyUnwrapper {
  const unwrap = async (wrapped: Uint8Array): Promise<Uint8Array | undefined> => {
    const dc = { Parameters: encoded(provider, parameters) };
    const answer = await call(provider, { op: "keyunwrap", keyunwrapparams: { dc, annotation: toBase64(wrapped) } });
    const secrets = answer.get("keyunwrapresults").get("optsdata");
    return secrets.absent || secrets.text === "" ? undefined : bytesOf(provider, secrets);
  };
  return { scheme: schemeOf(provider), unwrap };
}

function schemeOf({ name }: KeyProvider): string {
  return `provider.${name}`;
}

function encoded({ name }: KeyProvider, parameters: readonly string[]): object {
  const values = parameters.length === 0 ? ["Enabled"] : parameters;
  return { [name]: values.map((value) => toBase64(new TextEncoder().encode(value))) };
}

async function call({ name, program, args }: KeyProvider, request: object): Promise<Json> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], signal: AbortSignal.timeout(TIMEOUT_MS) });
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  child.stdin.on("error", () => {});
  child.stdin.end(stringifyJson(request));
  try {
    const limit = { maxBytes: MAX_ANSWER_BYTES, what: "the answer of a key provider" };
    const [code, out] = await Promise.all([ended, collect(child.stdout, limit)]);
    if (code === 0) return parseJsonBytes(out);
    throw failed(name, `it ended with ${code}`);
  } catch (error) {
    child.kill();
    if (isTeuError(error, "ERR_PLUGIN")) throw error;
    throw failed(name, error instanceof JsonError ? "its answer is not JSON" : "it cannot be run", error);
  }
}

function bytesOf({ name }: KeyProvider, json: Json): Uint8Array {
  try {
    return fromBase64(json.string());
  } catch {
    // Not as a cause: what it shows may be a secret.
    throw failed(name, `its answer has no ${json.place} in base64`);
  }
}

function failed(name: string, problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  const hint = `${PROVIDERS_VARIABLE} names the file of providers`;
  return new TeuError("ERR_PLUGIN", `Asking the key provider "${name}": ${problem}`, { cause, hint });
}
