/**
 * Verifies that a tag stands for an image now: by signed records, and by what was seen before.
 * @module
 */
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { type Reference, formatName } from "@teu/spec/reference";
import { type TagRecord, readTagRecord, tagRecordName } from "../formats/tag-record.ts";
import { TAG_RECORD_PREDICATE } from "../formats/types.ts";
import type { Check, Judgement, RefusalReason } from "./evidence.ts";
import { type Requirement, type Verdict, decide, verifyImage } from "./verify-image.ts";

/** What was last seen of a tag. */
export interface SeenTag {
  readonly sequence: number;
  readonly digest: Digest;
}

/** Remembers tags between verifications. */
export interface TagMemory {
  /** What was last seen; nothing the first time. */
  last(name: string): Promise<SeenTag | undefined>;
  /** Remembers what was accepted, unless something with a higher sequence is remembered already. */
  remember(name: string, seen: SeenTag): Promise<void>;
}

/** What a tag needs to be accepted. */
export interface TagRequirement extends Omit<Requirement, "name" | "nameless" | "predicateType"> {
  /** The full name with its tag. */
  readonly name: Reference;
  readonly memory: TagMemory;
}

/** What verification of a tag found. */
export interface TagVerdict extends Verdict {
  /** The record that counts. */
  readonly record?: TagRecord;
}

/** How far the clock of a signer may be ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Verifies that signed records say that `name` stands for `subject`, that they have not expired, and that none with a
 * higher sequence was seen before. What is accepted is remembered.
 * @throws TeuError what the store or the memory may throw.
 */
export async function verifyTag(store: Source, subject: Descriptor, requirement: TagRequirement): Promise<TagVerdict> {
  const { judgements } = await verifyImage(store, subject, asRequirement(requirement));
  return await decideTag(subject, judgements, requirement);
}

/** What the records of a tag have to be before they are read. */
export function asRequirement({ name: _name, memory: _memory, ...rest }: TagRequirement): Requirement {
  return { ...rest, predicateType: TAG_RECORD_PREDICATE };
}

/** Decides over judgements that were made before, as {@link verifyTag} does. @throws TeuError what the memory may throw. */
export async function decideTag(
  subject: Descriptor,
  judgements: readonly Judgement[],
  requirement: TagRequirement,
): Promise<TagVerdict> {
  const { name, memory, nowMs = Date.now() } = requirement;
  const wanted = { repository: formatName(name), tag: name.tag ?? "" };
  const seen = await memory.last(tagRecordName(wanted));
  const held = judgements.map((judgement) => hold(judgement, { wanted, seen, nowMs, digest: subject.digest }));
  const verdict = decide(subject, held, asRequirement(requirement));
  const [record] = verdict.judgements
    .filter(({ refusal }) => refusal === undefined)
    .flatMap(({ claims }) => readTagRecord(claims?.predicate ?? {}) ?? [])
    .toSorted((a, b) => b.sequence - a.sequence);
  if (!verdict.accepted || record === undefined) return verdict;
  await memory.remember(tagRecordName(wanted), { sequence: record.sequence, digest: subject.digest });
  return { ...verdict, record };
}

interface Held {
  readonly wanted: Pick<TagRecord, "repository" | "tag">;
  readonly seen: SeenTag | undefined;
  readonly nowMs: number;
  readonly digest: Digest;
}

function hold(judgement: Judgement, held: Held): Judgement {
  if (judgement.refusal !== undefined) return judgement;
  const record = readTagRecord(judgement.claims?.predicate ?? {});
  const [check, reason] =
    record === undefined
      ? failed("format", "unreadable", "its record of a tag cannot be read")
      : holdRecord(record, held);
  const checks = [...judgement.checks, check];
  return reason === undefined
    ? { ...judgement, checks }
    : { ...judgement, checks, refusal: { reason, message: check.note } };
}

type Answer = readonly [Check, RefusalReason?];

function holdRecord(record: TagRecord, { wanted, seen, nowMs, digest }: Held): Answer {
  const { repository, tag, sequence, issuedMs, expiresMs } = record;
  const time = (ms: number): string => new Date(ms).toISOString();
  if (repository !== wanted.repository || tag !== wanted.tag)
    return failed("name", "other-name", `it is for ${tagRecordName(record)}, not ${tagRecordName(wanted)}`);
  if (nowMs >= expiresMs) return failed("expiry", "expired", `its record expired at ${time(expiresMs)}`);
  if (issuedMs > nowMs + CLOCK_SKEW_MS)
    return failed("expiry", "expired", `its record is from the future, ${time(issuedMs)}`);
  if (seen !== undefined && sequence < seen.sequence)
    return failed("expiry", "rolled-back", `its record has sequence ${sequence}, and ${seen.sequence} was seen before`);
  if (seen !== undefined && sequence === seen.sequence && seen.digest !== digest)
    return failed("expiry", "rolled-back", `sequence ${sequence} was seen before for ${seen.digest}`);
  return [
    {
      check: "expiry",
      result: "passed",
      note: `record ${sequence} of ${tagRecordName(record)} holds until ${time(expiresMs)}`,
    },
  ];
}

function failed(check: Check["check"], reason: RefusalReason, note: string): Answer {
  return [{ check, result: "failed", note }, reason];
}
