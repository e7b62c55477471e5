/**
 * Signs with notation's plug-ins: programs that hold keys in devices and at services, spoken to in JSON.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/plugin-extensibility.md}
 * @module
 */
import { spawn } from "node:child_process";
import { fromBase64, toBase64 } from "@teu/pki/base64";
import { type Certificate, parseCertificate } from "@teu/pki/certificate";
import { isSame } from "@teu/pki/certificate-chain";
import { writeDer, writeUnsigned } from "@teu/pki/der-write";
import { DER_TAG } from "@teu/pki/der";
import { type KeyFacts, keyFacts } from "@teu/pki/keys";
import { type Scheme, type Signer, verifyBytes } from "@teu/pki/signature";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import { TeuError, isTeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";

/** Which key of which plug-in. */
export interface PluginKey {
  /** Path of the program, such as `…/notation/plugins/kms/notation-kms`. */
  readonly program: string;
  readonly keyId: string;
  /** Settings of the plug-in's own. */
  readonly config?: Readonly<Record<string, string>>;
  /** The certificate of the key and those above it. What the plug-in signs is held against it. */
  readonly chain: readonly Certificate[];
  readonly signal?: AbortSignal | undefined;
}

const CONTRACT = "1.0";

/**
 * Opens a key of a plug-in.
 * @throws TeuError `ERR_PLUGIN` if it cannot make signatures, or does not have the key; `ERR_KEY_UNSUPPORTED`.
 */
export async function pluginSigner(key: PluginKey): Promise<Signer> {
  const [leaf] = key.chain;
  if (leaf === undefined) throw failed(key, "there is no certificate, expected that of the key");
  const facts = keyFacts(leaf.publicKey);
  const capabilities = (await call(key, "get-plugin-metadata", {}))
    .get("capabilities")
    .list()
    .map((each) => each.string());
  if (!capabilities.includes("SIGNATURE_GENERATOR.RAW")) throw failed(key, "it does not sign what it is given");
  const described = await call(key, "describe-key", requestOf(key));
  const spec = described.get("keySpec").string();
  if (spec !== keySpec(facts)) throw failed(key, `its key is ${JSON.stringify(spec)}, expected ${keySpec(facts)}`);
  return { publicKey: leaf.publicKey, sign: async (bytes, scheme) => await signWith(key, bytes, scheme) };
}

function keySpec({ kind, bits }: KeyFacts): string {
  return `${kind === "rsa" ? "RSA" : "EC"}-${bits}`;
}

function requestOf({ keyId, config = {} }: PluginKey): object {
  return { contractVersion: CONTRACT, keyId, pluginConfig: config };
}

async function signWith(key: PluginKey, bytes: Uint8Array, scheme: Scheme): Promise<Uint8Array> {
  const [leaf] = key.chain;
  if (leaf === undefined) throw failed(key, "there is no certificate");
  const facts = keyFacts(leaf.publicKey);
  if (facts.kind === "rsa" && scheme.padding !== "pss")
    throw failed(key, "plug-ins sign with RSA-PSS only, which the forms of sigstore do not have");
  const answer = await call(key, "generate-signature", {
    ...requestOf(key),
    keySpec: keySpec(facts),
    hashAlgorithm: `SHA-${scheme.hash.slice("sha".length)}`,
    payload: toBase64(bytes),
  });
  const signature = bytesOf(key, answer.get("signature"));
  const [certificate] = answer.get("certificateChain").list();
  if (certificate !== undefined && !isSame(parseCertificate(bytesOf(key, certificate)), leaf))
    throw failed(key, "it signs with another certificate than the one that was given");
  // The protocol has the two numbers of ECDSA one after the other.
  if (!verifyBytes(leaf.publicKey, bytes, signature, { ...scheme, encoding: "ieee-p1363" }))
    throw failed(key, "its signature is not by the key of the certificate");
  return facts.kind !== "rsa" && scheme.encoding !== "ieee-p1363" ? toDer(signature) : signature;
}

function toDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return writeDer(
    DER_TAG.sequence,
    writeUnsigned(signature.subarray(0, half)),
    writeUnsigned(signature.subarray(half)),
  );
}

function bytesOf(key: PluginKey, json: Json): Uint8Array {
  try {
    return fromBase64(json.string());
  } catch (error) {
    throw failed(key, `${json.place}: expected base64`, error);
  }
}

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Runs one command of a plug-in and reads its answer. */
async function call(key: PluginKey, command: string, request: object): Promise<Json> {
  try {
    const { code, out, notes } = await runProgram(key, command, stringifyJson(request));
    if (code === 0) return parseJsonBytes(out);
    throw failed(key, `${command} ended with ${code}: ${reasonIn(notes)}`);
  } catch (error) {
    key.signal?.throwIfAborted();
    if (isTeuError(error, "ERR_PLUGIN")) throw error;
    const problem = error instanceof JsonError ? `the answer to ${command} is not JSON` : `${command} cannot be run`;
    throw failed(key, problem, error);
  }
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

async function runProgram({ program, signal }: PluginKey, command: string, input: string): Promise<Ended> {
  const limits = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  const child = spawn(program, [command], { stdio: "pipe", signal: limits });
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const limit = { maxBytes: MAX_ANSWER_BYTES, what: "the answer of a plug-in" };
  const [code, out, notes] = await Promise.all([ended, collect(child.stdout, limit), collect(child.stderr, limit)]);
  return { code, out, notes };
}

function failed({ program }: PluginKey, problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_PLUGIN", `Signing with the plug-in "${program}": ${problem}`, { cause });
}
