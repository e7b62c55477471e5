/**
 * Judges signatures of the Notary Project.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#signature-verification-details}
 * @module
 */
import { certificateFingerprint, formatCertificateName, type Certificate } from "@teu/pki/certificate";
import type { Found } from "../find/gather.ts";
import { parseNotationCose } from "../formats/notation-cose.ts";
import { checkNotationChain } from "../formats/notation-chain.ts";
import { parseNotationJws } from "../formats/notation-jws.ts";
import { signatureProblem } from "../formats/notation-signature.ts";
import { type NotationEnvelope, readNotationPayload } from "../formats/notation.ts";
import { reading } from "../formats/unreadable.ts";
import type { Checks } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { findAuthority, findIdentity } from "./notation-authority.ts";
import { checkSigningTime } from "./notation-time.ts";
import { NOBODY } from "./ask-revocation.ts";
import type { CertificateTrust } from "./trust.ts";

/** Judges an envelope of either kind. */
export async function judgeNotation(found: Found, context: JudgeContext, checks: Checks): Promise<Verified> {
  const envelope = found.form === "notation-jws" ? parseNotationJws(found.bytes) : parseNotationCose(found.bytes);
  const [leaf] = envelope.certificates;
  if (leaf === undefined) throw checks.failed("format", "unreadable", "it has no certificate");
  refuseExtended(envelope, checks);
  checks.passed("format", `a signature of the Notary Project, ${envelope.scheme}`);
  checkSignature(envelope, leaf, checks);
  checkNotationChain(envelope.certificates);
  const authority = findAuthority(envelope, context, checks);
  // Few signatures ask for one.
  const plugins = envelope.plugin === undefined ? undefined : await import("./notation-plugin-verifier.ts");
  const plugin = await plugins?.openPlugin(envelope, context, checks);
  const trust = findIdentity(authority, { leaf, isAsked: plugin?.checks.has("identity") === true }, checks);
  checkExpiry(envelope, context.nowMs, checks);
  const signedAtMs = await checkSigningTime(envelope, { ...context, trust }, checks);
  if (plugin?.checks.has("revocation") !== true)
    await checkRevocation(envelope, { trust, context, signedAtMs, isTrusted: authority.isTrusted }, checks);
  if (plugin !== undefined) await plugins?.verifyWithPlugin(plugin, { envelope, trust, context }, checks);
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

/** Critical headers of other kinds are for plug-ins. */
function refuseExtended({ plugin, extended }: NotationEnvelope, checks: Checks): void {
  const [name] = extended.keys();
  if (plugin === undefined && name !== undefined)
    throw checks.failed("format", "unreadable", `the critical header ${JSON.stringify(name)} is not known here`);
}

function checkSignature(envelope: NotationEnvelope, leaf: Certificate, checks: Checks): void {
  const problem = signatureProblem(envelope);
  if (problem !== undefined) throw checks.failed("signature", "wrong-signature", problem);
  checks.passed("signature", `made with ${envelope.algorithm} by the key of "${formatCertificateName(leaf.subject)}"`);
}

function checkExpiry({ expiresAtMs }: NotationEnvelope, nowMs: number, checks: Checks): void {
  if (expiresAtMs === undefined) return checks.passed("expiry", "it does not expire");
  if (nowMs >= expiresAtMs) return checks.fail("expiry", "expired", `it expired at ${timeText(expiresAtMs)}`);
  checks.passed("expiry", `it expires at ${timeText(expiresAtMs)}`);
}

interface RevocationOf {
  readonly trust: CertificateTrust;
  readonly context: JudgeContext;
  readonly signedAtMs: number | undefined;
  readonly isTrusted: boolean;
}

async function checkRevocation({ certificates }: NotationEnvelope, of: RevocationOf, checks: Checks): Promise<void> {
  const { trust, context, signedAtMs, isTrusted } = of;
  const action = trust.revocation?.ofSigners ?? "skip";
  if (action === "skip") return checks.skipped("revocation", "nobody was asked whether the certificates are revoked");
  // Anybody can make a certificate that names places to ask.
  if (!isTrusted) return checks.skipped("revocation", "its certificates are not trusted, so nobody they name is asked");
  const { nowMs, revocation = NOBODY } = context;
  const { chainStatus } = await import("./revocation.ts");
  const { state, note } = await chainStatus(certificates, { ...revocation, nowMs, signedAtMs });
  if (state === "good") return checks.passed("revocation", note);
  if (state === "nobody to ask") return checks.skipped("revocation", note);
  const refused = checks.failed("revocation", state === "revoked" ? "revoked" : "revocation-unknown", note);
  if (action === "enforce") throw refused;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
