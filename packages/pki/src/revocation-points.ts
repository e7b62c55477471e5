/**
 * Where certificates say that one can ask whether they are revoked.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13}
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.2.1}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { Certificate } from "./certificate.ts";
import { DER_TAG, Der } from "./der.ts";
import type { PkiErrorCode } from "./errors.ts";

const INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1";
const OCSP = "1.3.6.1.5.5.7.48.1";
const CRL_POINTS = "2.5.29.31";
const URI_TAG = 0x86;

/** Most places that are taken from one certificate. */
export const MAX_REVOCATION_POINTS = 16;

/** Where to ask about a certificate. */
export interface RevocationPoints {
  /** URLs of responders of OCSP. */
  readonly ocsp: readonly string[];
  /** URLs of lists of revoked certificates. */
  readonly crl: readonly string[];
}

/** Reads where to ask about a certificate. @throws TeuError `ERR_DER_INVALID`, also where there are too many places. */
export function revocationPoints({ extensions }: Certificate): RevocationPoints {
  const [access, points] = [extensions.get(INFORMATION_ACCESS), extensions.get(CRL_POINTS)];
  const ocsp = access === undefined ? [] : readAccess(Der.parse(access.value));
  const crl = points === undefined ? [] : readDistributionPoints(Der.parse(points.value));
  if (Math.max(ocsp.length, crl.length) > MAX_REVOCATION_POINTS)
    throw new TeuError<PkiErrorCode>(
      "ERR_DER_INVALID",
      `Reading where to ask about a certificate: more than ${MAX_REVOCATION_POINTS} places`,
    );
  return { ocsp, crl };
}

function readAccess(list: Der): readonly string[] {
  return list
    .expect(DER_TAG.sequence)
    .children()
    .filter((each) => each.at(0).oid() === OCSP && each.at(1).tag === URI_TAG)
    .map((each) => each.at(1).text());
}

/** Reads the URLs of distribution points, as certificates and lists have them. @throws TeuError `ERR_DER_INVALID` */
export function readDistributionPoints(list: Der): readonly string[] {
  return list
    .expect(DER_TAG.sequence)
    .children()
    .flatMap((point) => readPointName(point.tagged(0)));
}

/** The URLs of the name of a distribution point: `fullName` of it. @throws TeuError `ERR_DER_INVALID` */
export function readPointName(name: Der | undefined): readonly string[] {
  const full = name?.tagged(0);
  return (full?.children() ?? []).filter(({ tag }) => tag === URI_TAG).map((each) => each.text());
}
