/**
 * X.509 certificates, read: names, times, key, and what the certificate allows.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-4}
 * @module
 */
import { type KeyObject, X509Certificate, createHash } from "node:crypto";
import { TeuError, isTeuError } from "@teu/std/error";
import { DER_TAG, Der } from "./der.ts";
import type { PkiErrorCode } from "./errors.ts";
import { type PemBlock, formatPem, parsePem } from "./pem.ts";
import { type Extension, readExtensions } from "./x509-extensions.ts";

/** One attribute of a name, such as `CN`. */
export interface NameAttribute {
  /** Short name where there is one, else the object identifier. */
  readonly type: string;
  readonly value: string;
}

/** Another name of the subject. */
export interface AlternativeName {
  readonly kind: "email" | "dns" | "uri" | "other";
  /** Empty for `other`. */
  readonly value: string;
}

/** A certificate, read. */
export interface Certificate {
  readonly der: Uint8Array<ArrayBuffer>;
  /** From the most general attribute to the most special. */
  readonly subject: readonly NameAttribute[];
  readonly issuer: readonly NameAttribute[];
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  /** The serial number as DER. */
  readonly serialDer: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  /** The key as the certificate has it, in DER. */
  readonly keyDer: Uint8Array;
  /** Object identifier of the algorithm of the certificate's own signature. */
  readonly signatureAlgorithm: string;
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly alternativeNames: readonly AlternativeName[];
  /** Nothing if the certificate does not say. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly isAuthority: boolean;
  /** How many authorities may follow below; nothing for any number. */
  readonly pathLength: number | undefined;
}

/** What a key may be used for. */
export type KeyUsage = (typeof KEY_USAGES)[number];

const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

/** Object identifiers of extensions. */
export const EXTENSION = {
  keyUsage: "2.5.29.15",
  alternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Object identifiers of uses of keys. */
export const KEY_PURPOSE = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
} as const;

const ATTRIBUTES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "SERIALNUMBER",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.17": "POSTALCODE",
  "0.9.2342.19200300.100.1.25": "DC",
  "0.9.2342.19200300.100.1.1": "UID",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/**
 * Reads a certificate from DER.
 * @throws TeuError `ERR_CERTIFICATE_INVALID`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  try {
    return readCertificate(new Uint8Array(der));
  } catch (error) {
    const problem = isTeuError(error) || error instanceof RangeError ? error.message : "it cannot be decoded";
    throw new TeuError<PkiErrorCode>("ERR_CERTIFICATE_INVALID", `Reading a certificate: ${problem}`, { cause: error });
  }
}

/**
 * Reads every certificate of a PEM text, in order. Blocks of other kinds are refused.
 * @throws TeuError `ERR_PEM_INVALID`; `ERR_CERTIFICATE_INVALID`.
 */
export function parseCertificates(pem: string): readonly Certificate[] {
  return parsePem(pem).map(certificateOf);
}

function certificateOf({ label, bytes }: PemBlock): Certificate {
  if (label === "CERTIFICATE") return parseCertificate(bytes);
  throw new TeuError<PkiErrorCode>("ERR_CERTIFICATE_INVALID", `Reading a certificate: "${label}" in its place`);
}

/** Writes certificates in PEM. */
export function formatCertificates(certificates: readonly Certificate[]): string {
  return certificates.map(({ der }) => formatPem({ label: "CERTIFICATE", bytes: der })).join("");
}

/** The SHA-256 of a certificate in lower-case hex. */
export function certificateFingerprint({ der }: Certificate): string {
  return createHash("sha256").update(der).digest("hex");
}

/** Writes a name as `CN=…, O=…, C=…`, from the most special attribute to the most general, for people to read. */
export function formatCertificateName(name: readonly NameAttribute[]): string {
  return name
    .toReversed()
    .map(({ type, value }) => `${type}=${value.replace(/[,+"\\<>;=]/g, "\\$&")}`)
    .join(",");
}

function readCertificate(der: Uint8Array<ArrayBuffer>): Certificate {
  const node = new X509Certificate(der);
  const root = Der.parse(der).expect(DER_TAG.sequence);
  const body = root.at(0, DER_TAG.sequence);
  const fields = body.children();
  // The version comes first where there is one.
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const [serial, algorithm, issuer, validity, subject, key] = fields.slice(first);
  if (
    serial === undefined ||
    algorithm === undefined ||
    issuer === undefined ||
    validity === undefined ||
    subject === undefined ||
    key === undefined
  )
    throw new RangeError("fields are missing");
  const signatureAlgorithm = root.at(1, DER_TAG.sequence);
  if (Buffer.compare(signatureAlgorithm.bytes, algorithm.bytes) !== 0)
    throw new RangeError("two different algorithms of its signature");
  const extensions = readExtensions(
    fields
      .slice(first + 6)
      .find(({ tag }) => tag === 0xa3)
      ?.at(0),
  );
  return {
    der,
    subject: readName(subject),
    issuer: readName(issuer),
    subjectDer: subject.bytes,
    issuerDer: issuer.bytes,
    serialDer: serial.bytes,
    notBeforeMs: validity.at(0).time(),
    notAfterMs: validity.at(1).time(),
    publicKey: node.publicKey,
    keyDer: key.bytes,
    signatureAlgorithm: signatureAlgorithm.at(0).oid(),
    extensions,
    alternativeNames: readAlternativeNames(extensions.get(EXTENSION.alternativeName)),
    keyUsage: readKeyUsage(extensions.get(EXTENSION.keyUsage)),
    extendedKeyUsage: readPurposes(extensions.get(EXTENSION.extendedKeyUsage)),
    ...readConstraints(extensions.get(EXTENSION.basicConstraints)),
  };
}

function readName(name: Der): readonly NameAttribute[] {
  return name
    .expect(DER_TAG.sequence)
    .children()
    .flatMap((set) => set.expect(DER_TAG.set).children())
    .map((pair) => {
      const type = pair.at(0).oid();
      return { type: ATTRIBUTES[type] ?? type, value: pair.at(1).text() };
    });
}

function readKeyUsage(extension: Extension | undefined): ReadonlySet<KeyUsage> | undefined {
  if (extension === undefined) return undefined;
  const bits = Der.parse(extension.value).bits();
  return new Set(KEY_USAGES.filter((_, at) => ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0));
}

function readPurposes(extension: Extension | undefined): readonly string[] | undefined {
  if (extension === undefined) return undefined;
  return Der.parse(extension.value)
    .children()
    .map((each) => each.oid());
}

function readConstraints(extension: Extension | undefined): Pick<Certificate, "isAuthority" | "pathLength"> {
  const [authority, length] = extension === undefined ? [] : Der.parse(extension.value).children();
  const isAuthority = authority?.tag === DER_TAG.boolean && authority.boolean();
  return { isAuthority, pathLength: length === undefined ? undefined : Number(length.integer()) };
}

const NAME_KINDS: Readonly<Record<number, AlternativeName["kind"]>> = { 0x81: "email", 0x82: "dns", 0x86: "uri" };

function readAlternativeNames(extension: Extension | undefined): readonly AlternativeName[] {
  if (extension === undefined) return [];
  return Der.parse(extension.value)
    .children()
    .map((each) => {
      const kind = NAME_KINDS[each.tag];
      return kind === undefined ? { kind: "other", value: "" } : { kind, value: each.text() };
    });
}
