/**
 * Lists of revoked certificates, read and verified.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-5}
 * @module
 */
import { equalBytes } from "@teu/std/bytes";
import { TeuError, isTeuError } from "@teu/std/error";
import type { Certificate } from "./certificate.ts";
import { DER_TAG, Der } from "./der.ts";
import type { PkiErrorCode } from "./errors.ts";
import { readDistributionPoints, readPointName } from "./revocation-points.ts";
import { signatureScheme } from "./signature-algorithm.ts";
import { verifyBytes } from "./signature.ts";
import { type Extension, readExtensions } from "./x509-extensions.ts";

/** What a list says of one certificate. */
export interface RevokedEntry {
  /** Milliseconds since 1970. */
  readonly revokedAtMs: number;
  /** Reason code; 0 where none is given. */
  readonly reason: number;
  /** Since when the key is not to be relied on, if the list says. */
  readonly invalidSinceMs: number | undefined;
}

/** Reason codes that may be taken back. */
export const CRL_REASON = { certificateHold: 6, removeFromCrl: 8 } as const;

/** A list, read. */
export interface RevocationList {
  readonly issuerDer: Uint8Array;
  readonly thisUpdateMs: number;
  /** Nothing where the list does not say. */
  readonly nextUpdateMs: number | undefined;
  readonly number: bigint | undefined;
  /** Of a list of changes: the lowest number of a list that it can be added to. */
  readonly baseNumber: bigint | undefined;
  /** URLs of lists of changes to this one. */
  readonly deltaUrls: readonly string[];
  /** For which certificates it speaks. */
  readonly scope: RevocationScope;
  /** What it says of a certificate of its issuer. @throws TeuError `ERR_REVOCATION_INVALID` */
  readonly entriesOf: (certificate: Certificate) => readonly RevokedEntry[];
  /** Tells whether the owner of a certificate signed it. */
  readonly isSignedBy: (issuer: Certificate) => boolean;
}

/** For which certificates a list speaks. */
export interface RevocationScope {
  /** URLs that it is published under; nothing where it does not say. */
  readonly urls: readonly string[] | undefined;
  readonly only: "users" | "authorities" | undefined;
}

const EXTENSION = {
  number: "2.5.29.20",
  deltaIndicator: "2.5.29.27",
  issuingPoint: "2.5.29.28",
  freshest: "2.5.29.46",
  reason: "2.5.29.21",
  invalidityDate: "2.5.29.24",
} as const;

/** Critical extensions that are heeded here; a list with any other cannot be relied on. */
const HEEDED: ReadonlySet<string> = new Set([EXTENSION.deltaIndicator, EXTENSION.issuingPoint]);

/**
 * Reads a list from DER. It is not verified yet.
 * @throws TeuError `ERR_REVOCATION_INVALID`, also for lists of other issuers' certificates and of some reasons only.
 */
export function parseRevocationList(der: Uint8Array): RevocationList {
  return reading(() => readList(Der.parse(der).expect(DER_TAG.sequence)));
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error, "ERR_REVOCATION_INVALID")) throw error;
    if (isTeuError(error) || error instanceof RangeError) throw invalid(error.message, error);
    throw error;
  }
}

