/**
 * What validation found, and in which content.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Level } from "@teu/spec/clause";
import { IMAGE_CLAUSES, type ImageClauseId } from "@teu/spec/image/clauses";
import type { Issue } from "@teu/spec/issue";
import { type TeuError, isTeuError } from "@teu/std/error";

/** Something wrong with some content. */
export interface Finding {
  /** The content that it is wrong with. */
  readonly descriptor: Descriptor;
  readonly level: Level;
  /** Place within the content, such as `layers[0].size` or the path of an entry; empty for the whole. */
  readonly path: string;
  readonly message: string;
  /** Id of the clause that is broken; nothing where content is missing or cannot be read. */
  readonly clause?: string;
  /** The section of the specification. */
  readonly link?: string;
}

/** A broken clause, found in the content of `descriptor`. */
export function fromIssue(descriptor: Descriptor, { clause, level, path, message, link }: Issue): Finding {
  return { descriptor, level, path, message, clause, link };
}

const CLAUSE_OF_ERROR: Readonly<Record<string, ImageClauseId>> = {
  ERR_BLOB_SIZE: "image.descriptor.size.mismatch",
  ERR_BLOB_DIGEST: "image.descriptor.digest.verify",
};

/** An error on reading the content of `descriptor`, if it is one that tells of the content; nothing for all others. */
export function fromError(descriptor: Descriptor, error: unknown): Finding | undefined {
  if (!isTeuError(error) || !TELLING.test(error.code)) return undefined;
  const clause = CLAUSE_OF_ERROR[error.code];
  const cited = clause === undefined ? {} : { clause, link: IMAGE_CLAUSES[clause].link };
  return { descriptor, level: "MUST", path: "", message: messageOf(error), ...cited };
}

// Codes of errors that the content is to blame for.
const TELLING = /^ERR_(BLOB|DIGEST|GRAPH|COMPRESSION|DOCUMENT|TOO_LARGE)/;

// "Reading X: what is wrong": the finding says itself which content it is about.
function messageOf(error: TeuError): string {
  return error.message.replace(/^Reading "[^"]*": /, "");
}
