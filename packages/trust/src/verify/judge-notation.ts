/**
 * Judges signatures of the Notary Project.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#signature-verification-details}
 * @module
 */
import { certificateFingerprint, formatCertificateName, type Certificate } from "@teu/pki/certificate";
import { isSame } from "@teu/pki/certificate-chain";
import { verifyBytes } from "@teu/pki/signature";
import type { Found } from "../find/gather.ts";
import { parseNotationCose } from "../formats/notation-cose.ts";
import { checkNotationChain } from "../formats/notation-chain.ts";
import { parseNotationJws } from "../formats/notation-jws.ts";
import { type NotationEnvelope, notationAlgorithm, readNotationPayload } from "../formats/notation.ts";
import { reading } from "../formats/unreadable.ts";
import type { Checks } from "./evidence.ts";
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
  const trust = findTrust(envelope, context, checks);
  checkTimes(envelope, context.nowMs, checks);
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

function findTrust({ certificates }: NotationEnvelope, context: JudgeContext, checks: Checks): CertificateTrust {
  checkNotationChain(certificates);
  const [leaf] = certificates;
  const trusted = trustOf(context.trust, "certificates").filter(({ anchors }) =>
    anchors.some((anchor) => certificates.some((each) => isSame(anchor, each))),
  );
  if (trusted.length === 0 || leaf === undefined)
    throw checks.failed("signer", "untrusted-signer", "its certificates lead to none that is trusted");
  const match = trusted.find(
    ({ subjects }) => subjects === undefined || subjects.some((wanted) => hasName(leaf, wanted)),
  );
  const subject = formatCertificateName(leaf.subject);
  if (match === undefined) throw checks.failed("identity", "wrong-identity", `"${subject}" is not who is trusted`);
  checks.passed("signer", `its certificates lead to "${match.name}"`);
  checks.passed("identity", match.subjects === undefined ? "any subject is trusted" : `it is by "${subject}"`);
  return match;
}

function hasName({ subject }: Certificate, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([type, value]) =>
    subject.some((attribute) => attribute.type === type && attribute.value === value),
  );
}

function checkTimes(envelope: NotationEnvelope, nowMs: number, checks: Checks): void {
  const { certificates, expiresAtMs, scheme, signedAtMs } = envelope;
  if (expiresAtMs !== undefined && nowMs >= expiresAtMs)
    throw checks.failed("expiry", "expired", `it expired at ${new Date(expiresAtMs).toISOString()}`);
  const until =
    expiresAtMs === undefined ? "it does not expire" : `it expires at ${new Date(expiresAtMs).toISOString()}`;
  checks.passed("expiry", until);
  const isProven = scheme === "notary.x509.signingAuthority";
  const atMs = isProven ? signedAtMs : nowMs;
  const outside = certificates.find(({ notBeforeMs, notAfterMs }) => atMs < notBeforeMs || atMs > notAfterMs);
  if (outside !== undefined) {
    const note = `"${formatCertificateName(outside.subject)}" is not valid at ${new Date(atMs).toISOString()}`;
    throw checks.failed("signing-time", "certificate-invalid", note);
  }
  if (isProven) checks.passed("signing-time", `the signing authority says ${new Date(signedAtMs).toISOString()}`);
  else checks.skipped("signing-time", "no time is proven; the certificates are valid now");
}
