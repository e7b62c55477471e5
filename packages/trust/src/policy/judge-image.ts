/**
 * Judges an image by all policies that speak for it, and says what they would need to know.
 * @module
 */
import { dirname, resolve } from "node:path";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Reference, repositoryOf, withDigest } from "@teu/spec/reference";
import type { AskRevocation, WhomToAsk } from "../verify/ask-revocation.ts";
import type { VerifierPlugins } from "../verify/judge.ts";
import type { TagMemory } from "../verify/verify-tag.ts";
import { type ContainersSubject, chooseScope } from "./containers-scope.ts";
import type { EvidenceSubject, ImageEvidence } from "./evidence.ts";
import { judgeByContainers } from "./judge-containers.ts";
import { judgeByNotation } from "./judge-by-notation.ts";
import { type Moment, judgeByTeu } from "./judge-by-teu.ts";
import { type KeptAnswer, revocationDesk } from "./kept-answers.ts";
import { type ContainersPlace, type Policies, loadContainers, loadNotation } from "./load-policies.ts";
import { type ReadSmallFile, readSmallFile } from "./material.ts";
import type { PolicyPlaces } from "./find-policies.ts";
import { sectionFor } from "./registries-d.ts";
import { trustReader } from "./teu-trust.ts";
import type { OtherNeed } from "./teu-types.ts";
import { type PolicyAnswer, answerOf, refusalOf } from "./verdict.ts";

/** An image as policies see it. */
export interface JudgedImage {
  /** The full name that it was asked for by; nothing for images that have none. */
  readonly name: Reference | undefined;
  /** Where it is, for images that have no name. */
  readonly place?: Exclude<ContainersSubject, { readonly transport: "docker" }> | undefined;
  /** Gives what is known of its signatures. Not called if no policy wants any. */
  readonly evidence: () => Promise<ImageEvidence>;
  readonly moment: Moment;
  readonly memory: TagMemory;
  /** Default: the present. */
  readonly nowMs?: number;
  readonly read?: ReadSmallFile;
  /** Asks over the network whether certificates are revoked. Default: nobody does, and only kept answers count. */
  readonly askRevocation?: AskRevocation | undefined;
  /** Plug-ins of notation that verify. Default: there are none. */
  readonly plugins?: VerifierPlugins | undefined;
}

/** What all policies together say. */
export interface PolicyVerdict {
  readonly accepted: boolean;
  readonly subject: Descriptor | undefined;
  readonly answers: readonly PolicyAnswer[];
  /** What was answered over the network about the certificates of its signers. */
  readonly revocation: readonly KeptAnswer[];
  /** Why it is refused. */
  readonly problem?: string;
}

/** Judges an image. No policy at all accepts it, as podman would. @throws TeuError what reading evidence may throw */
export async function judgeByPolicies(
  policies: Policies,
  places: PolicyPlaces,
  image: JudgedImage,
): Promise<PolicyVerdict> {
  const once = onceOnly(image.evidence);
  const desk = revocationDesk({ network: image.askRevocation, kept: async () => (await once.get()).answers ?? [] });
  const revocation = { ask: desk.ask, mayBeOld: MAY_BE_OLD.has(image.moment) };
  const judged = { ...image, evidence: once.get, name: withoutTagIfDigest(image.name), revocation };
  const answers: PolicyAnswer[] = [];
  if (policies.teu !== undefined) answers.push(await askTeu(policies, places, judged));
  if (policies.containers !== undefined) answers.push(await askContainers(policies.containers, judged));
  if (policies.notation !== undefined) {
    const { subjects } = await judged.evidence();
    answers.push(await judgeByNotation(policies.notation, { ...judged, subjects, nowMs: nowOf(image) }));
  }
  const refusing = answers.find(({ accepted }) => !accepted);
  const found = { subject: once.known()?.subjects[0]?.subject, answers, revocation: desk.answers() };
  if (refusing === undefined) return { accepted: true, ...found };
  const problem = `${refusing.policy}, ${refusing.rule}: ${refusalOf(refusing) ?? "refused"}`;
  return { accepted: false, ...found, problem };
}

