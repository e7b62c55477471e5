/**
 * Requests for signed time stamps.
 * @see {@link https://www.rfc-editor.org/rfc/rfc3161#section-2.4.1}
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { writeDer, writeOid, writeUnsigned } from "./der-write.ts";
import { DER_TAG } from "./der.ts";

const SHA256 = "2.16.840.1.101.3.4.2.1";
const NONCE_BYTES = 8;

/** Writes a request for a time stamp over the SHA-256 of `bytes`, with the stamper's certificate in the answer. */
export function writeTimestampRequest(
  bytes: Uint8Array,
  random: (length: number) => Uint8Array = randomBytes,
): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256").update(bytes).digest();
  const algorithm = writeDer(DER_TAG.sequence, writeOid(SHA256), writeDer(DER_TAG.null));
  return writeDer(
    DER_TAG.sequence,
    writeUnsigned(Uint8Array.of(1)),
    writeDer(DER_TAG.sequence, algorithm, writeDer(DER_TAG.octetString, hash)),
    writeUnsigned(random(NONCE_BYTES)),
    writeDer(DER_TAG.boolean, Uint8Array.of(0xff)),
  );
}