function readList(root: Der): RevocationList {
  const body = root.at(0, DER_TAG.sequence);
  const fields = body.children();
  const first = fields[0]?.tag === DER_TAG.integer ? 1 : 0;
  const [inner, issuer, thisUpdate, ...rest] = fields.slice(first);
  const algorithm = root.at(1, DER_TAG.sequence);
  if (inner === undefined || issuer === undefined || thisUpdate === undefined) throw invalid("fields are missing");
  if (!equalBytes(inner.bytes, algorithm.bytes)) throw invalid("two different algorithms of its signature");
  const nextUpdate = rest.find(({ tag }) => tag === DER_TAG.utcTime || tag === DER_TAG.generalizedTime);
  const entries = rest.find(({ tag }) => tag === DER_TAG.sequence);
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa0)?.at(0));
  refuseUnheeded(extensions, HEEDED);
  const freshest = extensions.get(EXTENSION.freshest);
  return {
    issuerDer: issuer.bytes,
    thisUpdateMs: thisUpdate.time(),
    nextUpdateMs: nextUpdate?.time(),
    number: readNumber(extensions.get(EXTENSION.number)),
    baseNumber: readNumber(extensions.get(EXTENSION.deltaIndicator)),
    deltaUrls: freshest === undefined ? [] : readDistributionPoints(Der.parse(freshest.value)),
    scope: readScope(extensions.get(EXTENSION.issuingPoint)),
    entriesOf: ({ serialDer }) => reading(() => findEntries(entries, serialDer)),
    isSignedBy: (by) => isSignedBy(root, issuer.bytes, by),
  };
}

function refuseUnheeded(extensions: ReadonlyMap<string, Extension>, heeded: ReadonlySet<string>): void {
  const unheeded = [...extensions].find(([id, { critical }]) => critical && !heeded.has(id));
  if (unheeded !== undefined) throw invalid(`the critical extension ${unheeded[0]}, which is not known here`);
}

function readNumber(extension: Extension | undefined): bigint | undefined {
  return extension === undefined ? undefined : Der.parse(extension.value).integer();
}

function readScope(extension: Extension | undefined): RevocationScope {
  if (extension === undefined) return { urls: undefined, only: undefined };
  const point = Der.parse(extension.value).expect(DER_TAG.sequence);
  const isSet = (number: number): boolean => point.tagged(number)?.content[0] === 0xff;
  if (point.tagged(3) !== undefined) throw invalid("it is for some reasons only");
  if (isSet(4)) throw invalid("it has certificates of other issuers");
  if (isSet(5)) throw invalid("it is for certificates of attributes");
  const name = point.tagged(0);
  const only = isSet(1) ? "users" : isSet(2) ? "authorities" : undefined;
  return { urls: name === undefined ? undefined : readPointName(name), only };
}

/** A list may have millions of entries: they are looked through without being kept. */
function findEntries(entries: Der | undefined, serialDer: Uint8Array): readonly RevokedEntry[] {
  const found: RevokedEntry[] = [];
  for (const entry of entries?.each() ?? []) {
    const [serial, revokedAt, extensions] = entry.children();
    if (serial === undefined || revokedAt === undefined) throw invalid("an entry is not whole");
    if (equalBytes(serial.bytes, serialDer)) found.push(readEntry(revokedAt, readExtensions(extensions)));
  }
  return found;
}

function readEntry(revokedAt: Der, extensions: ReadonlyMap<string, Extension>): RevokedEntry {
  refuseUnheeded(extensions, new Set([EXTENSION.reason, EXTENSION.invalidityDate]));
  const [reason, since] = [extensions.get(EXTENSION.reason), extensions.get(EXTENSION.invalidityDate)];
  return {
    revokedAtMs: revokedAt.time(),
    reason: reason === undefined ? 0 : (Der.parse(reason.value).expect(DER_TAG.enumerated).content[0] ?? 0),
    invalidSinceMs: since === undefined ? undefined : Der.parse(since.value).expect(DER_TAG.generalizedTime).time(),
  };
}

function isSignedBy(root: Der, issuerDer: Uint8Array, by: Certificate): boolean {
  if (!equalBytes(issuerDer, by.subjectDer)) return false;
  if (by.keyUsage !== undefined && !by.keyUsage.has("cRLSign")) return false;
  const scheme = reading(() => signatureScheme(root.at(1, DER_TAG.sequence)));
  return verifyBytes(by.publicKey, root.at(0).bytes, root.at(2, DER_TAG.bitString).bits(), scheme);
}

function invalid(problem: string, cause?: unknown): TeuError<PkiErrorCode> {
  return new TeuError("ERR_REVOCATION_INVALID", `Reading a list of revoked certificates: ${problem}`, { cause });
}
