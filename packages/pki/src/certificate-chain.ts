/**
 * Chains of certificates: from the one that signed up to one that is trusted.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-6}
 * @module
 */
import { X509Certificate } from "node:crypto";
import { equalBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import { type Certificate, EXTENSION, formatCertificateName } from "./certificate.ts";
import type { PkiErrorCode } from "./errors.ts";

/** How to judge a chain. */
export interface ChainOptions {
  /** The time at which each certificate has to be valid, in milliseconds since 1970; nothing to leave it open. */
  readonly atMs?: number;
}

/** Longest chain. */
export const MAX_CHAIN_LENGTH = 16;

/**
 * Checks certificates that stand in order, each followed by its issuer: signatures, names, times, and that every issuer
 * is an authority that may issue.
 * @throws TeuError `ERR_CERTIFICATE_CHAIN`
 */
export function checkChain(chain: readonly Certificate[], options: ChainOptions = {}): void {
  if (chain.length === 0 || chain.length > MAX_CHAIN_LENGTH)
    throw broken(`${chain.length} certificates, expected 1 to ${MAX_CHAIN_LENGTH}`);
  for (const [at, certificate] of chain.entries()) {
    if (options.atMs !== undefined) checkTime(certificate, options.atMs);
    const unknown = [...certificate.extensions].find(([id, { critical }]) => critical && !KNOWN.has(id));
    if (unknown !== undefined) throw broken(`${name(certificate)} has the critical extension ${unknown[0]}`);
    const issuer = chain[at + 1];
    if (issuer === undefined) continue;
    if (!isIssuedBy(certificate, issuer)) throw broken(`${name(certificate)} is not issued by ${name(issuer)}`);
    checkAuthority(issuer, at);
  }
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(EXTENSION));

/**
 * Finds a way from `leaf` to one of `anchors` by way of `intermediates` and checks it; gives the chain with the anchor last.
 * @throws TeuError `ERR_CERTIFICATE_CHAIN`
 */
export function buildChain(
  leaf: Certificate,
  { anchors, intermediates = [], ...options }: ChainOptions & TrustedCertificates,
): readonly Certificate[] {
  const ways: (readonly Certificate[])[] = [[leaf]];
  let problem: unknown;
  for (let steps = 0; ways.length > 0 && steps < MAX_STEPS; steps += 1) {
    const way = ways.shift() ?? [];
    const last = way.at(-1);
    if (last === undefined) continue;
    const anchor = anchors.find((each) => isSame(each, last) || isIssuedBy(last, each));
    if (anchor !== undefined) {
      const chain = isSame(anchor, last) ? way : [...way, anchor];
      try {
        checkChain(chain, options);
        return chain;
      } catch (error) {
        problem = error;
      }
    }
    if (way.length >= MAX_CHAIN_LENGTH) continue;
    const next = intermediates.filter((each) => isIssuedBy(last, each) && !way.some((known) => isSame(known, each)));
    ways.push(...next.map((each) => [...way, each]));
  }
  throw problem ?? broken(`${name(leaf)} leads to no certificate that is trusted`);
}

const MAX_STEPS = 256;

/** What a chain may be built of. */
export interface TrustedCertificates {
  readonly anchors: readonly Certificate[];
  readonly intermediates?: readonly Certificate[];
}

/** Tells whether both are the same certificate. */
export function isSame(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.der, b.der);
}

/** Tells whether `issuer` has the name and made the signature that `certificate` says. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!equalBytes(certificate.issuerDer, issuer.subjectDer)) return false;
  try {
    return new X509Certificate(certificate.der).verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Checks that an authority may issue, with `below` other authorities between it and the leaf. */
function checkAuthority(issuer: Certificate, below: number): void {
  if (!issuer.isAuthority) throw broken(`${name(issuer)} is no authority`);
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.has("keyCertSign"))
    throw broken(`${name(issuer)} may not sign certificates`);
  if (issuer.pathLength !== undefined && below > issuer.pathLength)
    throw broken(`${name(issuer)} allows ${issuer.pathLength} authorities below it, found ${below}`);
}

function checkTime(certificate: Certificate, atMs: number): void {
  const { notBeforeMs, notAfterMs } = certificate;
  if (atMs >= notBeforeMs && atMs <= notAfterMs) return;
  const [at, from, to] = [atMs, notBeforeMs, notAfterMs].map((ms) => new Date(ms).toISOString());
  throw broken(`${name(certificate)} is valid from ${from} to ${to}, not at ${at}`);
}

function name({ subject }: Certificate): string {
  return `"${formatCertificateName(subject)}"`;
}

function broken(problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_CERTIFICATE_CHAIN", `Checking a chain of certificates: ${problem}`);
}
