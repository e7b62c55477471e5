/**
 * Judges an image by the Notary Project's trust policy.
 * @module
 */
import type { Certificate } from "@teu/pki/certificate";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Reference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import type { Found, Unread } from "../find/gather.ts";
import type { WhomToAsk } from "../verify/ask-revocation.ts";
import type { CheckName, Judgement } from "../verify/evidence.ts";
import { type VerifierPlugins, judge } from "../verify/judge.ts";
import type { CertificateTrust } from "../verify/trust.ts";
import { type NotationCheck, type NotationStatement, chooseStatement } from "./notation-policy.ts";
import { readTrustStore } from "./trust-store.ts";
import { type PolicyAnswer, type PolicyStep, answerOf } from "./verdict.ts";

/** Where a policy and its stores are. */
export interface NotationPlace {
  readonly file: string;
  readonly statements: readonly NotationStatement[];
  /** The folder that `x509` is in. */
  readonly trustStores: string;
}

/** What is judged. */
export interface NotationImage {
  /** What may have been signed: the manifest, and the indexes that it is in. */
  readonly subjects: readonly SubjectFound[];
  readonly name: Reference | undefined;
  readonly nowMs: number;
  /** Whom to ask whether certificates are revoked. Default: nobody, which is no answer where one is wanted. */
  readonly revocation?: WhomToAsk | undefined;
  readonly plugins?: VerifierPlugins | undefined;
}

/** Something that may have been signed, and what was found about it. */
export interface SubjectFound {
  readonly subject: Descriptor;
  readonly found: readonly (Found | Unread)[];
}

/** Judges an image by the statement that speaks for its repository. Without one it is refused. */
export async function judgeByNotation(place: NotationPlace, image: NotationImage): Promise<PolicyAnswer> {
  const { file, statements } = place;
  const refuse = (note: string): PolicyAnswer =>
    answerOf(file, "none", [{ asks: "a statement for the image", holds: false, note, judgements: [] }]);
  if (image.name === undefined) return refuse("the image has no name to choose one by");
  const statement = chooseStatement(statements, image.name);
  if (statement === undefined) return refuse("no statement has its repository in its scopes");
  if (statement.level.name === "skip") {
    const step = { asks: "nothing, at level skip", holds: true, note: "signatures are not verified", judgements: [] };
    return answerOf(file, statement.name, [step]);
  }
  const judged = await judgeStatement(place, statement, image);
  return answerOf(file, statement.name, [judged.step], judged.warnings);
}

interface Judged {
  readonly step: PolicyStep;
  readonly warnings: readonly string[];
}

async function judgeStatement(
  place: NotationPlace,
  statement: NotationStatement,
  image: NotationImage,
): Promise<Judged> {
  const asks = `a signature of the Notary Project, at level ${statement.level.name}`;
  try {
    const judgements = await judgeAll(statement, await trustOf(place, statement), image);
    const good = judgements.find(({ refusal }) => refusal === undefined);
    if (good === undefined) return { step: { asks, holds: false, note: noteOf(judgements), judgements }, warnings: [] };
    const failed = good.checks.filter(({ result }) => result === "failed");
    const warnings = failed.map(({ check, note }) => `${check}: ${note}`);
    return { step: { asks, holds: true, note: `one by "${good.trust ?? ""}" counts`, judgements }, warnings };
  } catch (error) {
    if (isTeuError(error)) return { step: { asks, holds: false, note: error.message, judgements: [] }, warnings: [] };
    throw error;
  }
}

function noteOf(judgements: readonly Judgement[]): string {
  if (judgements.length === 0) return "there is none";
  return judgements.map(({ refusal }) => refusal?.message ?? "").join("; ");
}

async function trustOf(
  { trustStores }: NotationPlace,
  { trustStores: names, identities, identityTexts, verifyTimestamp, level }: NotationStatement,
): Promise<readonly CertificateTrust[]> {
  const stampers: Certificate[] = [];
  const stores: CertificateTrust[] = [];
  for (const store of names) {
    const certificates = await readTrustStore(trustStores, store);
    if (store.type === "tsa") stampers.push(...certificates);
    else
      stores.push({
        kind: "certificates",
        name: `${store.type}:${store.name}`,
        anchors: certificates,
        store: store.type,
        identities: identityTexts,
        // Of those who stamp the time it is asked at every level.
        revocation: { ofSigners: level.actions.revocation, ofStampers: "enforce" },
        ...(identities === undefined ? {} : { subjects: identities }),
      });
  }
  if (stampers.length === 0) return stores;
  return stores.map((store) => ({ ...store, timestampAnchors: stampers, timestamps: verifyTimestamp }));
}

const CHECKS_OF: Readonly<Record<Exclude<NotationCheck, "integrity" | "revocation">, readonly CheckName[]>> = {
  authenticity: ["signer", "identity"],
  authenticTimestamp: ["signing-time"],
  expiry: ["expiry"],
};

async function judgeAll(
  { level }: NotationStatement,
  trust: readonly CertificateTrust[],
  { subjects, nowMs, revocation, plugins }: NotationImage,
): Promise<readonly Judgement[]> {
  const logged = new Set(
    Object.entries(CHECKS_OF).flatMap(([check, names]) =>
      level.actions[check as keyof typeof CHECKS_OF] === "log" ? names : [],
    ),
  );
  const context = { trust, nowMs, logged, revocation, plugins };
  const judgements: Judgement[] = [];
  for (const { subject, found } of subjects)
    for (const each of found) {
      if (each.form !== "notation-jws" && each.form !== "notation-cose") continue;
      judgements.push(await judge(each, { ...context, subject }));
    }
  return judgements;
}
