/**
 * Verifies an image: gathers its signatures, judges each, and says whether they are enough. Asks the store for content and
 * nothing else for anything.
 * @module
 */
import { expectCryptography } from "@teu/content/hash";
import type { CallOptions, Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Reference, formatName, parseReference } from "@teu/spec/reference";
import { type GatherOptions, gather } from "../find/gather.ts";
import { type Check, type Judgement, type RefusalReason, signerKey } from "./evidence.ts";
import type { WhomToAsk } from "./ask-revocation.ts";
import { type VerifierPlugins, judge } from "./judge.ts";
import type { Trust } from "./trust.ts";

/** What an image needs to be accepted. */
export interface Requirement extends CallOptions, Omit<GatherOptions, "signal"> {
  /** Any of these may have signed. */
  readonly trust: readonly Trust[];
  /** How many of them have to have, each counted once. Default: 1. */
  readonly threshold?: number;
  /** The name that the image was asked for by. A signature for another name does not count. */
  readonly name?: Reference;
  /** Whether signatures that name no image count. Default: true, since those of today name none. */
  readonly nameless?: boolean;
  /** Annotations that a signature has to have, all of them. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The present, in milliseconds since 1970. Default: that of the clock. */
  readonly nowMs?: number;
  /**
   * Wants an attestation of this kind rather than a signature. An attestation never counts as a signature, nor the other
   * way around.
   */
  readonly predicateType?: string;
  /** Whom to ask whether certificates are revoked, where the trust wants it. Default: nobody, which is no answer. */
  readonly revocation?: WhomToAsk;
  /** Plug-ins of notation that verify. Default: there are none. */
  readonly plugins?: VerifierPlugins;
}

/** What verification found. */
export interface Verdict {
  readonly subject: Descriptor;
  readonly accepted: boolean;
  /** The names of the trust whose signatures count. */
  readonly signers: readonly string[];
  /** How many signers were needed. */
  readonly threshold: number;
  /** Everything that was found, what counts first. */
  readonly judgements: readonly Judgement[];
  /** Why it is not accepted: a sentence part. */
  readonly problem?: string;
}

/**
 * Verifies one manifest or index. Its children, if it is an index, are named in it by digest and so covered.
 * @throws TeuError what reading the store may throw. A signature that is wrong throws nothing.
 */
export async function verifyImage(store: Source, subject: Descriptor, requirement: Requirement): Promise<Verdict> {
  const { trust, nowMs = Date.now(), revocation, plugins } = requirement;
  const context = { subject, trust, nowMs, revocation, plugins };
  const judgements: Judgement[] = [];
  expectCryptography();
  for await (const found of gather(store, subject, requirement))
    judgements.push(holdAgainst(await judge(found, context), requirement));
  return decide(subject, judgements, requirement);
}

/** Decides over judgements that were made before. */
export function decide(subject: Descriptor, judgements: readonly Judgement[], requirement: Requirement): Verdict {
  const { threshold = 1 } = requirement;
  if (!Number.isSafeInteger(threshold) || threshold < 1)
    throw new RangeError(`threshold: ${threshold}, expected a whole number above zero`);
  const counted = judgements.filter(({ refusal }) => refusal === undefined);
  const refused = judgements.filter(({ refusal }) => refusal !== undefined);
  const signers = new Map(counted.map(({ signer, trust }) => [signer === undefined ? "" : signerKey(signer), trust]));
  // One signer may be trusted under several names, and several keys may stand for one name: both count once.
  const names = [...new Set(signers.values())].filter((name) => name !== undefined);
  const accepted = Math.min(names.length, signers.size) >= threshold;
  return {
    subject,
    accepted,
    signers: names,
    threshold,
    judgements: [...counted, ...refused],
    ...(accepted ? {} : { problem: problemOf(names.length, refused, requirement) }),
  };
}

function problemOf(count: number, refused: readonly Judgement[], requirement: Requirement): string {
  const { threshold = 1, predicateType } = requirement;
  const what = predicateType === undefined ? "signature" : "attestation";
  if (count > 0) return `${count} trusted ${what}s, expected ${threshold}`;
  const [first] = refused.toSorted((a, b) => closeness(b) - closeness(a));
  if (first?.refusal === undefined) return `there is no ${what}`;
  return `no ${what} counts: ${first.refusal.message}`;
}

/** The refusal that came furthest tells most. */
function closeness({ checks }: Judgement): number {
  return checks.filter(({ result }) => result === "passed").length;
}

/** Adds what this requirement asks of a signature that holds. */
export function holdAgainst(judgement: Judgement, requirement: Requirement): Judgement {
  if (judgement.refusal !== undefined) return judgement;
  const checks: Check[] = [...judgement.checks];
  for (const ask of [askPurpose, askName, askAnnotations]) {
    const { check, reason } = ask(judgement, requirement);
    checks.push(check);
    if (reason !== undefined) return { ...judgement, checks, refusal: { reason, message: check.note } };
  }
  return { ...judgement, checks };
}

interface Answer {
  readonly check: Check;
  readonly reason?: RefusalReason;
}

type Ask = (judgement: Judgement, requirement: Requirement) => Answer;

const askPurpose: Ask = ({ claims }, { predicateType }) => {
  const what = claims?.predicateType ?? "a signature";
  const isRight = predicateType === undefined ? claims?.role === "signature" : claims?.predicateType === predicateType;
  if (isRight) return { check: { check: "purpose", result: "passed", note: `it is ${what}` } };
  const note = `it is ${claims?.role === "signature" ? "a signature" : `an attestation of ${what}`}, expected ${predicateType ?? "a signature"}`;
  return { check: { check: "purpose", result: "failed", note }, reason: "not-a-signature" };
};

const askName: Ask = ({ claims }, { name, nameless = true }) => {
  if (name === undefined) return { check: { check: "name", result: "skipped", note: "no name was asked for" } };
  if (claims?.name === undefined) {
    const note = "it names no image";
    if (nameless) return { check: { check: "name", result: "skipped", note } };
    return { check: { check: "name", result: "failed", note }, reason: "name-not-signed" };
  }
  if (isNamed(claims.name, name))
    return { check: { check: "name", result: "passed", note: `it is for ${claims.name}` } };
  return {
    check: { check: "name", result: "failed", note: `it is for ${claims.name}, not ${formatName(name)}` },
    reason: "other-name",
  };
};

/** A signed name without a tag stands for every tag; one with a tag for that tag, or where the image was asked for by digest. */
function isNamed(signed: string, { host, path, tag, digest }: Reference): boolean {
  try {
    const reference = parseReference(signed);
    if (reference.host !== host || reference.path !== path) return false;
    if (reference.digest !== undefined && reference.digest !== digest) return false;
    return reference.tag === undefined || reference.tag === tag || (tag === undefined && digest !== undefined);
  } catch {
    return false;
  }
}

const askAnnotations: Ask = ({ claims }, { annotations = {} }) => {
  const wanted = Object.entries(annotations);
  if (wanted.length === 0) return { check: { check: "annotations", result: "skipped", note: "none were asked for" } };
  const missing = wanted.find(([name, value]) => claims?.annotations[name] !== value);
  if (missing === undefined)
    return { check: { check: "annotations", result: "passed", note: wanted.map((pair) => pair.join("=")).join(", ") } };
  const note = `it has no annotation ${missing.join("=")}`;
  return { check: { check: "annotations", result: "failed", note }, reason: "annotations-missing" };
};
