/**
 * OCSP: asking a responder whether a certificate is revoked, and verifying what it answers.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6960#section-4}
 * @module
 */
import { createHash } from "node:crypto";
import { equalBytes } from "@teu/std/bytes";
import { TeuError, isTeuError } from "@teu/std/error";
import { isIssuedBy, isSame } from "./certificate-chain.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { DER_TAG, Der } from "./der.ts";
import { writeDer, writeOid } from "./der-write.ts";
import type { PkiErrorCode } from "./errors.ts";
import { signatureScheme } from "./signature-algorithm.ts";
import { verifyBytes } from "./signature.ts";
import { type Extension, readExtensions } from "./x509-extensions.ts";

/** What is asked about. */
export interface OcspQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** Random bytes that the answer has to repeat if it has any; nothing for answers that were kept. */
  readonly nonce?: Uint8Array | undefined;
}

/** What a responder says. Its signature holds. */
export interface OcspAnswer {
  readonly status: "good" | "revoked" | "unknown";
  readonly thisUpdateMs: number;
  /** Until when the answer may be relied on; nothing where it does not say. */
  readonly nextUpdateMs: number | undefined;
  /** Since when the key is not to be relied on, if the answer says. */
  readonly invalidSinceMs: number | undefined;
  /** Who answered, if it was not the issuer itself, unless nobody has to ask about that certificate. */
  readonly responder: Certificate | undefined;
}

const OID = {
  sha1: "1.3.14.3.2.26",
  basic: "1.3.6.1.5.5.7.48.1.1",
  nonce: "1.3.6.1.5.5.7.48.1.2",
  noCheck: "1.3.6.1.5.5.7.48.1.5",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  invalidityDate: "2.5.29.24",
} as const;

/** Length of a nonce that every responder takes. */
export const OCSP_NONCE_BYTES = 16;

/** Writes the question. The issuer is named by SHA-1, the one hash that all responders know; nothing rests on it. */
export function writeOcspRequest({ certificate, issuer, nonce }: OcspQuestion): Uint8Array<ArrayBuffer> {
  const request = writeDer(DER_TAG.sequence, writeCertificateId(certificate, issuer));
  const extensions = nonce === undefined ? [] : [writeDer(0xa2, writeDer(DER_TAG.sequence, writeNonce(nonce)))];
  const body = writeDer(DER_TAG.sequence, writeDer(DER_TAG.sequence, request), ...extensions);
  return writeDer(DER_TAG.sequence, body);
}

function writeCertificateId({ serialDer }: Certificate, issuer: Certificate): Uint8Array {
  const [name, key] = issuerHashes(issuer);
  const algorithm = writeDer(DER_TAG.sequence, writeOid(OID.sha1), writeDer(DER_TAG.null));
  const hashes = [name, key].map((hash) => writeDer(DER_TAG.octetString, hash));
  return writeDer(DER_TAG.sequence, algorithm, ...hashes, serialDer);
}

function writeNonce(nonce: Uint8Array): Uint8Array {
  const value = writeDer(DER_TAG.octetString, writeDer(DER_TAG.octetString, nonce));
  return writeDer(DER_TAG.sequence, writeOid(OID.nonce), value);
}

/** The SHA-1 of the issuer's name and of the bits of its key. */
function issuerHashes(issuer: Certificate): readonly [Uint8Array, Uint8Array] {
  return [createHash("sha1").update(issuer.subjectDer).digest(), keyHash(issuer)];
}

function keyHash({ keyDer }: Certificate): Uint8Array {
  const bits = Der.parse(keyDer).at(1, DER_TAG.bitString).bits();
  return createHash("sha1").update(bits).digest();
}

/**
 * Verifies an answer: that it is about the certificate, whole, and signed by the issuer, or by one whom the issuer let
 * answer and whose certificate is valid at `nowMs`. Whether it has run out is for the caller to judge.
 * @throws TeuError `ERR_REVOCATION_INVALID`
 */
export function verifyOcspResponse(response: Uint8Array, question: OcspQuestion, nowMs: number): OcspAnswer {
  try {
    return verifyBasic(basicResponse(Der.parse(response).expect(DER_TAG.sequence)), question, nowMs);
  } catch (error) {
    if (isTeuError(error, "ERR_REVOCATION_INVALID")) throw error;
    if (isTeuError(error) || error instanceof RangeError) throw invalid(error.message, error);
    throw error;
  }
}

const STATUS = ["successful", "malformedRequest", "internalError", "tryLater", "?", "sigRequired", "unauthorized"];

function basicResponse(response: Der): Der {
  const [status] = response.at(0, DER_TAG.enumerated).content;
  if (status !== 0) throw invalid(`the responder says ${STATUS[status ?? 4] ?? "?"}`);
  const wrapped = response.at(1, 0xa0).at(0, DER_TAG.sequence);
  if (wrapped.at(0).oid() !== OID.basic) throw invalid("it is of another kind, expected a basic response");
  return Der.parse(wrapped.at(1, DER_TAG.octetString).content);
}

