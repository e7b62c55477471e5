/**
 * Judges signatures with certificates for identities.
 * @module
 */
import type { Found } from "../find/gather.ts";
import { LEGACY_ANNOTATION } from "../formats/types.ts";
import type { Checks } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { trustOf } from "./trust.ts";

/** What is verified before the claims are read. */
export type KeylessVerified = Omit<Verified, "claims">;

/** Judges the bytes of a bundle against every identity that is trusted. */
export async function judgeKeyless(
  _bundle: Uint8Array,
  context: JudgeContext,
  checks: Checks,
): Promise<KeylessVerified> {
  if (trustOf(context.trust, "identity").length === 0)
    throw checks.failed("signer", "untrusted-signer", "it is signed with a certificate, and no identity is trusted");
  throw checks.failed("signer", "untrusted-signer", "certificates are not judged yet");
}

/** Judges what cosign keeps under a tag, with its certificate in annotations. */
export async function judgeLegacyKeyless(
  found: Found,
  _context: JudgeContext,
  checks: Checks,
): Promise<KeylessVerified> {
  if (found.annotations[LEGACY_ANNOTATION.certificate] === undefined)
    throw checks.failed("signer", "untrusted-signer", "no trusted key made it");
  throw checks.failed("signer", "untrusted-signer", "certificates are not judged yet");
}
