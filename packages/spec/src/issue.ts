/**
 * What a checker found: broken clauses, each with its place in the document.
 * @module
 */
import type { Json } from "@teu/std/json";
import type { ClauseTable, Level } from "./clause.ts";

/** One broken clause. */
export interface Issue {
  /** Id of the clause. */
  readonly clause: string;
  readonly level: Level;
  /** Place in the document, such as `layers[0].digest`; empty for the whole. */
  readonly path: string;
  /** What stands there and what was expected, without the place. */
  readonly message: string;
  /** The section of the specification, at a pinned version. */
  readonly link: string;
}

/** How many issues of one clause a report keeps, so that a hostile document cannot fill the memory with them. */
export const MAX_ISSUES_PER_CLAUSE = 100;

/** Collects issues against one table of clauses, of each clause the first {@link MAX_ISSUES_PER_CLAUSE}. */
export class Report<Id extends string> {
  readonly issues: Issue[] = [];
  readonly #clauses: ClauseTable<Id>;
  readonly #counts = new Map<string, number>();

  constructor(clauses: ClauseTable<Id>) {
    this.#clauses = clauses;
  }

  /** Notes that `clause` is broken at `place`. */
  add(clause: Id, place: Json | string, message: string): void {
    const count = this.#counts.get(clause) ?? 0;
    if (count >= MAX_ISSUES_PER_CLAUSE) return;
    this.#counts.set(clause, count + 1);
    const { id, level, link } = this.#clauses[clause];
    this.issues.push({ clause: id, level, path: typeof place === "string" ? place : place.path, message, link });
  }
}

/** One line for people: `layers[0].size: expected an integer, got string (image.descriptor.size, MUST)`. */
export function formatIssue(issue: Issue): string {
  const place = issue.path === "" ? "" : `${issue.path}: `;
  return `${place}${issue.message} (${issue.clause}, ${issue.level})`;
}

/** `text` in quotes for a message, its end cut off if it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length <= 320 ? text : `${text.slice(0, 320)}…`);
}

/** Says that `json` should have been `expected`, which comes with its article: `expected a string, got number`. */
export function mismatch(expected: string, json: Json): string {
  return json.kind === "missing" ? `is required, expected ${expected}` : `expected ${expected}, got ${json.kind}`;
}
