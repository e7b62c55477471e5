/**
 * Certificates for tests, made and signed here.
 * @module
 */
import { type KeyObject, randomBytes } from "node:crypto";
import { type Certificate, parseCertificate } from "../certificate.ts";
import { DER_TAG } from "../der.ts";
import { writeDer, writeOid, writeUnsigned } from "../der-write.ts";
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
  /** Bits of the key usage, as in its one byte. Default: `digitalSignature`; `keyCertSign` and `cRLSign` for an authority. */
  readonly keyUsage?: number;
  readonly purposes?: readonly string[];
  /** Whether the purposes are critical. Default: false. */
  readonly purposesCritical?: boolean;
  /** DER of further extensions. */
  readonly extensions?: readonly Uint8Array[];
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";

/** Makes a certificate, signed with ECDSA and SHA-256. */
export function makeCertificate(options: NewCertificate): TestIdentity {
  const { key, issuer, isAuthority = false } = options;
  const name = derName(options.subject);
  const algorithm = writeDer(DER_TAG.sequence, writeOid(ECDSA_SHA256));
  const body = writeDer(
    DER_TAG.sequence,
    writeDer(0xa0, writeUnsigned(Uint8Array.of(2))),
    writeUnsigned(Uint8Array.of(1, ...randomBytes(8))),
    algorithm,
    issuer === undefined ? name : Uint8Array.from(issuer.certificate.subjectDer),
    writeDer(
      DER_TAG.sequence,
      derTime(options.notBeforeMs ?? Date.now() - DAY_MS),
      derTime(options.notAfterMs ?? Date.now() + DAY_MS),
    ),
    name,
    publicKeyToDer(key),
    writeDer(0xa3, writeDer(DER_TAG.sequence, ...extensionsOf(options, isAuthority))),
  );
  const signature = signBytes(issuer?.key ?? key, body, { hash: "sha256" });
  const whole = writeDer(DER_TAG.sequence, body, algorithm, writeDer(DER_TAG.bitString, Uint8Array.of(0), signature));
  return { key, certificate: parseCertificate(whole) };
}

function extensionsOf(options: NewCertificate, isAuthority: boolean): readonly Uint8Array[] {
  const usage = options.keyUsage ?? (isAuthority ? 0x06 : 0x80);
  const { purposes = [] } = options;
  return [
    ...(isAuthority
      ? [derExtension("2.5.29.19", writeDer(DER_TAG.sequence, writeDer(DER_TAG.boolean, Uint8Array.of(0xff))), true)]
      : []),
    derExtension("2.5.29.15", writeDer(DER_TAG.bitString, Uint8Array.of(0, usage)), true),
    ...(purposes.length > 0
      ? [derExtension("2.5.29.37", writeDer(DER_TAG.sequence, ...purposes.map(writeOid)), options.purposesCritical)]
      : []),
    ...(options.extensions ?? []),
  ];
}

/** Writes an extension. */
export function derExtension(id: string, value: Uint8Array, critical = false): Uint8Array {
  const flag = critical ? [writeDer(DER_TAG.boolean, Uint8Array.of(0xff))] : [];
  return writeDer(DER_TAG.sequence, writeOid(id), ...flag, writeDer(DER_TAG.octetString, value));
}

function derName(attributes: NewCertificate["subject"]): Uint8Array {
  const sets = attributes.map(([id, value]) =>
    writeDer(DER_TAG.set, writeDer(DER_TAG.sequence, writeOid(id), writeDer(DER_TAG.utf8String, Buffer.from(value)))),
  );
  return writeDer(DER_TAG.sequence, ...sets);
}

/** Writes a point in time. */
export function derTime(ms: number): Uint8Array {
  const text = new Date(ms).toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  return writeDer(DER_TAG.generalizedTime, Buffer.from(text));
}
