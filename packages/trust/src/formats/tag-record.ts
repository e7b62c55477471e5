/**
 * Signed records of tags: that a name stood for an image, which time it was, and how long that is to be believed. With them
 * a registry can neither give an old image for a new one, nor hold a new one back for long.
 * @module
 */
import { type Reference, formatName } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { JsonValue } from "@teu/std/json-value";
import { formatRfc3339, fromMilliseconds } from "@teu/std/time";
import type { TrustErrorCode } from "../errors.ts";
import { readTime } from "./json-time.ts";

/** What a record says. Times are milliseconds since 1970. */
export interface TagRecord {
  /** The repository with its host. */
  readonly repository: string;
  readonly tag: string;
  /** Counts up with each record of this tag. */
  readonly sequence: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** What names a tag: `registry.example.com/team/app:v1`. */
export function tagRecordName({ repository, tag }: Pick<TagRecord, "repository" | "tag">): string {
  return `${repository}:${tag}`;
}

/**
 * Makes a record. Without a sequence it is the time in seconds, which counts up by itself.
 * @throws TeuError `ERR_TAG_RECORD_INVALID`
 */
export function newTagRecord(
  name: Reference,
  options: { readonly sequence?: number | undefined; readonly issuedMs: number; readonly expiresMs: number },
): TagRecord {
  const { issuedMs, expiresMs, sequence = Math.floor(issuedMs / 1000) } = options;
  if (name.tag === undefined || name.host === "") throw invalid("expected a full name with a tag");
  if (!Number.isSafeInteger(sequence) || sequence < 0) throw invalid(`the sequence ${sequence} is no count`);
  if (!(expiresMs > issuedMs)) throw invalid("it would expire before it is made");
  return { repository: formatName(name), tag: name.tag, sequence, issuedMs, expiresMs };
}

/** Writes a record as the predicate of a statement. */
export function writeTagRecord(record: TagRecord): Readonly<Record<string, JsonValue>> {
  const time = (ms: number): string => formatRfc3339(fromMilliseconds(Math.floor(ms / 1000) * 1000));
  return {
    repository: record.repository,
    tag: record.tag,
    sequence: record.sequence,
    issued: time(record.issuedMs),
    expires: time(record.expiresMs),
  };
}

/** Reads a record from a verified predicate; nothing if it is none. */
export function readTagRecord(predicate: Readonly<Record<string, JsonValue>>): TagRecord | undefined {
  const { repository, tag, sequence, issued, expires } = predicate;
  const [issuedMs, expiresMs] = [readTime(issued), readTime(expires)];
  if (typeof repository !== "string" || typeof tag !== "string") return undefined;
  if (typeof sequence !== "number" || !Number.isSafeInteger(sequence) || sequence < 0) return undefined;
  if (issuedMs === undefined || expiresMs === undefined) return undefined;
  return { repository, tag, sequence, issuedMs, expiresMs };
}

function invalid(problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_TAG_RECORD_INVALID", `Making a record of a tag: ${problem}`);
}
