/**
 * What validation found, and in which content.
 * @module
 */
import type { Level } from "@teu/spec/clause";
import { IMAGE_CLAUSES, type ImageClauseId } from "@teu/spec/image/clauses";
import type { Issue } from "@teu/spec/issue";
import { type TeuError, isTeuError } from "@teu/std/error";

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

/** An error on reading `where`, if it is one that tells of the content; nothing for all others. */
export function fromError(where: string, error: unknown): Finding | undefined {
  if (!isTeuError(error) || !TELLING.test(error.code)) return undefined;
  const clause = CLAUSE_OF_ERROR[error.code];
  const cited = clause === undefined ? {} : { clause, link: IMAGE_CLAUSES[clause].link };
  return { where, level: "MUST", path: "", message: messageOf(error), ...cited };
}

// Codes of errors that the content is to blame for.
const TELLING = /^ERR_(BLOB|DIGEST|GRAPH|COMPRESSION|DOCUMENT|TOO_LARGE)/;

// "Reading X: what is wrong": the finding says itself which content it is about.
function messageOf(error: TeuError): string {
  return error.message.replace(/^Reading "[^"]*": /, "");
}
