/**
 * Judges signatures of the Notary Project.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#signature-verification-details}
 * @module
 */
import { certificateFingerprint, formatCertificateName, type Certificate } from "@teu/pki/certificate";
import { isSame } from "@teu/pki/certificate-chain";
import { verifyBytes } from "@teu/pki/signature";
import { type VerifiedTimestamp, verifyTimestamp } from "@teu/pki/timestamp";
import { isTeuError } from "@teu/std/error";
import type { Found } from "../find/gather.ts";
import { parseNotationCose } from "../formats/notation-cose.ts";
import { checkNotationChain } from "../formats/notation-chain.ts";
import { parseNotationJws } from "../formats/notation-jws.ts";
import { type NotationEnvelope, notationAlgorithm, readNotationPayload } from "../formats/notation.ts";
import { reading } from "../formats/unreadable.ts";
import { type Checks, Refused } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { type CertificateTrust, trustOf } from "./trust.ts";

/** Judges an envelope of either kind. */
export async function judgeNotation(found: Found, context: JudgeContext, checks: Checks): Promise<Verified> {
  const envelope = found.form === "notation-jws" ? parseNotationJws(found.bytes) : parseNotationCose(found.bytes);
  const [leaf] = envelope.certificates;
  if (leaf === undefined) throw checks.failed("format", "unreadable", "it has no certificate");
  if (envelope.needsPlugin) throw checks.failed("format", "unreadable", "it asks for a plug-in to verify it");
  checks.passed("format", `a signature of the Notary Project, ${envelope.scheme}`);
  checkSignature(envelope, leaf, checks);
  checkNotationChain(envelope.certificates);
  const trust = findTrust(envelope, context, checks);
  checkExpiry(envelope, context.nowMs, checks);
  checkSigningTime(envelope, { trust, nowMs: context.nowMs }, checks);
  checks.skipped("revocation", "nobody was asked whether the certificates are revoked");
  const target = reading("the payload of a signature", () => readNotationPayload(envelope.payload));
  if (target.digest !== context.subject.digest || target.size !== context.subject.size)
    throw checks.failed("subject", "other-digest", `it is about ${target.digest}`);
  checks.passed("subject", `it is about ${target.digest}`);
  return {
    trust: trust.name,
    signer: {
      kind: "certificate",
      subject: formatCertificateName(leaf.subject),
      fingerprint: certificateFingerprint(leaf),
    },
    claims: { role: "signature", annotations: target.annotations },
  };
}

function checkSignature({ algorithm, signed, signature }: NotationEnvelope, leaf: Certificate, checks: Checks): void {
  const expected = notationAlgorithm(leaf.publicKey);
  if (expected === undefined || (algorithm !== expected.jws && algorithm !== expected.cose))
    throw checks.failed("signature", "wrong-signature", `the algorithm ${algorithm} is not that of the key`);
  if (!verifyBytes(leaf.publicKey, signed, signature, expected.scheme))
    throw checks.failed("signature", "wrong-signature", "it is not by the key of its certificate");
  checks.passed("signature", `made with ${algorithm} by the key of "${formatCertificateName(leaf.subject)}"`);
}

function findTrust(
  { certificates, scheme }: NotationEnvelope,
  context: JudgeContext,
  checks: Checks,
): CertificateTrust {
  const [leaf] = certificates;
  const due = scheme === "notary.x509" ? "ca" : "signingAuthority";
  const stores = trustOf(context.trust, "certificates").filter(({ store = "ca" }) => store === due);
  const trusted = stores.filter(({ anchors }) =>
    anchors.some((anchor) => certificates.some((each) => isSame(anchor, each))),
  );
  const [first] = trusted;
  if (first === undefined || leaf === undefined) {
    checks.fail("signer", "untrusted-signer", "its certificates lead to none that is trusted");
    return stores[0] ?? { kind: "certificates", name: "nobody", anchors: [] };
  }
  const match = trusted.find(
    ({ subjects }) => subjects === undefined || subjects.some((wanted) => hasName(leaf, wanted)),
  );
  const subject = formatCertificateName(leaf.subject);
  if (match === undefined) {
    checks.fail("identity", "wrong-identity", `"${subject}" is not who is trusted`);
    return first;
  }
  checks.passed("signer", `its certificates lead to "${match.name}"`);
  checks.passed("identity", match.subjects === undefined ? "any subject is trusted" : `it is by "${subject}"`);
  return match;
}

