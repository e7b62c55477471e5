/**
 * Certificates for tests, made and signed here.
 * @module
 */
import { type KeyObject, randomBytes } from "node:crypto";
import { concatBytes } from "@teu/std/bytes";
import { type Certificate, parseCertificate } from "../certificate.ts";
import { DER_TAG } from "../der.ts";
import { publicKeyToDer } from "../keys.ts";
import { signBytes } from "../signature.ts";

/** An authority or a signer, with its key. */
export interface TestIdentity {
  readonly key: KeyObject;
  readonly certificate: Certificate;
}

/** What a certificate is to say. */
export interface NewCertificate {
  readonly key: KeyObject;
  /** Attributes by object identifier, such as `2.5.4.3` for the common name. */
  readonly subject: readonly (readonly [string, string])[];
  /** Nothing for one that signs itself. */
  readonly issuer?: TestIdentity;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  readonly isAuthority?: boolean;
  /** Bits of the key usage, as in its one byte. Default: `digitalSignature`, or `keyCertSign` for an authority. */
  readonly keyUsage?: number;
  readonly purposes?: readonly string[];
  /** DER of further extensions. */
  readonly extensions?: readonly Uint8Array[];
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";

/** Makes a certificate, signed with ECDSA and SHA-256. */
export function makeCertificate(options: NewCertificate): TestIdentity {
  const { key, issuer, isAuthority = false } = options;
  const name = derName(options.subject);
  const algorithm = der(DER_TAG.sequence, derOid(ECDSA_SHA256));
  const body = der(
    DER_TAG.sequence,
    der(0xa0, derInteger(Uint8Array.of(2))),
    derInteger(Uint8Array.of(1, ...randomBytes(8))),
    algorithm,
    issuer === undefined ? name : Uint8Array.from(issuer.certificate.subjectDer),
    der(
      DER_TAG.sequence,
      derTime(options.notBeforeMs ?? Date.now() - DAY_MS),
      derTime(options.notAfterMs ?? Date.now() + DAY_MS),
    ),
    name,
    publicKeyToDer(key),
    der(0xa3, der(DER_TAG.sequence, ...extensionsOf(options, isAuthority))),
  );
  const signature = signBytes(issuer?.key ?? key, body, { hash: "sha256" });
  const whole = der(DER_TAG.sequence, body, algorithm, der(DER_TAG.bitString, Uint8Array.of(0), signature));
  return { key, certificate: parseCertificate(whole) };
}

function extensionsOf(options: NewCertificate, isAuthority: boolean): readonly Uint8Array[] {
  const usage = options.keyUsage ?? (isAuthority ? 0x04 : 0x80);
  const { purposes = [] } = options;
  return [
    ...(isAuthority
      ? [derExtension("2.5.29.19", der(DER_TAG.sequence, der(DER_TAG.boolean, Uint8Array.of(0xff))), true)]
      : []),
    derExtension("2.5.29.15", der(DER_TAG.bitString, Uint8Array.of(0, usage)), true),
    ...(purposes.length > 0 ? [derExtension("2.5.29.37", der(DER_TAG.sequence, ...purposes.map(derOid)))] : []),
    ...(options.extensions ?? []),
  ];
}

/** Writes an extension. */
export function derExtension(id: string, value: Uint8Array, critical = false): Uint8Array {
  const flag = critical ? [der(DER_TAG.boolean, Uint8Array.of(0xff))] : [];
  return der(DER_TAG.sequence, derOid(id), ...flag, der(DER_TAG.octetString, value));
}

/** Writes one value. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(contents);
  if (content.length < 0x80) return concatBytes([Uint8Array.of(tag, content.length), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return concatBytes([Uint8Array.of(tag, 0x80 | length.length, ...length), content]);
}

/** Writes an object identifier. */
export function derOid(id: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = id.split(".").map(Number);
  return der(DER_TAG.oid, Uint8Array.from([40 * first + second, ...rest].flatMap(base128)));
}

function base128(arc: number): readonly number[] {
  const digits = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

function derInteger(bytes: Uint8Array): Uint8Array {
  return der(DER_TAG.integer, bytes);
}

function derName(attributes: NewCertificate["subject"]): Uint8Array {
  const sets = attributes.map(([id, value]) =>
    der(DER_TAG.set, der(DER_TAG.sequence, derOid(id), der(DER_TAG.utf8String, Buffer.from(value)))),
  );
  return der(DER_TAG.sequence, ...sets);
}

function derTime(ms: number): Uint8Array {
  const text = new Date(ms).toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  return der(DER_TAG.generalizedTime, Buffer.from(text));
}
