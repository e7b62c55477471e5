/**
 * in-toto statements: a predicate about subjects, which are named by digest.
 * @see {@link https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md}
 * @module
 */
import { type Digest, splitDigest } from "@teu/spec/digest";
import { DEFAULT_JSON_LIMITS, type Json, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import { reading } from "./unreadable.ts";

/** What a statement is about. */
export interface StatementSubject {
  readonly name?: string;
  /** By algorithm, in lower-case hex mostly. */
  readonly digest: Readonly<Record<string, string>>;
  /** Facts about the subject, which cosign calls annotations. */
  readonly annotations?: Readonly<Record<string, JsonValue>>;
}

/** What a statement says, in the shape of its kind. */
export type Predicate = Readonly<Record<string, JsonValue>>;

/** A statement. */
export interface Statement {
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  /** An object; empty where a statement has none. */
  readonly predicate: Predicate;
}

const VERSIONS: readonly string[] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];
const MAX_SUBJECTS = 10_000;
/** Longest statement, in bytes. */
export const MAX_STATEMENT_BYTES: number = 32 * 1024 * 1024;

/**
 * Reads a statement of version 1 or 0.1.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function parseStatement(bytes: Uint8Array): Statement {
  return reading("an in-toto statement", () => {
    const json = parseLong(bytes);
    const version = json.get("_type").string();
    if (!VERSIONS.includes(version)) throw new JsonError(`_type: ${JSON.stringify(version)}, expected ${VERSIONS[0]}`);
    const subjects = json.get("subject").list();
    if (subjects.length === 0 || subjects.length > MAX_SUBJECTS)
      throw new JsonError(`subject: ${subjects.length} entries, expected 1 to ${MAX_SUBJECTS}`);
    const predicate = json.get("predicate");
    return {
      subject: subjects.map(readSubject),
      predicateType: json.get("predicateType").string(),
      predicate: predicate.absent ? {} : toPredicate(predicate),
    };
  });
}

/** Reads a predicate that stands alone. @throws JsonError */
export function parsePredicate(bytes: Uint8Array): Predicate {
  return toPredicate(parseLong(bytes));
}

function parseLong(bytes: Uint8Array): Json {
  return parseJsonBytes(bytes, { ...DEFAULT_JSON_LIMITS, maxLength: MAX_STATEMENT_BYTES });
}

function toPredicate(json: Json): Predicate {
  if (json.kind !== "object") throw json.unexpected("an object");
  return toValue(json) as Predicate;
}

function readSubject(json: Json): StatementSubject {
  const digest = json.get("digest");
  if (digest.kind !== "object") throw digest.unexpected("an object");
  const name = json.get("name");
  const annotations = json.get("annotations");
  return {
    digest: Object.fromEntries(digest.names().map((algorithm) => [algorithm, digest.get(algorithm).string()])),
    ...(name.absent ? {} : { name: name.string() }),
    ...(annotations.kind === "object"
      ? { annotations: toValue(annotations) as Readonly<Record<string, JsonValue>> }
      : {}),
  };
}

/** Writes a statement of version 1. */
export function writeStatement({ subject, predicateType, predicate }: Statement): Uint8Array<ArrayBuffer> {
  const text = stringifyJson({ _type: VERSIONS[0], subject, predicateType, predicate });
  return new TextEncoder().encode(text);
}

/** What names content of a digest in a statement. */
export function subjectOf(digest: Digest, more: Omit<StatementSubject, "digest"> = {}): StatementSubject {
  const { algorithm, encoded } = splitDigest(digest);
  return { ...more, digest: { [algorithm]: encoded } };
}

/** The subject of a statement that has a digest; nothing if it is about other things. */
export function findSubject(statement: Statement, digest: Digest): StatementSubject | undefined {
  const { algorithm, encoded } = splitDigest(digest);
  return statement.subject.find((subject) => subject.digest[algorithm] === encoded);
}
