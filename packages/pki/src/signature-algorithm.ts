/**
 * The algorithms of signatures and hashes as X.509 and CMS name them. SHA-1 is none of them.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5912}
 * @module
 */
import { TeuError } from "@teu/std/error";
import { DER_TAG, type Der } from "./der.ts";
import type { PkiErrorCode } from "./errors.ts";
import type { Scheme } from "./signature.ts";

const HASHES: Readonly<Record<string, Scheme["hash"]>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

const SIGNATURES: Readonly<Record<string, Scheme["hash"]>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
};

const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const HASH_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;

/** The hash that an algorithm identifier names. @throws TeuError `ERR_DER_INVALID` */
export function hashOf(algorithm: Der): Scheme["hash"] {
  const id = algorithm.at(0).oid();
  const hash = HASHES[id];
  if (hash === undefined) throw unknown(`the hash ${id}, expected one of SHA-2`);
  return hash;
}

/**
 * The scheme that an algorithm identifier names.
 * @param digest The hash where the identifier names none but is RSA, as CMS has it.
 * @throws TeuError `ERR_DER_INVALID`
 */
export function signatureScheme(algorithm: Der, digest?: Scheme["hash"]): Scheme {
  const id = algorithm.at(0).oid();
  const hash = SIGNATURES[id] ?? (id === RSA ? digest : undefined);
  if (hash !== undefined) return { hash };
  if (id === RSA_PSS) return pssScheme(algorithm.at(1, DER_TAG.sequence));
  throw unknown(`the signature algorithm ${id}, expected ECDSA or RSA with SHA-2`);
}

function pssScheme(parameters: Der): Scheme {
  const named = parameters.tagged(0);
  if (named === undefined) throw unknown("RSA-PSS with SHA-1, expected SHA-2");
  const hash = hashOf(named.at(0));
  const salt = Number(parameters.tagged(2)?.at(0).integer() ?? 20n);
  if (salt !== HASH_BYTES[hash]) throw unknown(`RSA-PSS with a salt of ${salt} bytes, expected ${HASH_BYTES[hash]}`);
  return { hash, padding: "pss" };
}

function unknown(problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_DER_INVALID", `Reading an algorithm: ${problem}`);
}
