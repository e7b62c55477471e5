/**
 * What the fields of a document must be, as data: a shape finds every value inside a field that is not as it should be.
 * @module
 */
import { type Json, type JsonKind, isInteger } from "@teu/std/json";
import { type Report, mismatch, quote } from "./issue.ts";

/** Takes note of a value that does not fit; the message says what stands there and what was expected. */
export type Tell = (place: Json, message: string) => void;

/** Tells of every value in `json` that does not fit. */
export type Shape = (json: Json, tell: Tell) => void;

/** A field that a clause gives a shape. */
export interface Field<Id extends string> {
  readonly name: string;
  readonly shape: Shape;
  readonly clause: Id;
  /** True if the field must be there. One that need not be may also be `null`. */
  readonly required?: boolean;
}

/** Checks the fields of `object` and notes misfits in `report`. */
export function checkFields<Id extends string>(object: Json, fields: readonly Field<Id>[], report: Report<Id>): void {
  for (const { name, shape, clause, required } of fields) {
    const value = object.get(name);
    if (value.absent && required !== true) continue;
    shape(value, (place, message) => report.add(clause, place, message));
  }
}

/** Any string. */
export const string: Shape = kind("string", "a string");

/** `true` or `false`. */
export const boolean: Shape = kind("boolean", "a boolean");

/** Any object. */
export const object: Shape = kind("object", "an object");

function kind(name: JsonKind, expected: string): Shape {
  return (json, tell) => {
    if (json.kind !== name) tell(json, mismatch(expected, json));
  };
}

/** A whole number, of `min` or more if that is given. */
export function integer(min?: number): Shape {
  const expected = min === undefined ? "an integer" : `an integer of at least ${min}`;
  return (json, tell) => {
    if (json.kind !== "number") return tell(json, mismatch(expected, json));
    const tooSmall = min !== undefined && Number(json.text) < min;
    if (tooSmall || !isInteger(json.text)) tell(json, `expected ${expected}, got ${json.text}`);
  };
}

/** The one number or string and nothing else. */
export function exactly(value: number | string): Shape {
  return (json, tell) => {
    if (json.kind !== typeof value) return tell(json, mismatch(String(value), json));
    const found = json.kind === "string" ? quote(json.text) : json.text;
    if (json.text !== String(value)) tell(json, `expected ${value}, got ${found}`);
  };
}

/** A string that passes `test`; `expected` says with its article what such a string is. */
export function stringThat(test: (text: string) => boolean, expected: string): Shape {
  return (json, tell) => {
    if (json.kind !== "string") tell(json, mismatch(expected, json));
    else if (!test(json.text)) tell(json, `expected ${expected}, got ${quote(json.text)}`);
  };
}

/** An array whose items all have a shape. */
export function listOf(item: Shape): Shape {
  return (json, tell) => {
    if (json.kind !== "array") return tell(json, mismatch("an array", json));
    for (const each of json.items) item(each, tell);
  };
}

/** An object whose fields all have a shape. */
export function mapOf(value: Shape): Shape {
  return (json, tell) => {
    if (json.kind !== "object") return tell(json, mismatch("an object", json));
    for (const each of json.fields.values()) value(each, tell);
  };
}

/** An array of strings. */
export const strings: Shape = listOf(string);
