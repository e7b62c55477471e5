/**
 * cosign's files of private keys: PKCS#8 in a secretbox, under a key that scrypt makes of a password.
 * @see {@link https://github.com/sigstore/cosign/blob/v3.0.4/pkg/cosign/keys.go}
 * @module
 */
import { type KeyObject, type ScryptOptions, randomBytes, scrypt } from "node:crypto";
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { fromBase64, toBase64 } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";
import { privateKeyFromDer, privateKeyToDer } from "./keys.ts";
import { formatPem, parsePemOf } from "./pem.ts";
import { KEY_BYTES, NONCE_BYTES, openBox, sealBox } from "./secretbox.ts";

/** What the PEM block of an encrypted key is called; cosign reads both and writes the first. */
export const ENCRYPTED_KEY_LABELS = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"] as const;

/** A label of {@link ENCRYPTED_KEY_LABELS}. */
export type EncryptedKeyLabel = (typeof ENCRYPTED_KEY_LABELS)[number];

/** The costs of scrypt that cosign knows, with r = 8 and p = 1. It writes 65536. */
export const SCRYPT_COSTS: readonly number[] = [32768, 65536, 131072];

const SALT_BYTES = 32;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;

/** How to write an encrypted key. */
export interface SealOptions {
  /** Default: `ENCRYPTED SIGSTORE PRIVATE KEY`. */
  readonly label?: EncryptedKeyLabel;
  /** One of {@link SCRYPT_COSTS}. Default: 65536. */
  readonly cost?: number;
  /** Where salt and nonce come from. */
  readonly random?: (length: number) => Uint8Array;
}

/** Writes a private key under a password, in PEM. */
export async function sealPrivateKey(key: KeyObject, password: Uint8Array, options: SealOptions = {}): Promise<string> {
  const { label = ENCRYPTED_KEY_LABELS[0], cost = 65536, random = randomBytes } = options;
  if (!SCRYPT_COSTS.includes(cost)) throw new RangeError(`cost: ${cost}, expected one of ${SCRYPT_COSTS.join(", ")}`);
  const [salt, nonce] = [random(SALT_BYTES), random(NONCE_BYTES)];
  const [plain, secret] = [privateKeyToDer(key), await derive(password, salt, cost)];
  const box = sealBox(plain, nonce, secret);
  wipe(plain, secret);
  const body = stringifyJson({
    kdf: { name: "scrypt", params: { N: cost, r: BLOCK_SIZE, p: PARALLELISM }, salt: toBase64(salt) },
    cipher: { name: "nacl/secretbox", nonce: toBase64(nonce) },
    ciphertext: toBase64(box),
  });
  return formatPem({ label, bytes: new TextEncoder().encode(body) });
}

/** Tells whether a text looks like what {@link openPrivateKey} reads. */
export function isEncryptedKey(pem: string): boolean {
  return ENCRYPTED_KEY_LABELS.some((label) => pem.includes(`-----BEGIN ${label}-----`));
}

/**
 * Reads a private key that cosign or {@link sealPrivateKey} wrote. Takes up to 128 MiB of memory for the time of it.
 * @throws TeuError `ERR_KEY_PASSWORD` if the password is wrong or the file was changed; `ERR_KEY_INVALID` if it is not of
 * this form or has costs other than {@link SCRYPT_COSTS}; `ERR_PEM_INVALID`; `ERR_KEY_UNSUPPORTED`.
 */
export async function openPrivateKey(pem: string, password: Uint8Array): Promise<KeyObject> {
  const { bytes } = parsePemOf(pem, ENCRYPTED_KEY_LABELS);
  const { salt, cost, nonce, ciphertext } = readSealed(bytes);
  const secret = await derive(password, salt, cost);
  const plain = openBox(ciphertext, nonce, secret);
  try {
    if (plain !== undefined) return privateKeyFromDer(plain);
  } finally {
    wipe(secret, ...(plain === undefined ? [] : [plain]));
  }
  throw new TeuError<PkiErrorCode>("ERR_KEY_PASSWORD", "Opening a private key: it does not open with the password", {
    hint: "the password is wrong, or the file was changed",
  });
}

/** The sooner a copy is gone, the fewer there are to be found; the runtime may have made others. */
function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

interface Sealed {
  readonly salt: Uint8Array;
  readonly cost: number;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function readSealed(bytes: Uint8Array): Sealed {
  try {
    const json = parseJsonBytes(bytes);
    const [kdf, cipher] = [json.get("kdf"), json.get("cipher")];
    expectText(kdf.get("name"), "scrypt");
    expectText(cipher.get("name"), "nacl/secretbox");
    const params = kdf.get("params");
    expectNumber(params.get("r"), [BLOCK_SIZE]);
    expectNumber(params.get("p"), [PARALLELISM]);
    return {
      salt: fromBase64(kdf.get("salt").string()),
      cost: expectNumber(params.get("N"), SCRYPT_COSTS),
      nonce: expectLength(fromBase64(cipher.get("nonce").string()), NONCE_BYTES),
      ciphertext: fromBase64(json.get("ciphertext").string()),
    };
  } catch (error) {
    const problem = error instanceof JsonError ? error.message : "a value is not base64 of the right length";
    throw new TeuError<PkiErrorCode>("ERR_KEY_INVALID", `Reading an encrypted private key: ${problem}`);
  }
}

function expectText(json: Json, expected: string): void {
  if (json.string() !== expected) throw new JsonError(`${json.place}: expected "${expected}", got another`);
}

function expectNumber(json: Json, expected: readonly number[]): number {
  const value = json.integerBetween(1, Number.MAX_SAFE_INTEGER);
  if (expected.includes(value)) return value;
  throw new JsonError(`${json.place}: expected ${expected.join(" or ")}, got ${value}`);
}

function expectLength(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new JsonError(`cipher.nonce: expected ${length} bytes, got ${bytes.length}`);
}

/** scrypt runs on a thread of its own: it takes some tenths of a second. */
function derive(password: Uint8Array, salt: Uint8Array, cost: number): Promise<Uint8Array> {
  const options: ScryptOptions = { N: cost, r: BLOCK_SIZE, p: PARALLELISM, maxmem: 2 * 128 * cost * BLOCK_SIZE };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
