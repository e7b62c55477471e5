/**
 * Writing DER (X.690), as much of it as certificates and requests for them need.
 * @module
 */

/** Tags of what is written here. */
export const TAG = { bits: 0x03, octets: 0x04, integer: 0x02, time: 0x17, text: 0x0c, set: 0x31 } as const;

/** Writes one element. */
export function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes.length), bytes, content]);
}

/** Writes a sequence of elements. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

/** Writes an object identifier whose encoding is given in hex. */
export function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, "hex"));
}

/** Writes a string of whole bytes as a string of bits. */
export function bits(bytes: Uint8Array): Buffer {
  return element(TAG.bits, Buffer.concat([Buffer.of(0), bytes]));
}

/** Writes names of hosts as the value of the extension of alternative names (RFC 5280, section 4.2.1.6). */
export function hostNames(names: readonly string[]): Buffer {
  return sequence(...names.map((name) => element(0x82, Buffer.from(name, "latin1"))));
}

/** Object identifiers. */
export const OID = {
  alternativeNames: "551d11",
  ecdsaWithSha256: "2a8648ce3d040302",
  commonName: "550403",
  extensionRequest: "2a864886f70d01090e",
  acmeIdentifier: "2b0601050507011f",
} as const;