/**
 * What is done with images that were pulled asks nobody over the network: there, an answer that was good at the pull counts
 * after it has run out, with a note of its age. Otherwise a container could not be started again a few days later.
 */
const MAY_BE_OLD: ReadonlySet<Moment> = new Set(["unpack", "start"]);

/** An image whose certificates can be asked about. */
interface AskedImage extends JudgedImage {
  readonly revocation: WhomToAsk;
}

interface Once {
  readonly get: () => Promise<ImageEvidence>;
  readonly known: () => ImageEvidence | undefined;
}

function onceOnly(gather: () => Promise<ImageEvidence>): Once {
  let pending: Promise<ImageEvidence> | undefined;
  let known: ImageEvidence | undefined;
  return {
    get: async () => {
      pending ??= gather();
      known = await pending;
      return known;
    },
    known: () => known,
  };
}

/** Of a name with tag and digest, the digest says what the image is. */
function withoutTagIfDigest(name: Reference | undefined): Reference | undefined {
  if (name?.digest === undefined || name.tag === undefined) return name;
  return withDigest(repositoryOf(name), name.digest);
}

function nowOf({ nowMs = Date.now() }: JudgedImage): number {
  return nowMs;
}

async function askContainers({ file, policy, registries }: ContainersPlace, image: JudgedImage): Promise<PolicyAnswer> {
  const { name, place, read = readSmallFile } = image;
  const subject: ContainersSubject | undefined = name === undefined ? place : { transport: "docker", name };
  const chosen =
    subject === undefined ? { scope: "the default", requirements: policy.default } : chooseScope(policy, subject);
  const needsEvidence = chosen.requirements.some(({ type }) => type === "signedBy" || type === "sigstoreSigned");
  const evidence = needsEvidence ? await image.evidence() : { subjects: [] };
  const [manifest] = evidence.subjects;
  if (needsEvidence && manifest === undefined)
    return answerOf(file, chosen.scope, [
      { asks: "signatures", holds: false, note: "nothing is known of the image", judgements: [] },
    ]);
  const found = manifest === undefined ? [] : visible(manifest, await looksAtTags(registries, name));
  return await judgeByContainers(file, chosen, {
    subject: manifest?.subject,
    name,
    found,
    nowMs: nowOf(image),
    read,
  });
}

async function looksAtTags(registries: ContainersPlace["registries"], name: Reference | undefined): Promise<boolean> {
  return name !== undefined && sectionFor(await registries(), name).useSigstoreAttachments === true;
}

/** What cosign keeps under tags is looked at only where `registries.d` says so. */
function visible({ found }: EvidenceSubject, seesTags: boolean): EvidenceSubject["found"] {
  return found.filter(({ place }) => place === "lookaside" || (seesTags && place === "tag"));
}

async function askTeu({ teu }: Policies, places: PolicyPlaces, image: AskedImage): Promise<PolicyAnswer> {
  if (teu === undefined) throw new TypeError("teu: no policy, expected one");
  const { file, policy, revoked } = teu;
  const folder = dirname(resolve(file));
  const trust = trustReader(policy.trust, folder, image.read ?? readSmallFile);
  const askOther = async ({ kind, path }: OtherNeed): Promise<PolicyAnswer> => {
    const other = path === undefined ? undefined : resolve(folder, path);
    if (kind === "notation")
      return await judgeByNotation(loadNotation(other, places), {
        ...image,
        ...(await image.evidence()),
        nowMs: nowOf(image),
      });
    return await askContainers(loadContainers(other ?? defaultContainers(places), places), image);
  };
  const asked = { ...image, nowMs: nowOf(image) };
  return await judgeByTeu({ file, policy, revoked, trust, askOther }, asked);
}

function defaultContainers({ etc = "/etc" }: PolicyPlaces): string {
  return `${etc}/containers/policy.json`;
}

/** Where the signatures of an image are that its policies may ask for. */
export async function lookasideOf(policies: Policies, name: Reference | undefined): Promise<string | undefined> {
  const place = policies.containers;
  if (place === undefined || name === undefined) return undefined;
  return sectionFor(await place.registries(), name).lookaside ?? place.defaultLookaside;
}
