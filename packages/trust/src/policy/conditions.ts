/**
 * Conditions on what attestations say.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type JsonValue, toValue } from "@teu/std/json-value";
import { parseDurationMs } from "./duration.ts";
import { onlyFields, readList, wrong } from "./strict-json.ts";
import { readTime } from "../formats/json-time.ts";

/** One condition: what is at a path of the predicate has to stand a test. */
export interface Condition {
  /** For people, such as `runDetails.builder.id equals "…"`. */
  readonly text: string;
  readonly path: readonly string[];
  readonly test: (value: JsonValue | undefined, nowMs: number) => boolean;
}

/** Reads the operand of a test. */
type ReadTest = (operand: Json) => Condition["test"];

const TESTS: Readonly<Record<string, ReadTest>> = {
  equals: (operand) => {
    const wanted = toValue(operand);
    return (value) => isSame(value, wanted);
  },
  oneOf: (operand) => {
    const wanted = readList(operand).map(toValue);
    return (value) => wanted.some((each) => isSame(value, each));
  },
  includes: (operand) => {
    const wanted = toValue(operand);
    return (value) => Array.isArray(value) && value.some((each) => isSame(each as JsonValue, wanted));
  },
  startsWith: (operand) => {
    const wanted = operand.string();
    return (value) => typeof value === "string" && value.startsWith(wanted);
  },
  atLeast: (operand) => {
    const wanted = readNumber(operand);
    return (value) => typeof value === "number" && value >= wanted;
  },
  atMost: (operand) => {
    const wanted = readNumber(operand);
    return (value) => typeof value === "number" && value <= wanted;
  },
  youngerThan: (operand) => {
    const ageMs = parseDurationMs(operand);
    return (value, nowMs) => {
      const timeMs = readTime(value);
      return timeMs !== undefined && nowMs - timeMs < ageMs && timeMs <= nowMs + CLOCK_SKEW_MS;
    };
  },
  exists: (operand) => {
    const wanted = operand.boolean();
    return (value) => (value !== undefined) === wanted;
  },
};

const CLOCK_SKEW_MS = 5 * 60_000;
const MAX_PATH = 32;

/** Reads a condition: a path, and one test. @throws JsonError */
export function readCondition(json: Json): Condition {
  onlyFields(json, ["path", ...Object.keys(TESTS)]);
  const path = json.get("path").string();
  const [name, another] = json.names().filter((field) => field !== "path");
  const read = name === undefined ? undefined : TESTS[name];
  if (name === undefined || read === undefined || another !== undefined)
    throw wrong(json, `expected a path and one of ${Object.keys(TESTS).join(", ")}`);
  const parts = path.split(".");
  if (parts.includes("") || parts.length > MAX_PATH) throw wrong(json.get("path"), "expected names with dots between");
  const operand = json.get(name);
  return {
    text: `${path} ${name} ${operand.kind === "string" ? JSON.stringify(operand.text) : JSON.stringify(toValue(operand))}`,
    path: parts,
    test: read(operand),
  };
}

function readNumber(json: Json): number {
  if (json.kind !== "number") throw json.unexpected("a number");
  return Number(json.text);
}

function isSame(value: JsonValue | undefined, wanted: JsonValue): boolean {
  if (value === undefined || typeof value !== typeof wanted) return false;
  if (typeof value !== "object" || typeof wanted !== "object" || value === null || wanted === null)
    return value === wanted;
  const [ours, theirs] = [Object.entries(value), Object.entries(wanted)];
  return (
    Array.isArray(value) === Array.isArray(wanted) &&
    ours.length === theirs.length &&
    theirs.every(([name, each]) => isSame((value as Record<string, JsonValue>)[name], each))
  );
}

/**
 * Tells whether a predicate meets a condition. Where a path says `*`, each of the values there has to, and there has to be
 * one.
 */
export function meets(predicate: JsonValue, { path, test }: Condition, nowMs: number): boolean {
  const values = valuesAt(predicate, path);
  return values.length > 0 && values.every((value) => test(value, nowMs));
}

function valuesAt(root: JsonValue, path: readonly string[]): readonly (JsonValue | undefined)[] {
  let values: readonly (JsonValue | undefined)[] = [root];
  for (const name of path) values = values.flatMap((value) => below(value, name));
  return values;
}

function below(value: JsonValue | undefined, name: string): readonly (JsonValue | undefined)[] {
  if (value === null || typeof value !== "object") return [undefined];
  if (name === "*") return Object.values(value) as readonly JsonValue[];
  return [Object.hasOwn(value, name) ? (value as Record<string, JsonValue>)[name] : undefined];
}
