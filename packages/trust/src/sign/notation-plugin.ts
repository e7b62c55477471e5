/**
 * Signs with notation's plug-ins: programs that hold keys in devices and at services, spoken to in JSON.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/plugin-extensibility.md}
 * @module
 */
import { fromBase64, toBase64 } from "@teu/pki/base64";
import { type Certificate, parseCertificate } from "@teu/pki/certificate";
import { isSame } from "@teu/pki/certificate-chain";
import { writeDer, writeUnsigned } from "@teu/pki/der-write";
import { DER_TAG } from "@teu/pki/der";
import { type KeyFacts, keyFacts } from "@teu/pki/keys";
import { type Scheme, type Signer, verifyBytes } from "@teu/pki/signature";
import type { TeuError } from "@teu/std/error";
import type { Json } from "@teu/std/json";
import type { TrustErrorCode } from "../errors.ts";
import {
  PLUGIN_CONTRACT,
  type PluginCommand,
  pluginCapabilities,
  pluginError,
  pluginProgram,
} from "../plugin/plugin-program.ts";

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

/**
 * Opens a key of a plug-in.
 * @throws TeuError `ERR_PLUGIN` if it cannot make signatures, or does not have the key; `ERR_KEY_UNSUPPORTED`.
 */
export async function pluginSigner(key: PluginKey): Promise<Signer> {
  const [leaf] = key.chain;
  if (leaf === undefined) throw failed(key, "there is no certificate, expected that of the key");
  const facts = keyFacts(leaf.publicKey);
  const capabilities = await pluginCapabilities(key.program, key.signal);
  if (!capabilities.has("SIGNATURE_GENERATOR.RAW")) throw failed(key, "it does not sign what it is given");
  const described = await call(key, "describe-key", requestOf(key));
  const spec = described.get("keySpec").string();
  if (spec !== keySpec(facts)) throw failed(key, `its key is ${JSON.stringify(spec)}, expected ${keySpec(facts)}`);
  return { publicKey: leaf.publicKey, sign: async (bytes, scheme) => await signWith(key, bytes, scheme) };
}

async function call({ program, signal }: PluginKey, command: PluginCommand, request: object): Promise<Json> {
  return await pluginProgram(program, signal)(command, request);
}

function keySpec({ kind, bits }: KeyFacts): string {
  return `${kind === "rsa" ? "RSA" : "EC"}-${bits}`;
}

function requestOf({ keyId, config = {} }: PluginKey): object {
  return { contractVersion: PLUGIN_CONTRACT, keyId, pluginConfig: config };
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

function failed({ program }: PluginKey, problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return pluginError(program, problem, cause);
}
