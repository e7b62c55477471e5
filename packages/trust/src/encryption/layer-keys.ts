/**
 * What the descriptor of an encrypted layer says of its encryption: in the open, and wrapped for those who may read it.
 * @see {@link https://github.com/containers/ocicrypt/blob/v1.3.2/encryption.go}
 * @module
 */
import { fromBase64, toBase64 } from "@teu/pki/base64";
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { TeuError, isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import type { TrustErrorCode } from "../errors.ts";
import { LAYER_KEY_BYTES, LAYER_NONCE_BYTES, type LayerSecrets } from "./layer-cipher.ts";

/** Wraps what is needed to decrypt a layer, for people that it knows. */
export interface KeyWrapper {
  /** Names the annotation, such as `jwe`. */
  readonly scheme: string;
  readonly wrap: (secrets: Uint8Array) => Promise<Uint8Array>;
}

/** Unwraps what is needed to decrypt a layer, with a key that it has. */
export interface KeyUnwrapper {
  readonly scheme: string;
  /** Answers nothing if it was not wrapped for this key. Throws where the key could not be tried. */
  readonly unwrap: (wrapped: Uint8Array) => Promise<Uint8Array | undefined>;
}

const PREFIX = "org.opencontainers.image.enc.";
const PUBLIC = `${PREFIX}pubopts`;
const KEYS = `${PREFIX}keys.`;
const CIPHER = "AES_256_CTR_HMAC_SHA256";
const ENCRYPTED = "+encrypted";
const MAX_WRAPPED_KEYS = 256;

/** Whether a layer is encrypted. */
export function isEncrypted({ mediaType }: Descriptor): boolean {
  return mediaType.endsWith(ENCRYPTED);
}

/** The media type of an encrypted layer of this one. */
export function encryptedType(mediaType: string): string {
  return mediaType + ENCRYPTED;
}

/** The media type of a layer before it was encrypted. */
export function plainType(mediaType: string): string {
  return mediaType.slice(0, -ENCRYPTED.length);
}

/** The annotations that say nothing of encryption; nothing if there are none. */
export function plainAnnotations(annotations: Annotations = {}): Annotations | undefined {
  const kept = Object.entries(annotations).filter(([name]) => !name.startsWith(PREFIX));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** For whom a layer can be opened: the names of the schemes, sorted. */
export function schemesOf({ annotations = {} }: Descriptor): readonly string[] {
  const names = Object.keys(annotations).filter((name) => name.startsWith(KEYS));
  return names.map((name) => name.slice(KEYS.length)).toSorted((a, b) => (a < b ? -1 : 1));
}

/** How a layer was encrypted: a secret. */
export interface LayerEncryption extends LayerSecrets {
  readonly hmac: Uint8Array;
}

/**
 * Wraps what is needed to decrypt a layer.
 * @param digest Of the layer as it was before.
 * @throws TeuError what the wrappers throw
 */
export async function sealAnnotations(
  { key, nonce, hmac }: LayerEncryption,
  digest: Digest,
  wrappers: readonly KeyWrapper[],
): Promise<Annotations> {
  const secrets = encode({ symkey: toBase64(key), digest, cipheroptions: { nonce: toBase64(nonce) } });
  const open = encode({ cipher: CIPHER, hmac: toBase64(hmac), cipheroptions: {} });
  return { ...(await wrapFor(secrets, wrappers)), [PUBLIC]: toBase64(open) };
}

/** The annotations of an encrypted layer with more people who may read it. @throws TeuError as {@link openAnnotations} */
export async function addToAnnotations(
  layer: Descriptor,
  unwrappers: readonly KeyUnwrapper[],
  wrappers: readonly KeyWrapper[],
): Promise<Annotations> {
  const secrets = await unwrapSecrets(layer, unwrappers);
  const before = layer.annotations ?? {};
  const added = Object.entries(await wrapFor(secrets, wrappers)).map(([name, value]) => {
    const known = before[name];
    return [name, known === undefined || known === "" ? value : `${known},${value}`];
  });
  return { ...before, ...Object.fromEntries(added) };
}

async function wrapFor(secrets: Uint8Array, wrappers: readonly KeyWrapper[]): Promise<Annotations> {
  const wrapped = new Map<string, string>();
  for (const { scheme, wrap } of wrappers) {
    const text = toBase64(await wrap(secrets));
    const known = wrapped.get(scheme);
    wrapped.set(scheme, known === undefined ? text : `${known},${text}`);
  }
  return Object.fromEntries([...wrapped].map(([scheme, text]) => [KEYS + scheme, text]));
}

/**
 * Finds out how a layer was encrypted.
 * @throws TeuError `ERR_DECRYPTION_KEY` if it was not for any of the keys; `ERR_ENCRYPTION_INVALID`.
 */
export async function openAnnotations(
  layer: Descriptor,
  unwrappers: readonly KeyUnwrapper[],
): Promise<LayerEncryption> {
  const secrets = await unwrapSecrets(layer, unwrappers);
  return reading(layer, () => {
    const closed = parseJsonBytes(secrets);
    const open = parseJsonBytes(bytesIn(layer.annotations?.[PUBLIC] ?? "", PUBLIC));
    const cipher = open.get("cipher").string();
    if (cipher !== CIPHER) throw new JsonError(`cipher: expected ${CIPHER}, got ${JSON.stringify(cipher)}`);
    return {
      key: ofLength(closed.get("symkey"), LAYER_KEY_BYTES),
      nonce: ofLength(nonceOf(open, closed), LAYER_NONCE_BYTES),
      hmac: ofLength(open.get("hmac"), 32),
    };
  });
}

function nonceOf(open: Json, closed: Json): Json {
  const known = open.get("cipheroptions").get("nonce");
  return known.absent ? closed.get("cipheroptions").get("nonce") : known;
}

async function unwrapSecrets(layer: Descriptor, unwrappers: readonly KeyUnwrapper[]): Promise<Uint8Array> {
  const problems: unknown[] = [];
  for (const { scheme, unwrap } of unwrappers) {
    for (const wrapped of wrappedKeys(layer, scheme)) {
      try {
        const secrets = await unwrap(wrapped);
        if (secrets !== undefined) return secrets;
      } catch (error) {
        // Another key may still do.
        if (!isTeuError(error)) throw error;
        problems.push(error);
      }
    }
  }
  throw noKey(layer, unwrappers, problems);
}

function wrappedKeys({ annotations, ...layer }: Descriptor, scheme: string): readonly Uint8Array[] {
  const text = annotations?.[KEYS + scheme] ?? "";
  if (text === "") return [];
  const parts = text.split(",", MAX_WRAPPED_KEYS + 1);
  return reading(layer, () => {
    if (parts.length > MAX_WRAPPED_KEYS) throw new JsonError(`there are more than ${MAX_WRAPPED_KEYS} wrapped keys`);
    return parts.map((part) => bytesIn(part, KEYS + scheme));
  });
}

function noKey(
  layer: Descriptor,
  unwrappers: readonly KeyUnwrapper[],
  problems: readonly unknown[],
): TeuError<TrustErrorCode> {
  const [first] = problems;
  const why =
    unwrappers.length === 0
      ? "it is encrypted, and there is no key"
      : first instanceof Error
        ? first.message
        : "it is not encrypted for any of the keys";
  const schemes = schemesOf(layer).join(", ");
  return new TeuError(
    "ERR_DECRYPTION_KEY",
    `Decrypting layer "${layer.digest}": ${why}, expected a key of ${schemes}`,
    {
      cause: first,
    },
  );
}

function reading<T>(layer: Descriptor, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonError) && !isTeuError(error)) throw error;
    // Not as a cause: what it shows may be a secret.
    const message = `Decrypting layer "${layer.digest}": what it says of its encryption is wrong: ${error.message}`;
    throw new TeuError<TrustErrorCode>("ERR_ENCRYPTION_INVALID", message);
  }
}

function ofLength(json: Json, length: number): Uint8Array {
  const bytes = bytesIn(json.string(), json.place);
  if (bytes.length === length) return bytes;
  throw new JsonError(`${json.place}: ${bytes.length} bytes, expected ${length}`);
}

function bytesIn(text: string, place: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch {
    throw new JsonError(`${place}: expected base64`);
  }
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(stringifyJson(value));
}
