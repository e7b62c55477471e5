/**
 * Judges whether the certificates of a chain are revoked, by what responders of OCSP and lists of revoked certificates say.
 * Whom to ask is passed in: over the network, or what was kept. Each answer is verified here.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#certificate-revocation-evaluation}
 * @module
 */
import { randomBytes } from "node:crypto";
import { type Certificate, certificateFingerprint, formatCertificateName } from "@teu/pki/certificate";
import { OCSP_NONCE_BYTES, type OcspAnswer, verifyOcspResponse, writeOcspRequest } from "@teu/pki/ocsp";
import { revocationPoints } from "@teu/pki/revocation-points";
import { isTeuError } from "@teu/std/error";
import type { AskingPlaces, RevocationAsking } from "./ask-revocation.ts";
import { type RevocationStatus, checkFreshness, unanswered } from "./revocation-status.ts";
import { statusByLists } from "./revocation-by-lists.ts";

/**
 * Judges a chain, the root last, which nobody can revoke. What is worst of any certificate is what is said of all.
 * Never throws because of what it is answered.
 */
export async function chainStatus(chain: readonly Certificate[], asking: RevocationAsking): Promise<RevocationStatus> {
  const below = chain.slice(0, -1).map(async (certificate, at) => {
    const issuer = chain[at + 1];
    return issuer === undefined ? NOBODY : await statusOf(certificate, issuer, asking);
  });
  const all = await Promise.all(below);
  const asked = all.filter(({ state }) => state !== "nobody to ask");
  const worst = asked.toSorted((a, b) => SEVERITY[b.state] - SEVERITY[a.state])[0];
  if (worst === undefined) return NOBODY;
  return worst.state === "good" ? { ...worst, note: asked.map(({ note }) => note).join("; ") } : worst;
}

const NOBODY: RevocationStatus = { state: "nobody to ask", note: "its certificates name nobody who could be asked" };
const SEVERITY = { "nobody to ask": 0, good: 1, unknown: 2, revoked: 3 } as const;

async function statusOf(
  certificate: Certificate,
  issuer: Certificate,
  asking: RevocationAsking,
): Promise<RevocationStatus> {
  const name = `"${formatCertificateName(certificate.subject)}"`;
  try {
    const { ocsp, crl } = revocationPoints(certificate);
    if (ocsp.length + crl.length === 0) return NOBODY;
    if (asking.ask === undefined)
      return { state: "unknown", note: `${name}: not checked, nobody is asked over the network` };
    const byResponders = await statusByResponders(certificate, issuer, { ...asking, urls: ocsp, ask: asking.ask });
    const isDone = byResponders !== undefined && (byResponders.state !== "unknown" || crl.length === 0);
    const status = isDone
      ? byResponders
      : await statusByLists(certificate, issuer, { ...asking, urls: crl, ask: asking.ask });
    return { ...status, note: `${name}: ${status.note}` };
  } catch (error) {
    if (isTeuError(error)) return { state: "unknown", note: `${name}: ${error.message}` };
    throw error;
  }
}

/** Asks responders one after the other until one answers; nothing if there are none. */
async function statusByResponders(
  certificate: Certificate,
  issuer: Certificate,
  asking: AskingPlaces,
): Promise<RevocationStatus | undefined> {
  let last: RevocationStatus | undefined;
  for (const url of asking.urls) {
    try {
      return await statusByResponder(url, { certificate, issuer }, asking);
    } catch (error) {
      if (!isTeuError(error)) throw error;
      last = { state: "unknown", note: `${url}: ${error.message}` };
    }
  }
  return last;
}

interface Pair {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

async function statusByResponder(url: string, pair: Pair, asking: AskingPlaces): Promise<RevocationStatus> {
  const nonce = randomBytes(OCSP_NONCE_BYTES);
  const request = writeOcspRequest({ ...pair, nonce });
  const about = certificateFingerprint(pair.certificate);
  const { bytes, isKept } = await asking.ask({ kind: "ocsp", url, about, request });
  // What was kept answers the question of then.
  const answer = verifyOcspResponse(bytes, isKept ? pair : { ...pair, nonce }, asking.nowMs);
  const old = checkFreshness(answer, { ...asking, isKept });
  await checkResponder(answer, pair, asking);
  if (answer.status === "unknown") return { state: "unknown", note: `${url} does not know it` };
  const isRevoked = answer.status === "revoked" && !isBefore(asking.signedAtMs, answer.invalidSinceMs);
  return { state: isRevoked ? "revoked" : "good", note: `${url} says ${isRevoked ? "revoked" : "good"}${old}` };
}

/** Tells whether a signature is proven to be older than the day since when its key is not to be relied on. */
function isBefore(signedAtMs: number | undefined, invalidSinceMs: number | undefined): boolean {
  return signedAtMs !== undefined && invalidSinceMs !== undefined && signedAtMs < invalidSinceMs;
}

/** A responder that is not exempt may have been revoked itself, which only a list can say. */
async function checkResponder({ responder }: OcspAnswer, { issuer }: Pair, asking: AskingPlaces): Promise<void> {
  if (responder === undefined) return;
  const { crl } = revocationPoints(responder);
  if (crl.length === 0) return;
  const { state, note } = await statusByLists(responder, issuer, { ...asking, urls: crl, signedAtMs: undefined });
  if (state !== "good") throw unanswered(`the certificate of the responder: ${note}`);
}
