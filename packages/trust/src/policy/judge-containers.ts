/**
 * Judges an image by `policy.json`.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Reference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import type { Found, Unread } from "../find/gather.ts";
import type { Check, Judgement, RefusalReason } from "../verify/evidence.ts";
import { judge } from "../verify/judge.ts";
import { matchesIdentity } from "./containers-identity.ts";
import type { ChosenScope } from "./containers-scope.ts";
import type { ContainersRequirement, SignedByRequirement, SignedIdentity } from "./containers-types.ts";
import { judgeSigstore } from "./judge-containers-sigstore.ts";
import { type ReadSmallFile, readMaterial } from "./material.ts";
import { type PolicyAnswer, type PolicyStep, answerOf } from "./verdict.ts";

/** What is judged. */
export interface ContainersImage {
  /** The manifest that is to run, not an index that it is in; nothing where no signature is asked for. */
  readonly subject: Descriptor | undefined;
  /** The name that was asked for, with a tag or a digest; nothing for images that have no name. */
  readonly name: Reference | undefined;
  readonly found: readonly (Found | Unread)[];
  readonly nowMs: number;
  readonly read: ReadSmallFile;
}

/** Judges an image by the part of the policy at `file` that speaks for it. */
export async function judgeByContainers(
  file: string,
  { scope, requirements }: ChosenScope,
  image: ContainersImage,
): Promise<PolicyAnswer> {
  const steps: PolicyStep[] = [];
  for (const requirement of requirements) {
    const step = await judgeRequirement(requirement, image);
    steps.push(step);
    // What comes after a refusal is not looked at, as others do not.
    if (!step.holds) break;
  }
  return answerOf(file, scope, steps);
}

async function judgeRequirement(requirement: ContainersRequirement, image: ContainersImage): Promise<PolicyStep> {
  const judgements: readonly Judgement[] = [];
  switch (requirement.type) {
    case "insecureAcceptAnything":
      return { asks: requirement.type, holds: true, note: "anything is accepted, unverified", judgements };
    case "reject":
      return { asks: requirement.type, holds: false, note: "the policy rejects it", judgements };
    case "signedBaseLayer":
      return { asks: requirement.type, holds: false, note: "nobody implements this requirement", judgements };
    case "signedBy":
      return await stepOf("signedBy", image, requirement.signedIdentity, () => judgeSignedBy(requirement, image));
    default:
      return await stepOf("sigstoreSigned", image, requirement.signedIdentity, () => judgeSigstore(requirement, image));
  }
}

async function stepOf(
  asks: string,
  { name }: ContainersImage,
  identity: SignedIdentity,
  judgeAll: () => Promise<readonly Judgement[]>,
): Promise<PolicyStep> {
  try {
    const judgements = (await judgeAll()).map((judgement) => holdIdentity(judgement, identity, name));
    const good = judgements.find(({ refusal }) => refusal === undefined);
    const note = good === undefined ? noteOf(judgements) : `one by "${good.trust ?? ""}" counts`;
    return { asks, holds: good !== undefined, note, judgements };
  } catch (error) {
    // Keys that cannot be read are none that could have signed.
    if (isTeuError(error)) return { asks, holds: false, note: error.message, judgements: [] };
    throw error;
  }
}

function noteOf(judgements: readonly Judgement[]): string {
  if (judgements.length === 0) return "a signature was required, but no signature exists";
  const reasons = judgements.map(({ refusal }) => refusal?.message ?? "");
  return `none of ${judgements.length} signatures counts: ${reasons.slice(0, 3).join("; ")}`;
}

function holdIdentity(judgement: Judgement, identity: SignedIdentity, name: Reference | undefined): Judgement {
  if (judgement.refusal !== undefined) return judgement;
  const signed = judgement.claims?.name;
  if (signed !== undefined && matchesIdentity(identity, signed, name)) {
    const check: Check = { check: "name", result: "passed", note: `it is for ${signed}, ${identity.type}` };
    return { ...judgement, checks: [...judgement.checks, check] };
  }
  const reason: RefusalReason = signed === undefined ? "name-not-signed" : "other-name";
  const message = signed === undefined ? "it names no image" : `it is for ${signed}, which ${identity.type} refuses`;
  const checks: readonly Check[] = [...judgement.checks, { check: "name", result: "failed", note: message }];
  return { ...judgement, checks, refusal: { reason, message } };
}

async function judgeSignedBy(
  { keyType, keys }: SignedByRequirement,
  { subject, found, nowMs, read }: ContainersImage,
): Promise<readonly Judgement[]> {
  if (keyType !== "GPGKeys" || subject === undefined) return [];
  const material = await readMaterial(keys, read);
  const trust = [{ kind: "gpg", name: "signedBy", keys: material } as const];
  const messages = found.filter(({ form }) => form === "gpg");
  const judgements: Judgement[] = [];
  for (const message of messages) judgements.push(await judge(message, { subject, trust, nowMs }));
  return judgements;
}