function hasName({ subject }: Certificate, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([type, value]) =>
    subject.some((attribute) => attribute.type === type && attribute.value === value),
  );
}

function checkExpiry({ expiresAtMs }: NotationEnvelope, nowMs: number, checks: Checks): void {
  if (expiresAtMs === undefined) return checks.passed("expiry", "it does not expire");
  if (nowMs >= expiresAtMs) return checks.fail("expiry", "expired", `it expired at ${timeText(expiresAtMs)}`);
  checks.passed("expiry", `it expires at ${timeText(expiresAtMs)}`);
}

interface TimeContext {
  readonly trust: CertificateTrust;
  readonly nowMs: number;
}

/** The certificates have to hold when it was signed, if that is proven, and now otherwise. */
function checkSigningTime(envelope: NotationEnvelope, context: TimeContext, checks: Checks): void {
  try {
    proveSigningTime(envelope, context, checks);
  } catch (error) {
    // It is in the list of checks already; whether that is enough is asked once more.
    if (!(error instanceof Refused)) throw error;
    const check = checks.list.at(-1);
    if (check === undefined || !checks.isLogged(check.check)) throw error;
  }
}

function proveSigningTime(envelope: NotationEnvelope, { trust, nowMs }: TimeContext, checks: Checks): void {
  const { scheme, signedAtMs, signature, timestamp } = envelope;
  if (scheme === "notary.x509.signingAuthority") {
    checkValid(envelope, [signedAtMs, signedAtMs], checks);
    return checks.passed("signing-time", `the signing authority says ${timeText(signedAtMs)}`);
  }
  const isDue = trust.timestamps !== "afterCertExpiry" || isOutside(envelope, nowMs);
  if (trust.timestampAnchors !== undefined && trust.timestamps !== undefined && timestamp === undefined && isDue)
    throw checks.failed("signing-time", "no-trusted-time", "there is no time stamp, and one is asked for");
  if (timestamp !== undefined && trust.timestampAnchors !== undefined && isDue) {
    const { timeMs, accuracyMs } = stampedTime(timestamp, { signature, anchors: trust.timestampAnchors }, checks);
    checkValid(envelope, [timeMs - accuracyMs, timeMs + accuracyMs], checks);
    return checks.passed("signing-time", `a time stamp says ${timeText(timeMs)}`);
  }
  checkValid(envelope, [nowMs, nowMs], checks);
  checks.skipped("signing-time", "no time is proven; the certificates are valid now");
}

interface Stamped {
  readonly signature: Uint8Array;
  readonly anchors: readonly Certificate[];
}

function stampedTime(token: Uint8Array, { signature, anchors }: Stamped, checks: Checks): VerifiedTimestamp {
  try {
    return verifyTimestamp(token, signature, anchors);
  } catch (error) {
    if (!isTeuError(error)) throw error;
    throw checks.failed("signing-time", "no-trusted-time", error.message);
  }
}

function isOutside({ certificates }: NotationEnvelope, atMs: number): boolean {
  return certificates.some(({ notBeforeMs, notAfterMs }) => atMs < notBeforeMs || atMs > notAfterMs);
}

function checkValid({ certificates }: NotationEnvelope, times: readonly number[], checks: Checks): void {
  for (const atMs of times) {
    const outside = certificates.find(({ notBeforeMs, notAfterMs }) => atMs < notBeforeMs || atMs > notAfterMs);
    if (outside === undefined) continue;
    const note = `"${formatCertificateName(outside.subject)}" is not valid at ${timeText(atMs)}`;
    throw checks.failed("signing-time", "certificate-invalid", note);
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
