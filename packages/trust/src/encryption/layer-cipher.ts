/**
 * The cipher of encrypted layers: AES-256 in counter mode, and HMAC-SHA256 over what comes out, with the same key.
 * @see {@link https://github.com/containers/ocicrypt/blob/v1.3.2/blockcipher/blockcipher_aes_ctr.go}
 * @module
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { TeuError } from "@teu/std/error";
import { giveBack } from "@teu/std/slabs";
import type { ByteSource } from "@teu/std/streams";
import type { TrustErrorCode } from "../errors.ts";

/** What a layer is encrypted with: a secret. */
export interface LayerSecrets {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 16 bytes, the first counter. */
  readonly nonce: Uint8Array;
}

/** Bytes of a layer's key. */
export const LAYER_KEY_BYTES = 32;
/** Bytes of its nonce. */
export const LAYER_NONCE_BYTES = 16;

const CIPHER = "aes-256-ctr";

/** Makes secrets for one layer. They must not be used for another. */
export function newLayerSecrets(): LayerSecrets {
  return { key: randomBytes(LAYER_KEY_BYTES), nonce: randomBytes(LAYER_NONCE_BYTES) };
}

/** A layer while it is encrypted. */
export interface Encrypting {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What the bytes are held against when they are decrypted; to be asked for once all of them are read. */
  readonly hmac: () => Uint8Array;
}

/** Encrypts a layer as it is read, once. */
export function encryptStream(plain: ByteSource, { key, nonce }: LayerSecrets): Encrypting {
  const hmac = createHmac("sha256", key);
  const encrypt = async function* (): AsyncGenerator<Uint8Array> {
    const cipher = createCipheriv(CIPHER, key, nonce);
    for await (const chunk of plain) {
      const encrypted = cipher.update(chunk);
      giveBack(chunk);
      hmac.update(encrypted);
      yield encrypted;
    }
  };
  return { bytes: encrypt(), hmac: () => hmac.digest() };
}

/**
 * Decrypts a layer. What it gives counts only once it has ended: it throws at the end if the layer was changed.
 * @throws TeuError `ERR_ENCRYPTION_INVALID`
 */
export async function* decryptStream(
  encrypted: ByteSource,
  { key, nonce }: LayerSecrets,
  expected: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hmac = createHmac("sha256", key);
  const decipher = createDecipheriv(CIPHER, key, nonce);
  for await (const chunk of encrypted) {
    hmac.update(chunk);
    const plain = decipher.update(chunk);
    giveBack(chunk);
    yield plain;
  }
  const actual = hmac.digest();
  if (actual.length === expected.length && timingSafeEqual(actual, expected)) return;
  throw new TeuError<TrustErrorCode>(
    "ERR_ENCRYPTION_INVALID",
    "Decrypting a layer: it is not what was encrypted with its key",
    { hint: "It was changed on the way; get it from elsewhere" },
  );
}
