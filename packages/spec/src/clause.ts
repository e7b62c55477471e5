/**
 * The clauses of the specifications, as data: what each demands, how strongly, and where it is written.
 * Checkers name the clause that a document breaks, `certify` cites it, and `docs/spec-coverage.md` lists them all.
 * @module
 */

/** How strongly a clause demands (RFC 2119). */
export type Level = "MUST" | "SHOULD" | "MAY";

/**
 * Who can tell whether a clause is kept: `document`, a look at one document (the checkers of this room);
 * `behaviour`, a look at what a program does (tests of the room that implements it, and `certify`).
 */
export type Judge = "document" | "behaviour";

/** A clause as its table writes it. */
export interface ClauseRow {
  readonly level: Level;
  readonly judge: Judge;
  /** What is demanded, in our own words, one line. */
  readonly text: string;
  /** File and anchor in the specification, such as `manifest.md#image-manifest-property-descriptions`. */
  readonly section: string;
  /** True for text that is merged but in no release. */
  readonly draft?: boolean;
}

/** A clause with its identity and address. */
export interface Clause extends ClauseRow {
  /** Such as `image.manifest.schemaVersion`; never changes once published. */
  readonly id: string;
  /** Its section at the pinned version of the specification. */
  readonly link: string;
}

/** Which text of a specification a table was derived from. */
export interface SpecText {
  /** Such as `image-spec`. */
  readonly name: string;
  /** Tag of the newest release. */
  readonly version: string;
  /** Address of the folder of section files at that tag. */
  readonly base: string;
  /** The same at the commit whose merged text the draft clauses come from. */
  readonly draftBase: string;
}

/** All clauses of one specification by id. */
export type ClauseTable<Id extends string> = { readonly [K in Id]: Clause };

/** Completes the rows of a table with their identities and addresses. */
export function clauseTable<Id extends string>(
  spec: SpecText,
  rows: { readonly [K in Id]: ClauseRow },
): ClauseTable<Id> {
  const entries = Object.entries<ClauseRow>(rows).map(([id, row]) => {
    const base = row.draft === true ? spec.draftBase : spec.base;
    return [id, { ...row, id, link: `${base}/${row.section}` }] as const;
  });
  return Object.fromEntries(entries) as ClauseTable<Id>;
}
