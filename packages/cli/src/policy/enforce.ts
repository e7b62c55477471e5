/**
 * Lets policies decide over images: when they are pulled, unpacked, and whenever a container of one is started.
 * @module
 */
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Reference, formatName, formatReference } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { ImageEvidence } from "@teu/trust/policy/evidence";
import type { Moment } from "@teu/trust/policy/judge-by-teu";
import type { JudgedImage, PolicyVerdict } from "@teu/trust/policy/judge-image";
import type { AskRevocation } from "@teu/trust/verify/ask-revocation";
import type { CliErrorCode } from "../errors.ts";
import type { Host } from "../host.ts";
import { storeFolder } from "../images/open-image.ts";
import { type UserPolicies, hasPolicies, userPolicies } from "./user-policies.ts";

/** An image that something is about to be done with. */
export interface EnforcedImage {
  readonly source: Source;
  /** What its name stands for. */
  readonly root: Descriptor;
  /** The manifest that is to be used. */
  readonly manifest: Descriptor;
  readonly name: Reference | undefined;
  /** Where it is, if it has no name. */
  readonly place?: JudgedImage["place"];
  /** Whether the source is teu's own store, where evidence is kept beside images. */
  readonly isOwn: boolean;
  readonly moment: Moment;
  /** Whether nobody may be asked over the network about certificates, as it is of unpacking and starting. */
  readonly isOffline?: boolean;
}

/**
 * Lets the user's policies decide over an image.
 * @returns What was found out on the way, to be kept; nothing if nobody asked.
 * @throws TeuError `ERR_POLICY_REFUSED`; `ERR_POLICY_INVALID`.
 */
export async function enforcePolicies(host: Host, image: EnforcedImage): Promise<ImageEvidence | undefined> {
  if (!hasPolicies(host)) return undefined;
  const known = await userPolicies(host);
  const { acceptsUnseen } = await import("@teu/trust/policy/load-policies");
  if (image.name !== undefined && acceptsUnseen(known.policies, image.name)) return undefined;
  let evidence: ImageEvidence | undefined;
  const verdict = await judgeImage(host, image, {
    known,
    onEvidence: (found) => {
      evidence = found;
    },
  });
  if (!verdict.accepted) throw refused(image, verdict);
  if (evidence === undefined || verdict.revocation.length === 0) return evidence;
  return { ...evidence, answers: verdict.revocation };
}

function refused(
  { name, manifest, moment }: EnforcedImage,
  { problem = "refused" }: PolicyVerdict,
): TeuError<CliErrorCode> {
  const what = name === undefined ? manifest.digest : formatReference(name);
  return new TeuError("ERR_POLICY_REFUSED", `${DOING[moment]} "${what}": ${problem}`, {
    hint: `teu policy explain ${what} tells all that was looked at`,
  });
}

const DOING: Readonly<Record<Moment, string>> = {
  check: "Judging",
  pull: "Pulling",
  unpack: "Unpacking",
  start: "Starting a container of",
};

/** With what an image is judged. */
export interface JudgeOptions {
  readonly known: UserPolicies;
  readonly onEvidence?: (evidence: ImageEvidence) => void;
}

/** Judges an image without acting on it. @throws TeuError what reading evidence may throw */
export async function judgeImage(
  host: Host,
  image: EnforcedImage,
  { known, onEvidence }: JudgeOptions,
): Promise<PolicyVerdict> {
  const { judgeByPolicies, lookasideOf } = await import("@teu/trust/policy/judge-image");
  const { userTagMemory } = await import("../commands/trust/tag-memory.ts");
  const { userPlugins } = await import("./verifier-plugins.ts");
  const { places, policies } = known;
  return await judgeByPolicies(policies, places, {
    askRevocation: await askerFor(host, image),
    plugins: userPlugins(host),
    name: image.name,
    place: image.place,
    moment: image.moment,
    memory: userTagMemory(host),
    evidence: async () => {
      const evidence = await evidenceOf(host, image, await lookasideOf(policies, image.name));
      onEvidence?.(evidence);
      return evidence;
    },
  });
}

const ASKS: ReadonlySet<Moment> = new Set(["check", "pull"]);

async function askerFor(host: Host, { moment, isOffline = false }: EnforcedImage): Promise<AskRevocation | undefined> {
  if (isOffline || !ASKS.has(moment)) return undefined;
  return (await import("./ask-revocation.ts")).askOverNetwork(host.signal);
}

async function evidenceOf(host: Host, image: EnforcedImage, lookaside: string | undefined): Promise<ImageEvidence> {
  const { checkEvidence, collectEvidence, mergeEvidence } = await import("@teu/trust/policy/evidence");
  const { source, root, manifest, name, place, isOwn } = image;
  const found = await collectEvidence(source, root, manifest, {
    name,
    lookaside,
    dirFolder: place?.transport === "dir" ? place.path : undefined,
    signal: host.signal,
    fetchSignature: (await import("./fetch-signature.ts")).fetchSignature,
    nameOfTag: isOwn && name !== undefined ? (tag) => `${formatName(name)}:${tag}` : undefined,
  });
  if (!isOwn) return found;
  const { evidencePath, readEvidence } = await import("@teu/trust/policy/kept-evidence");
  const kept = await readEvidence(evidencePath(storeFolder(host), root.digest));
  if (kept !== undefined) checkEvidence(kept, manifest);
  const known = kept === undefined ? found : mergeEvidence(found, kept);
  const encrypted = await readEvidence(evidencePath(storeFolder(host), root.digest, "encrypted"));
  if (encrypted === undefined) return known;
  const { checkEvidenceOfEncrypted, withEncrypted } = await import("@teu/trust/policy/decrypted-evidence");
  const { readVerified } = await import("@teu/content/verified-read");
  checkEvidenceOfEncrypted(encrypted, manifest, await readVerified(source, manifest, { signal: host.signal }));
  return withEncrypted(known, encrypted);
}

/**
 * What is known of an image of the store, from the store alone: for what is made of it.
 * @throws TeuError what reading evidence may throw
 */
export async function knownEvidence(host: Host, image: EnforcedImage): Promise<ImageEvidence | undefined> {
  const evidence = await evidenceOf(host, image, undefined);
  return evidence.subjects.some(({ found }) => found.length > 0) ? evidence : undefined;
}

/** Evidence for an image that is decrypted on its way into the store. */
export async function forDecrypted(
  evidence: ImageEvidence,
  { store }: { readonly store: Source },
): Promise<ImageEvidence> {
  const { evidenceOfEncrypted } = await import("@teu/trust/policy/decrypted-evidence");
  const { readVerified } = await import("@teu/content/verified-read");
  const [first] = evidence.subjects;
  return first === undefined ? evidence : evidenceOfEncrypted(evidence, await readVerified(store, first.subject));
}

/** Keeps evidence beside the image in teu's own store. */
export async function keepWithImage(host: Host, root: Descriptor, evidence: ImageEvidence): Promise<void> {
  const { evidencePath, keepEvidence } = await import("@teu/trust/policy/kept-evidence");
  const { isOfEncrypted } = await import("@teu/trust/policy/decrypted-evidence");
  const of = isOfEncrypted(evidence) ? "encrypted" : "itself";
  await keepEvidence(evidencePath(storeFolder(host), root.digest, of), evidence);
}
