/**
 * Judges sigstore bundles.
 * @module
 */
import { parseBundle } from "../formats/bundle.ts";
import type { Found } from "../find/gather.ts";
import type { Checks } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { claimsOf, keyVerified, signingKey } from "./judge-dsse.ts";
import { judgeKeyless } from "./judge-keyless.ts";

/** Judges a bundle: signed with a trusted key, or with a certificate for a trusted identity. */
export async function judgeBundle(found: Found, context: JudgeContext, checks: Checks): Promise<Verified> {
  const bundle = parseBundle(found.bytes);
  checks.passed("format", `a sigstore bundle, ${bundle.mediaType}`);
  if (bundle.content.kind === "message")
    throw checks.failed("format", "not-a-signature", "it signs bytes without saying what they are of");
  const { envelope } = bundle.content;
  const key = signingKey(envelope, context);
  if (key !== undefined) return keyVerified(envelope, { key, checks, subject: context.subject });
  if (bundle.signer.kind === "key") {
    const note = `no trusted key made it; its hint is ${JSON.stringify(bundle.signer.hint.slice(0, 100))}`;
    throw checks.failed("signer", "untrusted-signer", note);
  }
  const keyless = await judgeKeyless(found.bytes, context, checks);
  return { ...keyless, claims: claimsOf(envelope, context.subject, checks) };
}
