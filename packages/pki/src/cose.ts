/**
 * COSE_Sign1: one signature in CBOR, tagged 18.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9052#section-4.2}
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type CborKey, CborTag, type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
import type { PkiErrorCode } from "./errors.ts";

/** A map of headers, by label. */
export type CoseHeaders = ReadonlyMap<CborKey, CborValue>;

/** The parts of a COSE_Sign1. */
export interface CoseSign1 {
  readonly protected: CoseHeaders;
  readonly unprotected: CoseHeaders;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that were signed. */
  readonly signed: Uint8Array;
}

/** Labels of the headers that everyone has. */
export const COSE_LABELS = { algorithm: 1, critical: 2, contentType: 3, x5chain: 33 } as const;

const SIGN1_TAG = 18;

/**
 * Reads a tagged COSE_Sign1 with its payload inside.
 * @throws TeuError `ERR_CBOR_INVALID`; `ERR_ENVELOPE_INVALID`.
 */
export function parseCoseSign1(bytes: Uint8Array): CoseSign1 {
  const value = decodeCbor(bytes);
  if (!(value instanceof CborTag) || value.tag !== SIGN1_TAG) throw invalid("expected the tag 18");
  if (!Array.isArray(value.value) || value.value.length !== 4) throw invalid("expected an array of four");
  const [headers, unprotected, payload, signature] = value.value as readonly CborValue[];
  if (!(headers instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array))
    throw invalid("expected protected headers, payload and signature as byte strings");
  const known = headers.length === 0 ? new Map() : decodeCbor(headers);
  if (!(known instanceof Map) || !(unprotected instanceof Map)) throw invalid("expected headers as maps");
  const twice = [...known.keys()].find((label) => unprotected.has(label));
  if (twice !== undefined) throw invalid(`the header ${String(twice)} is both protected and unprotected`);
  return {
    protected: known as CoseHeaders,
    unprotected: unprotected as CoseHeaders,
    payload,
    signature,
    signed: signatureStructure(headers, payload),
  };
}

/** What is needed to write a COSE_Sign1. */
export interface NewCoseSign1 {
  readonly protected: CoseHeaders;
  readonly unprotected: CoseHeaders;
  readonly payload: Uint8Array;
  readonly sign: (signed: Uint8Array) => Promise<Uint8Array>;
}

/** Signs and writes a tagged COSE_Sign1. */
export async function writeCoseSign1(parts: NewCoseSign1): Promise<Uint8Array<ArrayBuffer>> {
  const headers = encodeCbor(parts.protected);
  const signature = await parts.sign(signatureStructure(headers, parts.payload));
  return encodeCbor(new CborTag(SIGN1_TAG, [headers, parts.unprotected, parts.payload, signature]));
}

function signatureStructure(headers: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(["Signature1", headers, new Uint8Array(0), payload]);
}

function invalid(problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_ENVELOPE_INVALID", `Reading a COSE_Sign1: ${problem}`);
}
