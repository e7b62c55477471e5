/**
 * Signed time stamps: that some bytes were there at a time, by the word of an authority.
 * @see {@link https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc5652#section-5}
 * @module
 */
import { createHash } from "node:crypto";
import { equalBytes } from "@teu/std/bytes";
import { TeuError, isTeuError } from "@teu/std/error";
import { buildChain } from "./certificate-chain.ts";
import { type Certificate, EXTENSION, KEY_PURPOSE, parseCertificate } from "./certificate.ts";
import { DER_TAG, Der } from "./der.ts";
import type { PkiErrorCode } from "./errors.ts";
import { hashOf, signatureScheme } from "./signature-algorithm.ts";
import { verifyBytes } from "./signature.ts";

/** A time stamp that holds. */
export interface VerifiedTimestamp {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** How far the time may be off, in milliseconds. */
  readonly accuracyMs: number;
  /** Who stamped. */
  readonly certificate: Certificate;
  /** The stamper's certificate and those above it, the anchor last. */
  readonly chain: readonly Certificate[];
}

/** Longest token that is read, in bytes. */
export const MAX_TIMESTAMP_BYTES: number = 1024 * 1024;

const OID = {
  signedData: "1.2.840.113549.1.7.2",
  timestamp: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.47",
} as const;

/**
 * Verifies a token over `data`: what it is about, its one signature, who signed, and that this was an authority of time
 * stamps whose certificates held then.
 * @param token The token itself, without the answer of a server around it.
 * @throws TeuError `ERR_TIMESTAMP_INVALID`
 */
export function verifyTimestamp(
  token: Uint8Array,
  data: Uint8Array,
  anchors: readonly Certificate[],
): VerifiedTimestamp {
  try {
    if (token.length > MAX_TIMESTAMP_BYTES)
      throw invalid(`${token.length} bytes, expected at most ${MAX_TIMESTAMP_BYTES}`);
    return verifyToken(Der.parse(token), data, anchors);
  } catch (error) {
    if (!isTeuError(error) || error.code === "ERR_TIMESTAMP_INVALID") throw error;
    throw invalid(error.message, error);
  }
}

function verifyToken(token: Der, data: Uint8Array, anchors: readonly Certificate[]): VerifiedTimestamp {
  if (token.at(0).oid() !== OID.signedData) throw invalid("it is no signed data");
  const signedData = token.at(1).at(0, DER_TAG.sequence);
  const wrapped = signedData.at(2, DER_TAG.sequence);
  if (wrapped.at(0).oid() !== OID.timestamp) throw invalid("it signs something else than a time");
  const content = wrapped.at(1).at(0, DER_TAG.octetString).content;
  const facts = readFacts(Der.parse(content), data);
  const certificates = (signedData.tagged(0)?.children() ?? []).map(({ bytes }) => parseCertificate(bytes));
  const [signer, ...others] = signedData.children().at(-1)?.expect(DER_TAG.set).children() ?? [];
  if (signer === undefined || others.length > 0) throw invalid("expected one signature");
  const certificate = verifySigner(signer, content, certificates);
  checkPurpose(certificate);
  const chain = buildChain(certificate, { anchors, intermediates: certificates, atMs: facts.timeMs });
  return { ...facts, certificate, chain };
}

/** Reads the time, if it is that of `data`. */
function readFacts(info: Der, data: Uint8Array): Pick<VerifiedTimestamp, "timeMs" | "accuracyMs"> {
  const imprint = info.at(2, DER_TAG.sequence);
  const digest = createHash(hashOf(imprint.at(0)))
    .update(data)
    .digest();
  if (!equalBytes(digest, imprint.at(1, DER_TAG.octetString).content)) throw invalid("it is about other bytes");
  const next = info.children()[5];
  const accuracyMs = next?.tag === DER_TAG.sequence ? readAccuracy(next) : 0;
  return { timeMs: info.at(4, DER_TAG.generalizedTime).time(), accuracyMs };
}

