/**
 * Fields of runtime documents and the clauses that speak of them. A field is judged by the clause that is named after
 * it, and if there is none, by the clause `types` of its object.
 * @module
 */
import { type Json, isInteger } from "@teu/std/json";
import { type Report, mismatch, quote } from "../issue.ts";
import { type Field, type Shape, stringThat } from "../shape.ts";
import { RUNTIME_CLAUSES, type RuntimeClauseId } from "./clauses.ts";
import { INT32, INT64, type IntegerType, UINT16, UINT32, UINT64, fitsInteger } from "./integers.ts";
import { isPosixAbsolute } from "./paths.ts";

/** Collects broken clauses of runtime-spec. */
export type RuntimeReport = Report<RuntimeClauseId>;

/** The fields for which a clause is named below `Base`. */
type Named<Base extends string> = RuntimeClauseId extends infer Id
  ? Id extends `${Base}.${infer Name}`
    ? Name
    : never
  : never;

/** Shapes of the fields that must be there, each named by a clause. */
export type RequiredFields<Base extends string> = { readonly [Name in Named<Base>]?: Shape };

/** Shapes of the fields that need not be there. */
export type OptionalFields = { readonly [name: string]: Shape };

/** The fields of an object whose clauses begin with `base`. */
export function fieldsOf<Base extends string>(
  base: Base,
  required: RequiredFields<Base>,
  optional: OptionalFields = {},
): readonly Field<RuntimeClauseId>[] {
  const field = ([name, shape]: [string, Shape]) => ({ name, shape, clause: clauseOf(base, name) });
  return [
    ...Object.entries<Shape>(required as OptionalFields).map((entry) => ({ ...field(entry), required: true })),
    ...Object.entries(optional).map(field),
  ];
}

function clauseOf(base: string, name: string): RuntimeClauseId {
  const clause = [`${base}.${name}`, `${base}.types`].find((id) => id in RUNTIME_CLAUSES);
  if (clause === undefined) throw new Error(`Naming the clause of field "${name}": found none below ${base}`);
  return clause as RuntimeClauseId;
}

/** The objects in the list `json`; none if it is no list. */
export function objectsIn(json: Json): readonly Json[] {
  return json.items.filter((item) => item.kind === "object");
}

/** A whole number of a type that runtime-spec names. */
export const int32: Shape = wholeNumber(INT32);
export const int64: Shape = wholeNumber(INT64);
export const uint16: Shape = wholeNumber(UINT16);
export const uint32: Shape = wholeNumber(UINT32);
export const uint64: Shape = wholeNumber(UINT64);

/** A whole number within the bounds of `type`. */
export function wholeNumber(type: IntegerType): Shape {
  const expected = `an integer from ${type.min} to ${type.max}`;
  return (json, tell) => {
    if (json.kind !== "number") tell(json, mismatch(expected, json));
    else if (!isInteger(json.text) || !fitsInteger(json.text, type))
      tell(json, `expected ${expected}, got ${json.text}`);
  };
}

/** One of `names`. */
export function oneOf(names: readonly string[]): Shape {
  return stringThat((text) => names.includes(text), `one of ${names.join(", ")}`);
}

/** Reports strings that `test` refuses; what is no string is left to others. */
export function checkString(
  json: Json,
  clause: RuntimeClauseId,
  { test, expected }: { readonly test: (text: string) => boolean; readonly expected: string },
  report: RuntimeReport,
): void {
  if (json.kind !== "string" || test(json.text)) return;
  report.add(clause, json, `expected ${expected}, got ${quote(json.text)}`);
}

/** Reports a path that is not absolute in the way of POSIX. */
export function checkAbsolute(json: Json, clause: RuntimeClauseId, report: RuntimeReport): void {
  checkString(json, clause, { test: isPosixAbsolute, expected: "an absolute path" }, report);
}

/** Reports items of the list `json` that have the key of an earlier one; an item without a key is left alone. */
export function checkUnique(
  json: Json,
  clause: RuntimeClauseId,
  keyOf: (item: Json) => string | undefined,
  report: RuntimeReport,
): void {
  const seen = new Set<string>();
  for (const item of objectsIn(json)) {
    const key = keyOf(item);
    if (key === undefined) continue;
    if (seen.has(key)) report.add(clause, item, `expected one entry for ${quote(key)}, got another`);
    seen.add(key);
  }
}
