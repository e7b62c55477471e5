/**
 * The Notary Project's envelope of COSE.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-envelope-cose.md}
 * @module
 */
import { type CborKey, CborTag, type CborValue } from "@teu/pki/cbor";
import { parseCertificate } from "@teu/pki/certificate";
import { COSE_LABELS, type CoseHeaders, parseCoseSign1 } from "@teu/pki/cose";
import {
  type ExtendedValue,
  NOTATION_HEADER,
  NOTATION_PAYLOAD_TYPE,
  type NotationEnvelope,
  type NotationPlugin,
} from "./notation.ts";
import { reading, unreadable } from "./unreadable.ts";

const WHAT = "a signature of the Notary Project in COSE";
const EPOCH_TAG = 1;

const KNOWN: readonly CborKey[] = [
  COSE_LABELS.algorithm,
  COSE_LABELS.critical,
  COSE_LABELS.contentType,
  NOTATION_HEADER.scheme,
  NOTATION_HEADER.time,
  NOTATION_HEADER.authenticTime,
  NOTATION_HEADER.expiry,
  NOTATION_HEADER.plugin,
  NOTATION_HEADER.pluginVersion,
];

/**
 * Reads an envelope.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function parseNotationCose(bytes: Uint8Array): NotationEnvelope {
  return reading(WHAT, () => {
    const cose = parseCoseSign1(bytes);
    const head = cose.protected;
    const { critical, extended } = readCritical(head);
    const algorithm = head.get(COSE_LABELS.algorithm);
    if (typeof algorithm !== "number") throw unreadable(WHAT, "the algorithm is no number");
    if (head.get(COSE_LABELS.contentType) !== NOTATION_PAYLOAD_TYPE)
      throw unreadable(WHAT, "the content is not a payload of notation");
    const scheme = readScheme(head.get(NOTATION_HEADER.scheme));
    const timeName = scheme === "notary.x509" ? NOTATION_HEADER.time : NOTATION_HEADER.authenticTime;
    const due = [NOTATION_HEADER.scheme, ...(scheme === "notary.x509" ? [] : [timeName])];
    for (const name of [...due, NOTATION_HEADER.expiry, NOTATION_HEADER.plugin])
      if (head.has(name) && !critical.includes(name)) throw unreadable(WHAT, `${name} is not critical`);
    const expiry = head.get(NOTATION_HEADER.expiry);
    const timestamp = cose.unprotected.get(NOTATION_HEADER.timestamp);
    return {
      algorithm,
      scheme,
      signedAtMs: readTime(timeName, head.get(timeName)),
      expiresAtMs: expiry === undefined ? undefined : readTime(NOTATION_HEADER.expiry, expiry),
      plugin: readPlugin(head),
      extended,
      payload: cose.payload,
      certificates: readCertificates(cose.unprotected),
      signature: cose.signature,
      signed: cose.signed,
      timestamp: timestamp instanceof Uint8Array ? timestamp : undefined,
    };
  });
}

interface Critical {
  readonly critical: readonly CborValue[];
  readonly extended: ReadonlyMap<string, ExtendedValue>;
}

function readCritical(head: CoseHeaders): Critical {
  const critical: CborValue | undefined = head.get(COSE_LABELS.critical);
  if (!isList(critical)) throw unreadable(WHAT, "no list of critical headers");
  if (!critical.includes(NOTATION_HEADER.scheme)) throw unreadable(WHAT, `${NOTATION_HEADER.scheme} is not critical`);
  const extended = new Map<string, ExtendedValue>();
  for (const name of critical) {
    if (KNOWN.includes(name as CborKey) && head.has(name as CborKey)) continue;
    if (typeof name !== "string") throw unreadable(WHAT, "a critical header is not known here");
    const value = head.get(name);
    if (value === undefined) throw unreadable(WHAT, `there is no critical header ${name}`);
    extended.set(name, readExtended(name, value));
  }
  return { critical, extended };
}

function isList(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

function readExtended(name: string, value: CborValue): ExtendedValue {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value as ExtendedValue;
  throw unreadable(WHAT, `${name} is no plain value`);
}

function readPlugin(head: CoseHeaders): NotationPlugin | undefined {
  const [name, version] = [head.get(NOTATION_HEADER.plugin), head.get(NOTATION_HEADER.pluginVersion)];
  if (name === undefined) return undefined;
  if (typeof name !== "string" || (version !== undefined && typeof version !== "string"))
    throw unreadable(WHAT, "the plug-in is not named by text");
  return { name, minVersion: version };
}

function readScheme(value: CborValue | undefined): NotationEnvelope["scheme"] {
  if (value === "notary.x509" || value === "notary.x509.signingAuthority") return value;
  throw unreadable(WHAT, "the scheme is not known here");
}

function readTime(name: string, value: CborValue | undefined): number {
  if (value instanceof CborTag && value.tag === EPOCH_TAG && typeof value.value === "number") return value.value * 1000;
  throw unreadable(WHAT, `${name} is no time`);
}

/** One certificate may stand alone, without an array around it. */
function readCertificates(head: CoseHeaders): NotationEnvelope["certificates"] {
  const value = head.get(COSE_LABELS.x5chain);
  const list = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    if (each instanceof Uint8Array) return parseCertificate(each);
    throw unreadable(WHAT, "a certificate is no byte string");
  });
}
