/**
 * Judges signatures in the form that cosign keeps under a tag: a payload of simple signing and annotations around it.
 * @module
 */
import { keyHint } from "@teu/pki/keys";
import { sigstoreSchemes, verifyBytes } from "@teu/pki/signature";
import { legacySignature } from "../formats/legacy.ts";
import { parseSimpleSigning } from "../formats/simple-signing.ts";
import type { Found } from "../find/gather.ts";
import type { Checks, Claims } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { noteKey } from "./judge-dsse.ts";
import { judgeLegacyKeyless } from "./judge-keyless.ts";
import { type KeyTrust, trustOf } from "./trust.ts";

/** Judges one layer of cosign's manifest of signatures. */
export async function judgeSimpleSigning(found: Found, context: JudgeContext, checks: Checks): Promise<Verified> {
  const signature = legacySignature(found.annotations);
  if (signature.length === 0) throw checks.failed("format", "unreadable", "there is no signature beside the payload");
  checks.passed("format", "a payload of simple signing under a tag");
  const key = trustOf(context.trust, "key").find((each) => signed(each, found.bytes, signature));
  if (key === undefined) {
    const keyless = await judgeLegacyKeyless(found, context, checks);
    return { ...keyless, claims: claimsOf(found.bytes, context, checks) };
  }
  noteKey(key, checks);
  const claims = claimsOf(found.bytes, context, checks);
  return { trust: key.name, signer: { kind: "key", hint: keyHint(key.key) }, claims };
}

function signed({ key }: KeyTrust, payload: Uint8Array, signature: Uint8Array): boolean {
  return sigstoreSchemes(key).some((scheme) => verifyBytes(key, payload, signature, scheme));
}

function claimsOf(payload: Uint8Array, { subject }: JudgeContext, checks: Checks): Claims {
  const { type, digest, name, optional } = parseSimpleSigning(payload);
  if (type !== "cosign container image signature" && type !== "atomic container signature")
    throw checks.failed("purpose", "not-a-signature", `it says that it is ${JSON.stringify(type)}`);
  if (digest !== subject.digest) throw checks.failed("subject", "other-digest", `it is about ${digest}`);
  checks.passed("subject", `it is about ${digest}`);
  return { role: "signature", annotations: optional, ...(name === "" ? {} : { name }) };
}
