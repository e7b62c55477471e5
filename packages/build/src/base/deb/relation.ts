/**
 * What packages say of each other: `libc6 (>= 2.36) | libc6-udeb, perl:any`.
 * @see {@link https://www.debian.org/doc/debian-policy/ch-relationships.html}
 * @module
 */
import { type VersionOperator, satisfies } from "@teu/spec/versions/debian";

/** A package by name, and what else it must be. */
export interface Relation {
  readonly name: string;
  /** Behind a colon: `any`, `native` or an architecture. */
  readonly architecture: string | undefined;
  readonly version: VersionBound | undefined;
}

/** A version as the bound of others. */
export interface VersionBound {
  readonly operator: VersionOperator;
  readonly version: string;
}

/** Relations of which one is enough, the preferred one first. */
export type Clause = readonly Relation[];

const RELATION =
  /^(?<name>[a-z0-9][a-z0-9+.-]*)(?::(?<architecture>[a-z0-9-]+))?\s*(?:\(\s*(?<operator><<|<=|=|>=|>>|<|>)\s*(?<version>[A-Za-z0-9.+~:-]+)\s*\))?$/i;

const OLD_OPERATORS: Readonly<Record<string, VersionOperator>> = { "<": "<=", ">": ">=" };

/** Reads a field such as Depends. @returns Nothing if it is malformed. */
export function parseClauses(text: string): readonly Clause[] | undefined {
  const clauses: Clause[] = [];
  for (const part of text.split(",").map((clause) => clause.trim())) {
    if (part === "") continue;
    const relations = part.split("|").map((relation) => parseRelation(relation.trim()));
    if (!relations.every((relation) => relation !== undefined)) return undefined;
    clauses.push(relations);
  }
  return clauses;
}

/** Reads one relation. @returns Nothing if it is malformed. */
export function parseRelation(text: string): Relation | undefined {
  const groups = RELATION.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { name = "", architecture, operator = "", version } = groups;
  const known = OLD_OPERATORS[operator] ?? (operator as VersionOperator);
  return { name, architecture, version: version === undefined ? undefined : { operator: known, version } };
}

/** Writes a relation as control files have it. */
export function formatRelation({ name, architecture, version }: Relation): string {
  const suffix = architecture === undefined ? "" : `:${architecture}`;
  const bound = version === undefined ? "" : ` (${version.operator} ${version.version})`;
  return `${name}${suffix}${bound}`;
}

/** Writes a clause as control files have it. */
export function formatClause(clause: Clause): string {
  return clause.map(formatRelation).join(" | ");
}

/** Whether `version` is within `bound`, if there is one. */
export function isWithin(version: string, bound: VersionBound | undefined): boolean {
  return bound === undefined || satisfies(version, bound.operator, bound.version);
}
