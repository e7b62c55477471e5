/**
 * Requests for certificates (PKCS #10, RFC 2986): a public key, the names it is for, signed by its private key.
 * @module
 */
import { type KeyObject, createPublicKey, sign } from "node:crypto";

/** Makes a request for `domains`, in DER, signed with an EC key by ECDSA and SHA-256. */
export function makeCertificateRequest(domains: readonly string[], key: KeyObject): Uint8Array {
  const names = sequence(...domains.map((name) => element(0x82, Buffer.from(name, "latin1"))));
  const alternative = sequence(oid("551d11"), element(0x04, names));
  const attribute = sequence(oid("2a864886f70d01090e"), element(0x31, sequence(alternative)));
  const information = sequence(
    element(0x02, Buffer.of(0)),
    sequence(),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    element(0xa0, attribute),
  );
  const signature = sign("sha256", information, key);
  return sequence(
    information,
    sequence(oid("2a8648ce3d040302")),
    element(0x03, Buffer.concat([Buffer.of(0), signature])),
  );
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, "hex"));
}

function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes.length), bytes, content]);
}
