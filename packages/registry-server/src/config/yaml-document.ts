/**
 * YAML as a document whose values know their line. It is YAML 1.2 without what makes a file hard to trust: anchors,
 * tags, keys that are no text, keys given twice.
 * @module
 */
import { Json, JsonError } from "@teu/std/json";
import { LineCounter, type ParsedNode, type Pair, isMap, isScalar, isSeq, parseDocument } from "yaml";

/** A document and the lines of its values. */
export interface YamlDocument {
  readonly json: Json;
  /** The line of a value, from 1; of one that is missing nothing. */
  readonly lineOf: (json: Json) => number | undefined;
}

/** Longest document that is read, in characters. */
export const MAX_YAML_LENGTH: number = 1024 * 1024;
const MAX_DEPTH = 32;

/**
 * Reads one document.
 * @throws JsonError with the line where it is not YAML, or uses what is not read.
 */
export function parseYaml(text: string): YamlDocument {
  if (text.length > MAX_YAML_LENGTH)
    throw new JsonError(`the document is too long: ${text.length} characters, at most ${MAX_YAML_LENGTH} are read`);
  checkDepth(text);
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    version: "1.2",
    merge: false,
    customTags: [],
    stringKeys: true,
  });
  const [error] = document.errors;
  if (error !== undefined) throw new JsonError(firstLine(error.message));
  const lines = new Map<Json, number>();
  const root = document.contents;
  const builder: Builder = { lineAt: (offset) => counter.linePos(offset).line, lines };
  return { json: build(root, undefined, "", builder), lineOf: (json) => lines.get(json) };
}

// The parser calls itself for each level; this keeps it from running out of stack.
function checkDepth(text: string): void {
  const opening = (text.match(/[[{]/g) ?? []).length;
  const nested = /(?:^|\n)[ ]*(?:[-?:][ ]+){32}/.test(text) || / {256}[-?:\w"']/.test(text);
  if (opening > 10_000 || nested || deepestFlow(text) > MAX_DEPTH)
    throw new JsonError(`nested more than ${MAX_DEPTH} deep`);
}

function deepestFlow(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    deepest = Math.max(deepest, depth);
    depth = Math.max(depth, 0);
  }
  return deepest;
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
}

interface Builder {
  readonly lineAt: (offset: number) => number;
  readonly lines: Map<Json, number>;
}

function build(node: ParsedNode | null, parent: Json | undefined, key: string | number, builder: Builder): Json {
  const json = make(node, parent, key, builder);
  if (node !== null) builder.lines.set(json, builder.lineAt(node.range[0]));
  return json;
}

function make(node: ParsedNode | null, parent: Json | undefined, key: string | number, builder: Builder): Json {
  if (node === null) return new Json("null", "", parent, key, [], new Map());
  if (isMap(node)) return makeMap(node.items, parent, key, builder);
  if (isSeq(node)) {
    const items: Json[] = [];
    const json = new Json("array", "", parent, key, items, new Map());
    for (const [index, item] of node.items.entries()) items.push(build(item, json, index, builder));
    return json;
  }
  if (isScalar(node)) return makeScalar(node.value, parent, key);
  throw new JsonError(`line ${builder.lineAt(node.range[0])}: an alias, expected the value itself`);
}

function makeMap(
  pairs: readonly Pair<ParsedNode, ParsedNode | null>[],
  parent: Json | undefined,
  key: string | number,
  builder: Builder,
): Json {
  const fields = new Map<string, Json>();
  const json = new Json("object", "", parent, key, [], fields);
  for (const pair of pairs) {
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    fields.set(name, build(pair.value, json, name, builder));
  }
  return json;
}

function makeScalar(value: unknown, parent: Json | undefined, key: string | number): Json {
  switch (typeof value) {
    case "boolean":
      return new Json("boolean", String(value), parent, key, [], new Map());
    case "number":
    case "bigint":
      return new Json("number", String(value), parent, key, [], new Map());
    case "string":
      return new Json("string", value, parent, key, [], new Map());
    default:
      return new Json("null", "", parent, key, [], new Map());
  }
}
