/**
 * Judges envelopes of DSSE that hold statements: attestations, and cosign's signatures of today.
 * @module
 */
import { type DsseEnvelope, isSignedBy, parseDsse } from "@teu/pki/dsse";
import { keyHint } from "@teu/pki/keys";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Statement, findSubject, parseStatement } from "../formats/statement.ts";
import { COSIGN_SIGN_PREDICATE, IN_TOTO_TYPE, TAG_RECORD_PREDICATE } from "../formats/types.ts";
import { reading, textIn } from "../formats/unreadable.ts";
import type { Found } from "../find/gather.ts";
import type { Checks, Claims, SignatureRole } from "./evidence.ts";
import type { JudgeContext, Verified } from "./judge.ts";
import { judgeLegacyKeyless } from "./judge-keyless.ts";
import { type KeyTrust, trustOf } from "./trust.ts";

/** Judges an attestation that cosign keeps under a tag. */
export async function judgeDsse(found: Found, context: JudgeContext, checks: Checks): Promise<Verified> {
  const envelope = reading("an attestation", () => parseDsse(textIn("an attestation", found.bytes)));
  checks.passed("format", "an envelope of DSSE under a tag");
  const key = signingKey(envelope, context);
  if (key === undefined) {
    const keyless = await judgeLegacyKeyless(found, context, checks);
    return { ...keyless, claims: claimsOf(envelope, context.subject, checks) };
  }
  return keyVerified(envelope, { key, checks, subject: context.subject });
}

/** The first trusted key that signed. */
export function signingKey(envelope: DsseEnvelope, { trust }: JudgeContext): KeyTrust | undefined {
  return trustOf(trust, "key").find(({ key }) => isSignedBy(envelope, key));
}

/** What is verified of an envelope that a trusted key signed. */
export function keyVerified(
  envelope: DsseEnvelope,
  { key, checks, subject }: { readonly key: KeyTrust; readonly checks: Checks; readonly subject: Descriptor },
): Verified {
  noteKey(key, checks);
  const claims = claimsOf(envelope, subject, checks);
  return { trust: key.name, signer: { kind: "key", hint: keyHint(key.key) }, claims };
}

/** Notes what the signature of a trusted key shows, and what it does not. */
export function noteKey(key: KeyTrust, checks: Checks): void {
  checks.passed("signature", `made by key ${keyHint(key.key)}`);
  checks.passed("signer", `the key is trusted as "${key.name}"`);
  checks.skipped("transparency-log", "a trusted key needs none");
  checks.skipped("signing-time", "a key has no end of its own");
}

/** Reads the statement of a verified envelope and finds the image in it. */
export function claimsOf(envelope: DsseEnvelope, subject: Descriptor, checks: Checks): Claims {
  if (envelope.payloadType !== IN_TOTO_TYPE) {
    const note = `the payload is ${JSON.stringify(envelope.payloadType)}, expected a statement`;
    throw checks.failed("format", "not-a-signature", note);
  }
  const statement = parseStatement(envelope.payload);
  const found = findSubject(statement, subject.digest);
  if (found === undefined) {
    const others = statement.subject.flatMap(({ digest }) => Object.entries(digest).map((pair) => pair.join(":")));
    throw checks.failed("subject", "other-digest", `it is about ${others.slice(0, 3).join(", ") || "nothing"}`);
  }
  checks.passed("subject", `it is about ${subject.digest}`);
  return {
    role: roleOf(statement),
    annotations: found.annotations ?? {},
    predicateType: statement.predicateType,
    predicate: statement.predicate,
    ...(found.name === undefined ? {} : { name: found.name }),
  };
}

function roleOf({ predicateType }: Statement): SignatureRole {
  if (predicateType === COSIGN_SIGN_PREDICATE) return "signature";
  return predicateType === TAG_RECORD_PREDICATE ? "tag-record" : "attestation";
}