function verifyBasic(basic: Der, question: OcspQuestion, nowMs: number): OcspAnswer {
  const data = basic.at(0, DER_TAG.sequence);
  const fields = data.children();
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const [responderId, , responses, extensions] = fields.slice(first);
  if (responderId === undefined || responses === undefined) throw invalid("fields are missing");
  const certificates = (basic.tagged(0)?.at(0).children() ?? []).map(({ bytes }) => parseCertificate(bytes));
  const signer = findSigner(responderId, certificates, { ...question, nowMs });
  const scheme = signatureScheme(basic.at(1, DER_TAG.sequence));
  if (!verifyBytes(signer.publicKey, data.bytes, basic.at(2, DER_TAG.bitString).bits(), scheme))
    throw invalid("its signature is wrong");
  const general = readExtensions(extensions?.at(0));
  refuseCritical(general, [OID.nonce]);
  checkNonce(general.get(OID.nonce), question.nonce);
  const isExempt = isSame(signer, question.issuer) || signer.extensions.has(OID.noCheck);
  return { ...readSingle(responses, question), responder: isExempt ? undefined : signer };
}

interface Asked extends OcspQuestion {
  readonly nowMs: number;
}

/** The issuer, or one whose certificate it issued for answering. */
function findSigner(id: Der, certificates: readonly Certificate[], { issuer, nowMs }: Asked): Certificate {
  if (isNamed(issuer, id)) return issuer;
  const signer = certificates.find((each) => isNamed(each, id));
  if (signer === undefined) throw invalid("it is neither by the issuer nor by one whose certificate it has");
  if (!isIssuedBy(signer, issuer)) throw invalid("the responder's certificate is not by the issuer");
  if (signer.extendedKeyUsage?.includes(OID.ocspSigning) !== true) throw invalid("the responder may not answer");
  if (nowMs < signer.notBeforeMs || nowMs > signer.notAfterMs) throw invalid("the responder's certificate has run out");
  return signer;
}

function isNamed(certificate: Certificate, id: Der): boolean {
  if (id.tag === 0xa1) return equalBytes(id.at(0).bytes, certificate.subjectDer);
  if (id.tag === 0xa2) return equalBytes(id.at(0, DER_TAG.octetString).content, keyHash(certificate));
  throw invalid("it does not name its responder");
}

function checkNonce(given: Extension | undefined, wanted: Uint8Array | undefined): void {
  if (given === undefined || wanted === undefined) return;
  const nonce = Der.parse(given.value).expect(DER_TAG.octetString).content;
  if (!equalBytes(nonce, wanted)) throw invalid("it answers another question");
}

function readSingle(responses: Der, question: OcspQuestion): Omit<OcspAnswer, "responder"> {
  const single = responses.children().find((each) => isAbout(each.at(0), question));
  if (single === undefined) throw invalid("it is about other certificates");
  const [, status, thisUpdate, ...rest] = single.children();
  if (status === undefined || thisUpdate === undefined) throw invalid("fields are missing");
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa1)?.at(0));
  refuseCritical(extensions, [OID.invalidityDate]);
  const since = extensions.get(OID.invalidityDate);
  return {
    status: statusOf(status),
    thisUpdateMs: thisUpdate.time(),
    nextUpdateMs: rest
      .find(({ tag }) => tag === 0xa0)
      ?.at(0)
      .time(),
    invalidSinceMs: since === undefined ? undefined : Der.parse(since.value).expect(DER_TAG.generalizedTime).time(),
  };
}

function isAbout(id: Der, { certificate, issuer }: OcspQuestion): boolean {
  if (id.at(0).at(0).oid() !== OID.sha1 || !equalBytes(id.at(3).bytes, certificate.serialDer)) return false;
  return issuerHashes(issuer).every((hash, at) => equalBytes(id.at(at + 1, DER_TAG.octetString).content, hash));
}

function statusOf({ tag }: Der): OcspAnswer["status"] {
  if (tag === 0x80) return "good";
  return tag === 0xa1 ? "revoked" : "unknown";
}

function refuseCritical(extensions: ReadonlyMap<string, Extension>, heeded: readonly string[]): void {
  const other = [...extensions].find(([id, { critical }]) => critical && !heeded.includes(id));
  if (other !== undefined) throw invalid(`the critical extension ${other[0]}, which is not known here`);
}

function invalid(problem: string, cause?: unknown): TeuError<PkiErrorCode> {
  return new TeuError("ERR_REVOCATION_INVALID", `Verifying an answer about a certificate: ${problem}`, { cause });
}
