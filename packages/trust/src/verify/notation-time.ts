/**
 * When a signature of the Notary Project was made, and whether its certificates held then.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#timestamp-countersignature-verification-details}
 * @module
 */
import { type Certificate, formatCertificateName } from "@teu/pki/certificate";
import { type VerifiedTimestamp, verifyTimestamp } from "@teu/pki/timestamp";
import { isTeuError } from "@teu/std/error";
import type { NotationEnvelope } from "../formats/notation.ts";
import { type Checks, Refused } from "./evidence.ts";
import type { JudgeContext } from "./judge.ts";
import { NOBODY } from "./ask-revocation.ts";
import type { CertificateTrust } from "./trust.ts";

/** With what the time is judged. */
export interface TimeContext extends Pick<JudgeContext, "nowMs" | "revocation"> {
  readonly trust: CertificateTrust;
}

/**
 * The certificates have to hold when it was signed, if that is proven, and now otherwise.
 * @returns The latest time at which it was signed, if that is proven.
 * @throws Refused
 */
export async function checkSigningTime(
  envelope: NotationEnvelope,
  context: TimeContext,
  checks: Checks,
): Promise<number | undefined> {
  try {
    return await proveSigningTime(envelope, context, checks);
  } catch (error) {
    // It is in the list of checks already; whether that is enough is asked once more.
    if (!(error instanceof Refused)) throw error;
    const check = checks.list.at(-1);
    if (check === undefined || !checks.isLogged(check.check)) throw error;
    return undefined;
  }
}

async function proveSigningTime(
  envelope: NotationEnvelope,
  context: TimeContext,
  checks: Checks,
): Promise<number | undefined> {
  const { trust, nowMs } = context;
  const { scheme, signedAtMs, signature, timestamp } = envelope;
  if (scheme === "notary.x509.signingAuthority") {
    checkValid(envelope, [signedAtMs], checks);
    checks.passed("signing-time", `the signing authority says ${timeText(signedAtMs)}`);
    return signedAtMs;
  }
  const isDue = trust.timestamps !== "afterCertExpiry" || isOutside(envelope, nowMs);
  if (trust.timestampAnchors !== undefined && trust.timestamps !== undefined && timestamp === undefined && isDue)
    throw checks.failed("signing-time", "no-trusted-time", "there is no time stamp, and one is asked for");
  if (timestamp !== undefined && trust.timestampAnchors !== undefined && isDue) {
    const stamped = stampedTime(timestamp, { signature, anchors: trust.timestampAnchors }, checks);
    const { timeMs, accuracyMs } = stamped;
    checkValid(envelope, [timeMs - accuracyMs, timeMs + accuracyMs], checks);
    await checkStamper(stamped, context, checks);
    checks.passed("signing-time", `a time stamp says ${timeText(timeMs)}`);
    return timeMs + accuracyMs;
  }
  checkValid(envelope, [nowMs], checks);
  checks.skipped("signing-time", "no time is proven; the certificates are valid now");
  return undefined;
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

async function checkStamper({ chain }: VerifiedTimestamp, context: TimeContext, checks: Checks): Promise<void> {
  const { trust, revocation = NOBODY, nowMs } = context;
  if (trust.revocation?.ofStampers !== "enforce") return;
  const { chainStatus } = await import("./revocation.ts");
  const { state, note } = await chainStatus(chain, { ...revocation, nowMs });
  if (state === "good" || state === "nobody to ask") return;
  const reason = state === "revoked" ? "revoked" : "revocation-unknown";
  throw checks.failed("signing-time", reason, `the time stamp is by ${note}`);
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