function readAccuracy(accuracy: Der): number {
  const [first] = accuracy.children();
  const seconds = first?.tag === DER_TAG.integer ? Number(first.integer()) : 0;
  const part = (number: number): number =>
    [...(accuracy.tagged(number)?.content ?? [])].reduce((value, byte) => value * 256 + byte, 0);
  return seconds * 1000 + part(0) + Math.ceil(part(1) / 1000);
}

function verifySigner(signer: Der, content: Uint8Array, certificates: readonly Certificate[]): Certificate {
  const [, id, digestAlgorithm, attributes, signatureAlgorithm, signature] = signer.children();
  if (id === undefined || digestAlgorithm === undefined || attributes?.tag !== 0xa0)
    throw invalid("its signature has no attributes");
  if (signatureAlgorithm === undefined || signature === undefined) throw invalid("its signature is not whole");
  const certificate = certificates.find((each) => isSigner(each, id));
  if (certificate === undefined) throw invalid("the signer's certificate is missing");
  const hash = hashOf(digestAlgorithm);
  checkAttributes(readAttributes(attributes), createHash(hash).update(content).digest(), certificate);
  // What is signed is the set of attributes under its own tag.
  const signed = Uint8Array.from(attributes.bytes);
  signed[0] = DER_TAG.set;
  const scheme = signatureScheme(signatureAlgorithm, hash);
  if (verifyBytes(certificate.publicKey, signed, signature.expect(DER_TAG.octetString).content, scheme))
    return certificate;
  throw invalid("its signature is wrong");
}

function checkAttributes(known: ReadonlyMap<string, Der>, digest: Uint8Array, certificate: Certificate): void {
  if (known.get(OID.contentType)?.oid() !== OID.timestamp) throw invalid("its attributes are of something else");
  const named = known.get(OID.messageDigest)?.expect(DER_TAG.octetString).content;
  if (named === undefined || !equalBytes(digest, named)) throw invalid("its attributes are of other content");
  checkSigningCertificate(known.get(OID.signingCertificate), certificate);
}

function isSigner({ issuerDer, serialDer }: Certificate, id: Der): boolean {
  if (id.tag !== DER_TAG.sequence) return false;
  return equalBytes(id.at(0).bytes, issuerDer) && equalBytes(id.at(1).bytes, serialDer);
}

function readAttributes(attributes: Der): ReadonlyMap<string, Der> {
  const known = new Map<string, Der>();
  for (const each of attributes.children()) {
    const id = each.at(0).oid();
    if (known.has(id)) throw invalid("an attribute is given twice");
    known.set(id, each.at(1, DER_TAG.set).at(0));
  }
  return known;
}

/** The signer has to name its certificate, so that no other with the same key and name can stand in. */
function checkSigningCertificate(attribute: Der | undefined, certificate: Certificate): void {
  if (attribute === undefined) throw invalid("the signer does not name its certificate");
  const first = attribute.at(0, DER_TAG.sequence).at(0, DER_TAG.sequence);
  const hasAlgorithm = first.at(0).tag === DER_TAG.sequence;
  const hash = hasAlgorithm ? hashOf(first.at(0)) : "sha256";
  const named = first.at(hasAlgorithm ? 1 : 0, DER_TAG.octetString).content;
  if (!equalBytes(createHash(hash).update(certificate.der).digest(), named))
    throw invalid("the signer names another certificate");
}

function checkPurpose({ extensions, extendedKeyUsage }: Certificate): void {
  const isSole = extendedKeyUsage?.length === 1 && extendedKeyUsage[0] === KEY_PURPOSE.timeStamping;
  if (!isSole || extensions.get(EXTENSION.extendedKeyUsage)?.critical !== true)
    throw invalid("the signer's certificate is not for time stamps alone");
}

function invalid(problem: string, cause?: unknown): TeuError<PkiErrorCode> {
  return new TeuError("ERR_TIMESTAMP_INVALID", `Verifying a time stamp: ${problem}`, { cause });
}
