/**
 * Judges signatures with short-lived certificates for identities: certificate, time and logs, all from what the signature
 * brings and the trusted root says. Nobody is asked over the network.
 *
 * The library of sigstore verifies; what it is loaded for is rare in comparison, so it is loaded when it is needed.
 * @module
 */
import { isTeuError } from "@teu/std/error";
import type { Found } from "../find/gather.ts";
import { LEGACY_ANNOTATION } from "../formats/types.ts";
import type { Checks } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import type { SigstoreFailure, SigstoreResult } from "./sigstore.ts";
import { type IdentityTrust, trustOf } from "./trust.ts";

/** What is verified before the claims are read. */
export type KeylessVerified = Omit<Verified, "claims">;

/**
 * Judges the bytes of a bundle against every identity that is trusted.
 * @param artifact What was signed, for bundles that sign bytes rather than an envelope.
 */
export async function judgeKeyless(
  bundle: Uint8Array,
  context: JudgeContext,
  checks: Checks,
  artifact?: Uint8Array,
): Promise<KeylessVerified> {
  const identities = trustOf(context.trust, "identity");
  if (identities.length === 0)
    throw checks.failed("signer", "untrusted-signer", "it is signed with a certificate, and no identity is trusted");
  const { verifyWithRoot } = await import("./sigstore.ts");
  const failures: SigstoreFailure[] = [];
  for (const roots of byRoot(identities)) {
    const result = verifyWithRoot(bundle, { trustedRoot: roots.trustedRoot, artifact });
    if (result.failure === undefined) return matched(result, roots.identities, checks);
    failures.push(result.failure);
  }
  const [first = { check: "signer", reason: "untrusted-signer", note: "no identity is trusted" } as const] = failures;
  throw checks.failed(first.check, first.reason, first.note);
}

interface SameRoot {
  readonly trustedRoot: Uint8Array;
  readonly identities: readonly IdentityTrust[];
}

function byRoot(identities: readonly IdentityTrust[]): readonly SameRoot[] {
  const groups = Map.groupBy(identities, ({ trustedRoot }) => trustedRoot);
  return [...groups].map(([trustedRoot, group]) => ({ trustedRoot, identities: group }));
}

type Proven = Exclude<SigstoreResult, { readonly failure: SigstoreFailure }>;

function matched(proven: Proven, identities: readonly IdentityTrust[], checks: Checks): KeylessVerified {
  checks.add(proven.checks);
  const { identity, issuer } = proven;
  const trust = identities.find((each) => each.identity === identity && each.issuer === issuer);
  const who = `${JSON.stringify(identity)}, by ${JSON.stringify(issuer)}`;
  if (trust === undefined)
    throw checks.failed("identity", "wrong-identity", `it is signed by ${who}, who is not trusted`);
  checks.passed("identity", who);
  return { trust: trust.name, signer: { kind: "identity", identity, issuer } };
}

/** Judges what cosign keeps under a tag, with its certificate in annotations. */
export async function judgeLegacyKeyless(
  found: Found,
  context: JudgeContext,
  checks: Checks,
): Promise<KeylessVerified> {
  const { form, bytes, annotations } = found;
  if (annotations[LEGACY_ANNOTATION.certificate] === undefined || (form !== "dsse" && form !== "simple-signing"))
    throw checks.failed("signer", "untrusted-signer", "no trusted key made it");
  try {
    const { bundleOfAnnotations } = await import("../formats/legacy-bundle.ts");
    const bundle = bundleOfAnnotations(form, bytes, annotations);
    return await judgeKeyless(bundle, context, checks, form === "dsse" ? undefined : bytes);
  } catch (error) {
    if (isTeuError(error, "ERR_SIGNATURE_UNREADABLE")) throw checks.failed("format", "unreadable", error.message);
    throw error;
  }
}
