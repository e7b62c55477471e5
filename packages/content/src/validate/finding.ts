/**
 * What validation found, and in which content.
 * @module
 */
import type { Level } from "@teu/spec/clause";
import { IMAGE_CLAUSES, type ImageClauseId } from "@teu/spec/image/clauses";
import type { Issue } from "@teu/spec/issue";
import { type TeuError, isTeuError } from "@teu/std/error";
import type { JsonError } from "@teu/std/json";

/** Something wrong with some content. */
export interface Finding {
  /** What it is wrong with: the digest of content, or the name of a file of a layout. */
  readonly where: string;
  readonly level: Level;
  /** Place within the content, such as `layers[0].size` or the path of an entry; empty for the whole. */
  readonly path: string;
  readonly message: string;
  /** Id of the clause that is broken; nothing where content is missing or cannot be read. */
  readonly clause?: string;
  /** The section of the specification. */
  readonly link?: string;
}

/** A broken clause, found in `where`. */
export function fromIssue(where: string, { clause, level, path, message, link }: Issue): Finding {
  return { where, level, path, message, clause, link };
}

const CLAUSE_OF_ERROR: Readonly<Record<string, ImageClauseId>> = {
  ERR_BLOB_SIZE: "image.descriptor.size.mismatch",
  ERR_BLOB_DIGEST: "image.descriptor.digest.verify",
};

const CLAUSE_OF_COMPRESSION: Readonly<Record<string, ImageClauseId>> = {
  gzip: "image.layer.gzip",
  zstd: "image.layer.zstd",
};

/** An error on reading `where`, if it is one that tells of the content; nothing for all others. */
export function fromError(where: string, error: unknown, compression = ""): Finding | undefined {
  if (!isTeuError(error) || !TELLING.test(error.code)) return undefined;
  const clause =
    error.code === "ERR_COMPRESSION_INVALID" ? CLAUSE_OF_COMPRESSION[compression] : CLAUSE_OF_ERROR[error.code];
  return broken(where, messageOf(error), clause);
}

const JSON_CLAUSES: readonly (readonly [RegExp, ImageClauseId])[] = [
  [/not UTF-8/, "image.json.utf8"],
  [/lone surrogate/, "image.json.iJson"],
  [/ is given twice/, "image.json.uniqueNames"],
];

/**
 * What is wrong with the JSON of `where`.
 * @param object The clause that the document is a JSON object at all.
 */
export function fromJsonError(where: string, { message }: JsonError, object: ImageClauseId | undefined): Finding {
  return broken(where, message, JSON_CLAUSES.find(([pattern]) => pattern.test(message))?.[1] ?? object);
}

function broken(where: string, message: string, clause: ImageClauseId | undefined): Finding {
  const cited = clause === undefined ? {} : { clause, link: IMAGE_CLAUSES[clause].link };
  return { where, level: "MUST", path: "", message, ...cited };
}

// Codes of errors that the content is to blame for.
const TELLING = /^ERR_(BLOB|DIGEST|GRAPH|COMPRESSION|DOCUMENT|TOO_LARGE)/;

// "Reading X: what is wrong": the finding says itself which content it is about.
function messageOf(error: TeuError): string {
  return error.message.replace(/^Reading "[^"]*": /, "");
}
