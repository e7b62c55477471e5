/**
 * Lists of revoked certificates and answers of OCSP for tests, made and signed here.
 * @module
 */
import type { Certificate } from "../certificate.ts";
import { DER_TAG, Der } from "../der.ts";
import { writeDer, writeOid, writeUnsigned } from "../der-write.ts";
import { signBytes } from "../signature.ts";
import { type TestIdentity, derExtension, derTime } from "./make-certificate.ts";

const HOUR_MS = 3_600_000;
const ALGORITHM = writeDer(DER_TAG.sequence, writeOid("1.2.840.10045.4.3.2"));

/** Times of an answer or a list. */
interface Times {
  /** Default: an hour ago. */
  readonly thisUpdateMs?: number;
  /** Default: in an hour; nothing to leave it out. */
  readonly nextUpdateMs?: number | undefined;
}

/** One entry of a list. */
export interface NewEntry {
  readonly certificate: Certificate;
  readonly reason?: number;
  readonly revokedAtMs?: number;
  readonly invalidSinceMs?: number;
}

/** What a list is to say. */
export interface NewList extends Times {
  readonly entries?: readonly NewEntry[];
  readonly number?: number;
  /** DER of further extensions. */
  readonly extensions?: readonly Uint8Array[];
}

/** Makes a list of revoked certificates, signed by `issuer`. */
export function makeRevocationList(issuer: TestIdentity, list: NewList = {}): Uint8Array<ArrayBuffer> {
  const { entries = [], number = 1, extensions = [], thisUpdateMs = Date.now() - HOUR_MS } = list;
  const nextUpdateMs = "nextUpdateMs" in list ? list.nextUpdateMs : Date.now() + HOUR_MS;
  const all = [derExtension("2.5.29.20", derNumber(number)), ...extensions];
  const body = writeDer(
    DER_TAG.sequence,
    derNumber(1),
    ALGORITHM,
    issuer.certificate.subjectDer,
    derTime(thisUpdateMs),
    ...(nextUpdateMs === undefined ? [] : [derTime(nextUpdateMs)]),
    ...(entries.length === 0 ? [] : [writeDer(DER_TAG.sequence, ...entries.map(derEntry))]),
    writeDer(0xa0, writeDer(DER_TAG.sequence, ...all)),
  );
  return signed(issuer, body);
}

function signed(by: TestIdentity, body: Uint8Array, ...rest: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const signature = signBytes(by.key, body, { hash: "sha256" });
  return writeDer(DER_TAG.sequence, body, ALGORITHM, writeDer(DER_TAG.bitString, Uint8Array.of(0), signature), ...rest);
}

/** Writes a small number. */
export function derNumber(value: number): Uint8Array {
  return writeUnsigned(Uint8Array.of(value >> 8, value & 0xff));
}

function derEntry({ certificate, reason, revokedAtMs = Date.now() - HOUR_MS, invalidSinceMs }: NewEntry): Uint8Array {
  const extensions = [
    ...(reason === undefined ? [] : [derExtension("2.5.29.21", writeDer(DER_TAG.enumerated, Uint8Array.of(reason)))]),
    ...(invalidSinceMs === undefined ? [] : [derExtension("2.5.29.24", derTime(invalidSinceMs))]),
  ];
  const more = extensions.length === 0 ? [] : [writeDer(DER_TAG.sequence, ...extensions)];
  return writeDer(DER_TAG.sequence, certificate.serialDer, derTime(revokedAtMs), ...more);
}

/** What a responder is to say. */
export interface NewAnswer extends Times {
  readonly status?: "good" | "revoked" | "unknown";
  /** Nothing to repeat the one of the question, if it has any. */
  readonly nonce?: Uint8Array;
  readonly invalidSinceMs?: number;
  /** Whether the certificate of who answers is in the answer. Default: true. */
  readonly hasCertificate?: boolean;
}

/** Answers a question of OCSP, signed by `responder`, whatever it asks about. */
export function makeOcspResponse(
  request: Uint8Array,
  responder: TestIdentity,
  answer: NewAnswer = {},
): Uint8Array<ArrayBuffer> {
  const question = Der.parse(request).at(0);
  const id = question.at(0).at(0).at(0).bytes;
  const asked = question.tagged(2)?.at(0).at(0).at(1).content;
  const nonce = answer.nonce === undefined ? asked : writeDer(DER_TAG.octetString, answer.nonce);
  const general =
    nonce === undefined
      ? []
      : [writeDer(0xa1, writeDer(DER_TAG.sequence, derExtension("1.3.6.1.5.5.7.48.1.2", nonce)))];
  const data = writeDer(
    DER_TAG.sequence,
    writeDer(0xa1, responder.certificate.subjectDer),
    derTime(Date.now()),
    writeDer(DER_TAG.sequence, derSingle(id, answer)),
    ...general,
  );
  const { hasCertificate = true } = answer;
  const certificates = writeDer(0xa0, writeDer(DER_TAG.sequence, responder.certificate.der));
  const basic = signed(responder, data, ...(hasCertificate ? [certificates] : []));
  const wrapped = writeDer(DER_TAG.sequence, writeOid("1.3.6.1.5.5.7.48.1.1"), writeDer(DER_TAG.octetString, basic));
  return writeDer(DER_TAG.sequence, writeDer(DER_TAG.enumerated, Uint8Array.of(0)), writeDer(0xa0, wrapped));
}

function derSingle(id: Uint8Array, answer: NewAnswer): Uint8Array {
  const { status = "good", thisUpdateMs = Date.now() - HOUR_MS, invalidSinceMs } = answer;
  const nextUpdateMs = "nextUpdateMs" in answer ? answer.nextUpdateMs : Date.now() + HOUR_MS;
  const said = { good: writeDer(0x80), revoked: writeDer(0xa1, derTime(thisUpdateMs)), unknown: writeDer(0x82) };
  return writeDer(
    DER_TAG.sequence,
    id,
    said[status],
    derTime(thisUpdateMs),
    ...(nextUpdateMs === undefined ? [] : [writeDer(0xa0, derTime(nextUpdateMs))]),
    ...(invalidSinceMs === undefined
      ? []
      : [writeDer(0xa1, writeDer(DER_TAG.sequence, derExtension("2.5.29.24", derTime(invalidSinceMs))))]),
  );
}

/** Extensions by which a certificate says where one can ask about it. */
export function revocationExtensions(points: {
  readonly ocsp?: readonly string[];
  readonly crl?: readonly string[];
}): readonly Uint8Array[] {
  const { ocsp = [], crl = [] } = points;
  const access = ocsp.map((url) => writeDer(DER_TAG.sequence, writeOid("1.3.6.1.5.5.7.48.1"), derUri(url)));
  return [
    ...(ocsp.length === 0 ? [] : [derExtension("1.3.6.1.5.5.7.1.1", writeDer(DER_TAG.sequence, ...access))]),
    ...(crl.length === 0 ? [] : [derExtension("2.5.29.31", derPoints(crl))]),
  ];
}

/** Writes distribution points, one of each URL. */
export function derPoints(urls: readonly string[]): Uint8Array {
  const points = urls.map((url) => writeDer(DER_TAG.sequence, writeDer(0xa0, writeDer(0xa0, derUri(url)))));
  return writeDer(DER_TAG.sequence, ...points);
}

/** Writes a URL among general names. */
export function derUri(url: string): Uint8Array {
  return writeDer(0x86, Buffer.from(url));
}
