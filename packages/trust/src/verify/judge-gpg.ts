/**
 * Judges signatures of simple signing that gpg made.
 * @module
 */
import { verifyGpgMessage } from "../gpg/gpg.ts";
import type { Found } from "../find/gather.ts";
import { parseSimpleSigning } from "../formats/simple-signing.ts";
import type { Checks } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { trustOf } from "./trust.ts";

/** Judges a signed message. Its payload is read only once the signature holds. */
export async function judgeGpg(found: Found, { subject, trust }: JudgeContext, checks: Checks): Promise<Verified> {
  for (const each of trustOf(trust, "gpg")) {
    const verified = await verifyGpgMessage(found.bytes, each.keys);
    if (verified === undefined) continue;
    checks.passed("signature", `gpg says it is made by ${verified.fingerprint}`);
    checks.passed("signer", `the key is trusted as "${each.name}"`);
    const { type, digest, name, optional } = parseSimpleSigning(verified.payload);
    if (type !== "atomic container signature")
      throw checks.failed("purpose", "not-a-signature", `it says that it is ${JSON.stringify(type)}`);
    if (digest !== subject.digest) throw checks.failed("subject", "other-digest", `it is about ${digest}`);
    checks.passed("subject", `it is about ${digest}`);
    return {
      trust: each.name,
      signer: { kind: "gpg", fingerprint: verified.fingerprint },
      claims: { role: "signature", name, annotations: optional },
    };
  }
  throw checks.failed("signer", "untrusted-signer", "gpg knows no trusted key that made it");
}
