/**
 * Judges an image by teu's own policy.
 * @module
 */
import type { Reference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { TAG_RECORD_PREDICATE } from "../formats/types.ts";
import type { Judgement, RefusalReason, SignedBy } from "../verify/evidence.ts";
import type { WhomToAsk } from "../verify/ask-revocation.ts";
import { type VerifierPlugins, judge } from "../verify/judge.ts";
import { type Requirement, type Verdict, decide, holdAgainst } from "../verify/verify-image.ts";
import { type TagMemory, decideTag } from "../verify/verify-tag.ts";
import { type Condition, meets } from "./conditions.ts";
import type { ImageEvidence } from "./evidence.ts";
import { matchesPattern } from "./name-pattern.ts";
import type { TrustReader } from "./teu-trust.ts";
import type { AttestedNeed, FreshNeed, Need, OtherNeed, Revocations, RuleAction, TeuPolicy } from "./teu-types.ts";
import { type PolicyAnswer, type PolicyStep, answerOf, refusalOf } from "./verdict.ts";

/** When an image is judged. */
export type Moment = "check" | "pull" | "unpack" | "start";

/** What is judged. */
export interface TeuImage {
  readonly name: Reference | undefined;
  readonly evidence: ImageEvidence;
  readonly nowMs: number;
  readonly moment: Moment;
  readonly memory: TagMemory;
  /** Whom to ask whether certificates are revoked, where the trust wants it. Default: nobody, which is no answer. */
  readonly revocation?: WhomToAsk | undefined;
  readonly plugins?: VerifierPlugins | undefined;
}

/** What is judged, with evidence that is gathered only if it is asked for. */
export interface TeuAsked extends Omit<TeuImage, "evidence"> {
  readonly evidence: () => Promise<ImageEvidence>;
}

/** A policy with what it needs to be judged by. */
export interface TeuPlace {
  readonly file: string;
  readonly policy: TeuPolicy;
  /** All that is revoked, lists included. */
  readonly revoked: Revocations;
  readonly trust: TrustReader;
  /** Asks a policy of another kind. */
  readonly askOther: (need: OtherNeed) => Promise<PolicyAnswer>;
}

/** Judges an image by the first rule that is for its name. */
export async function judgeByTeu(place: TeuPlace, asked: TeuAsked): Promise<PolicyAnswer> {
  const { file, policy, revoked } = place;
  const [rule, action] = chooseRule(policy, asked.name);
  const needsNothing = typeof action === "string" && revoked.images.size === 0;
  const image: TeuImage = { ...asked, evidence: needsNothing ? { subjects: [] } : await asked.evidence() };
  const { subjects, aliases = [] } = image.evidence;
  const gone = [...subjects.map(({ subject }) => subject.digest), ...aliases].find((each) => revoked.images.has(each));
  if (gone !== undefined) return answerOf(file, rule, [step("that it is not revoked", false, `${gone} is revoked`)]);
  if (action === "reject") return answerOf(file, rule, [step("nothing", false, "the rule rejects it")]);
  if (action === "accept") return answerOf(file, rule, [step("nothing", true, "the rule accepts it, unverified")]);
  const steps: PolicyStep[] = [];
  for (const need of action) steps.push(await judgeNeed(need, place, image));
  return answerOf(file, rule, steps);
}

function chooseRule(policy: TeuPolicy, name: Reference | undefined): readonly [string, RuleAction] {
  const rule = policy.rules.find(
    ({ images }) => name !== undefined && images.some((each) => matchesPattern(each, name)),
  );
  return rule === undefined ? ["the default", policy.default] : [rule.name, rule.action];
}

function step(asks: string, holds: boolean, note: string, judgements: readonly Judgement[] = []): PolicyStep {
  return { asks, holds, note, judgements };
}

async function judgeNeed(need: Need, place: TeuPlace, image: TeuImage): Promise<PolicyStep> {
  const asks = textOf(need);
  try {
    switch (need.kind) {
      case "signed":
        return await judgeSigners(asks, place, image, {
          ...(await wanted(need.by, need.count, place)),
          annotations: need.annotations,
          nameless: !need.named,
          ...(image.name === undefined ? {} : { name: image.name }),
        });
      case "attested":
        return await judgeAttested(asks, need, place, image);
      case "fresh":
        return await judgeFresh(asks, need, place, image);
      default:
        return await judgeOther(asks, need, place);
    }
  } catch (error) {
    // What is trusted cannot be read: then nobody is.
    if (isTeuError(error)) return step(asks, false, error.message);
    throw error;
  }
}

function textOf(need: Need): string {
  if (!("by" in need)) return `what the policy of ${need.kind} asks for`;
  const who = need.by.length === 1 ? (need.by[0] ?? "") : `${need.count} of ${need.by.join(", ")}`;
  if (need.kind === "signed") return `a signature by ${who}`;
  if (need.kind === "fresh") return `a record of the tag by ${who} that holds now`;
  const conditions = need.where.map(({ text }) => text).join(" and ");
  return `an attestation of ${need.predicateType} by ${who}${conditions === "" ? "" : ` in which ${conditions}`}`;
}

type Wanted = Pick<Requirement, "trust" | "threshold">;

async function wanted(by: readonly string[], count: number, { trust }: TeuPlace): Promise<Wanted> {
  const all = await Promise.all(by.map((name) => trust(name)));
  return { trust: all.flat(), threshold: count };
}

/** Judges every subject by itself. Signers of a manifest and of the index that it is in are counted together. */
async function judgeSigners(
  asks: string,
  place: TeuPlace,
  image: TeuImage,
  { where = [], ...requirement }: Requirement & { readonly where?: readonly Condition[] },
): Promise<PolicyStep> {
  const judgements = (await judgeAll(place, image, requirement)).map((judgement) =>
    holdConditions(holdAgainst(judgement, requirement), where, image.nowMs),
  );
  return stepOf(asks, decide(mainSubject(image), judgements, requirement));
}

function mainSubject({ evidence }: TeuImage): Verdict["subject"] {
  const [first] = evidence.subjects;
  if (first === undefined) throw new RangeError("evidence: no subject, expected one at least");
  return first.subject;
}

async function judgeAll(
  { revoked }: TeuPlace,
  { evidence, nowMs, revocation, plugins }: TeuImage,
  { trust }: Pick<Requirement, "trust">,
): Promise<readonly Judgement[]> {
  const judgements: Judgement[] = [];
  for (const { subject, found } of evidence.subjects)
    for (const each of found)
      judgements.push(holdRevoked(await judge(each, { subject, trust, nowMs, revocation, plugins }), revoked));
  return judgements;
}

function stepOf(asks: string, { accepted, signers, problem = "", judgements }: Verdict): PolicyStep {
  return step(asks, accepted, accepted ? `by ${signers.join(", ")}` : problem, judgements);
}

function holdRevoked(judgement: Judgement, { signers }: Revocations): Judgement {
  const { signer } = judgement;
  if (judgement.refusal !== undefined || signer === undefined) return judgement;
  const name = nameOfSigner(signer);
  return signers.has(name) ? refuse(judgement, "untrusted-signer", `its signer ${name} is revoked`) : judgement;
}

function nameOfSigner(signer: SignedBy): string {
  if (signer.kind === "key") return signer.hint;
  return signer.kind === "identity" ? signer.identity : signer.fingerprint;
}

function refuse(judgement: Judgement, reason: RefusalReason, message: string): Judgement {
  const checks = [...judgement.checks, { check: "purpose", result: "failed", note: message } as const];
  return { ...judgement, checks, refusal: { reason, message } };
}

async function judgeAttested(
  asks: string,
  { by, count, predicateType, where }: AttestedNeed,
  place: TeuPlace,
  image: TeuImage,
): Promise<PolicyStep> {
  const requirement = { ...(await wanted(by, count, place)), predicateType, where };
  return await judgeSigners(asks, place, image, requirement);
}

function holdConditions(judgement: Judgement, conditions: readonly Condition[], nowMs: number): Judgement {
  if (judgement.refusal !== undefined) return judgement;
  const failed = conditions.find((condition) => !meets({ ...judgement.claims?.predicate }, condition, nowMs));
  return failed === undefined ? judgement : refuse(judgement, "annotations-missing", `not so: ${failed.text}`);
}

const FORGETFUL: TagMemory = { last: async () => undefined, remember: async () => {} };

async function judgeFresh(asks: string, need: FreshNeed, place: TeuPlace, image: TeuImage): Promise<PolicyStep> {
  const { name, moment } = image;
  if (moment === "start" && need.at === "pull") return step(asks, true, "asked for when it is pulled only");
  if (name?.tag === undefined) return step(asks, false, "the image was asked for by no tag");
  const requirement = {
    ...(await wanted(need.by, need.count, place)),
    name,
    nowMs: image.nowMs,
    // What a container was made of may be older than what was pulled since.
    memory: moment === "pull" ? image.memory : FORGETFUL,
  };
  const asked = { trust: requirement.trust, predicateType: TAG_RECORD_PREDICATE };
  const judgements = (await judgeAll(place, image, requirement)).map((judgement) => holdAgainst(judgement, asked));
  return stepOf(asks, await decideTag(rootSubject(image), judgements, requirement));
}

/** What the tag stands for: the outermost index, or the manifest. */
function rootSubject(image: TeuImage): Verdict["subject"] {
  return image.evidence.subjects.at(-1)?.subject ?? mainSubject(image);
}

async function judgeOther(asks: string, need: OtherNeed, { askOther }: TeuPlace): Promise<PolicyStep> {
  const answer = await askOther(need);
  const judgements = answer.steps.flatMap((each) => each.judgements);
  const note = answer.accepted ? `${answer.policy}, ${answer.rule}` : (refusalOf(answer) ?? "it refuses");
  return step(asks, answer.accepted, note, judgements);
}
