/**
 * Judges an image by the Notary Project's trust policy.
 * @module
 */
import type { Certificate } from "@teu/pki/certificate";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Reference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import type { Found, Unread } from "../find/gather.ts";
import { parseNotationCose } from "../formats/notation-cose.ts";
import { parseNotationJws } from "../formats/notation-jws.ts";
import type { CheckName, Judgement } from "../verify/evidence.ts";
import { judge } from "../verify/judge.ts";
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
  { trustStores: names, identities, verifyTimestamp }: NotationStatement,
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
  { subjects, nowMs }: NotationImage,
): Promise<readonly Judgement[]> {
  const logged = new Set(
    Object.entries(CHECKS_OF).flatMap(([check, names]) =>
      level.actions[check as keyof typeof CHECKS_OF] === "log" ? names : [],
    ),
  );
  const judgements: Judgement[] = [];
  for (const { subject, found } of subjects)
    for (const each of found) {
      if (each.form !== "notation-jws" && each.form !== "notation-cose") continue;
      const judgement = await judge(each, { subject, trust, nowMs, logged });
      judgements.push(holdRevocation(judgement, each, level.actions.revocation));
    }
  return judgements;
}

/** Nobody is asked over the network. Where certificates say whom to ask, that is a failure; where not, they have no need. */
function holdRevocation(judgement: Judgement, found: Found, action: "enforce" | "log" | "skip"): Judgement {
  if (judgement.refusal !== undefined || action === "skip" || !isRevocable(found)) return judgement;
  const message = "its certificates say where to ask whether they are revoked, and nobody is asked over the network";
  const rest = judgement.checks.filter(({ check }) => check !== "revocation");
  const checks = [...rest, { check: "revocation", result: "failed", note: message } as const];
  return action === "log"
    ? { ...judgement, checks }
    : { ...judgement, checks, refusal: { reason: "certificate-invalid", message } };
}

const CRL_POINTS = "2.5.29.31";
const INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1";
/** 1.3.6.1.5.5.7.48.1 in DER. */
const OCSP_ID = "06082b06010505073001";

function isRevocable({ form, bytes }: Found): boolean {
  const { certificates } = form === "notation-jws" ? parseNotationJws(bytes) : parseNotationCose(bytes);
  return certificates.some(({ extensions }) => {
    const access = extensions.get(INFORMATION_ACCESS)?.value;
    return (
      extensions.has(CRL_POINTS) || (access !== undefined && Buffer.from(access).toString("hex").includes(OCSP_ID))
    );
  });
}
