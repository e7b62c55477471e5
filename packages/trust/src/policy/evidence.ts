/**
 * What is known of an image's signatures, for policies to judge: gathered where the image is, or kept beside it so that it
 * can be judged again at every start, with nobody to ask.
 * @module
 */
import { createHash } from "node:crypto";
import { parseLinks } from "@teu/content/links";
import type { CallOptions, Source } from "@teu/content/store";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { isIndex } from "@teu/spec/media-types";
import type { Reference } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { type Found, type Unread, gather } from "../find/gather.ts";
import { gatherLookaside, type FetchSignature } from "./lookaside.ts";
import type { KeptAnswer } from "./kept-answers.ts";
import type { SubjectFound } from "./judge-by-notation.ts";

/** One thing that may have been signed. */
export interface EvidenceSubject extends SubjectFound {
  /** Of an index: its bytes, which show what is in it. */
  readonly index?: Uint8Array;
  /** Of a manifest with encrypted layers that is kept for the image that was decrypted from it: its bytes. */
  readonly encryptedManifest?: Uint8Array;
}

/** All that is known: of the manifest to run first, then of the indexes that it is in, the innermost first. */
export interface ImageEvidence {
  readonly subjects: readonly EvidenceSubject[];
  /** Digests that the image goes by beside those of the subjects. Not kept. */
  readonly aliases?: readonly Digest[];
  /** What was answered about the certificates of its signers. */
  readonly answers?: readonly KeptAnswer[];
}

/** How to look for evidence. */
export interface CollectOptions extends CallOptions {
  /** The name under which a store keeps a tag of the image's repository. Default: the tag itself. */
  readonly nameOfTag?: ((tag: string) => string) | undefined;
  /** The name of the image, which folders of signatures go by. */
  readonly name?: Reference | undefined;
  /** The URL that folders of signatures are below. */
  readonly lookaside?: string | undefined;
  /** The `dir:` folder that the image is in, with its signatures in files. */
  readonly dirFolder?: string | undefined;
  /** Fetches signatures from `http:` URLs. Default: there are none. */
  readonly fetchSignature?: FetchSignature | undefined;
}

const MAX_DEPTH = 4;

/**
 * Gathers what is known of `manifest`, and of the indexes between it and `root`.
 * @throws TeuError `ERR_EVIDENCE_INVALID` if `root` does not lead to `manifest`; what the store may throw.
 */
export async function collectEvidence(
  store: Source,
  root: Descriptor,
  manifest: Descriptor,
  options: CollectOptions = {},
): Promise<ImageEvidence> {
  const way = await wayTo(store, root, { manifest, depth: 0, signal: options.signal });
  if (way === undefined) throw evidenceError(`${root.digest} does not lead to ${manifest.digest}`);
  const subjects: EvidenceSubject[] = [];
  for (const { subject, index } of way) {
    const found = await Array.fromAsync(allOf(store, subject, options));
    subjects.push({ subject, found, ...(index === undefined ? {} : { index }) });
  }
  return { subjects };
}

interface Way {
  readonly manifest: Descriptor;
  readonly depth: number;
  readonly signal: AbortSignal | undefined;
}

type Step = Omit<EvidenceSubject, "found">;

/** The manifest and the indexes above it, the innermost first. */
async function wayTo(store: Source, from: Descriptor, way: Way): Promise<readonly Step[] | undefined> {
  const { manifest, depth, signal } = way;
  if (from.digest === manifest.digest && !isIndex(from.mediaType)) return [{ subject: from }];
  if (!isIndex(from.mediaType) || depth >= MAX_DEPTH) return undefined;
  const index = await readVerified(store, from, { signal });
  const { children } = parseLinks(index, from);
  const nearest = children.toSorted(
    (a, b) => Number(b.digest === manifest.digest) - Number(a.digest === manifest.digest),
  );
  for (const child of nearest) {
    if (child.digest !== manifest.digest && !isIndex(child.mediaType)) continue;
    const found = await wayTo(store, child, { ...way, depth: depth + 1 });
    if (found !== undefined) return [...found, { subject: from, index }];
  }
  return undefined;
}

async function* allOf(store: Source, subject: Descriptor, options: CollectOptions): AsyncGenerator<Found | Unread> {
  const { signal, nameOfTag, name, lookaside, fetchSignature, dirFolder } = options;
  const folder = { lookasideFolder: dirFolder };
  yield* gather(store, subject, { signal, ...folder, ...(nameOfTag === undefined ? {} : { nameOfTag }) });
  if (lookaside === undefined || name === undefined) return;
  yield* gatherLookaside(lookaside, name, { digest: subject.digest, fetchSignature, signal });
}

/** Puts together what is known from two places. What both have is there once. */
export function mergeEvidence(a: ImageEvidence, b: ImageEvidence): ImageEvidence {
  const subjects = new Map<string, EvidenceSubject>(a.subjects.map((each) => [each.subject.digest, each]));
  for (const each of b.subjects) {
    const known = subjects.get(each.subject.digest);
    subjects.set(each.subject.digest, known === undefined ? each : { ...known, found: union(known.found, each.found) });
  }
  return { subjects: [...subjects.values()], ...answersOf(a, b) };
}

/** What several know about certificates. */
export function answersOf(...evidence: readonly ImageEvidence[]): Pick<ImageEvidence, "answers"> {
  const answers = evidence.flatMap((each) => each.answers ?? []);
  return answers.length === 0 ? {} : { answers };
}

function union(a: SubjectFound["found"], b: SubjectFound["found"]): SubjectFound["found"] {
  return [...new Map([...a, ...b].map((found) => [keyOf(found), found])).values()];
}

function keyOf(found: Found | Unread): string {
  if (found.form === "unknown") return `unknown ${found.manifest.digest}`;
  // Layers with the same payload differ in their annotations, which hold the signature.
  const names = Object.keys(found.annotations).toSorted((a, b) => (a < b ? -1 : 1));
  return JSON.stringify([found.form, found.layer.digest, ...names.map((name) => [name, found.annotations[name]])]);
}

/**
 * Checks that kept evidence is about `manifest`: every index in it has the digest it says, and leads there.
 * @throws TeuError `ERR_EVIDENCE_INVALID`
 */
export function checkEvidence({ subjects }: ImageEvidence, manifest: Descriptor): void {
  const [first, ...indexes] = subjects;
  if (first === undefined || first.subject.digest !== manifest.digest)
    throw evidenceError(`it is about ${first?.subject.digest ?? "nothing"}, not ${manifest.digest}`);
  const reached = new Set<string>([manifest.digest]);
  for (const { subject, index } of indexes) {
    if (index === undefined || !hasDigest(index, subject.digest))
      throw evidenceError(`${subject.digest} is not what it says`);
    if (!parseLinks(index, subject).children.some(({ digest }) => reached.has(digest)))
      throw evidenceError(`${subject.digest} does not lead to ${manifest.digest}`);
    reached.add(subject.digest);
  }
}

/** Tells whether bytes have a digest. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  const { algorithm, encoded } = splitDigest(digest);
  return createHash(algorithm).update(bytes).digest("hex") === encoded;
}

/** Makes the error for evidence that cannot be relied on. */
export function evidenceError(problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_EVIDENCE_INVALID", `Reading what was kept of an image's signatures: ${problem}`, {
    cause,
    hint: "Pull the image again",
  });
}
