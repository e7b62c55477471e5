/**
 * The index.json of an image layout: its names read and changed, whatever else is in it left as it is. Other tools write
 * fields and annotations of their own, and may name two entries alike: the last one counts, as it is the newest where a
 * tool only adds.
 * @module
 */
import { ANNOTATION } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { OCI_INDEX } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, type JsonLimits } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import type { ContentErrorCode } from "./errors.ts";
import { isContentName } from "./hash.ts";
import { readDescriptor } from "./links.ts";
import { invalidTag } from "./internal/store-errors.ts";

const REF_NAME = ANNOTATION.refName;

/** Largest index.json, in bytes: room for some 100,000 names. */
export const MAX_LAYOUT_INDEX_BYTES: number = 64 * 1024 * 1024;

const LIMITS: JsonLimits = { ...DEFAULT_JSON_LIMITS, maxLength: MAX_LAYOUT_INDEX_BYTES };

/** An entry: what it says, and how it stands in the file. */
export interface LayoutEntry {
  /** Without the annotation that names it. */
  readonly descriptor: Descriptor;
  readonly name: string | undefined;
  readonly raw: JsonValue;
}

/** An index.json that has been read. */
export interface LayoutIndex {
  /** All fields but `manifests`. */
  readonly fields: { readonly [name: string]: JsonValue };
  readonly entries: readonly LayoutEntry[];
}

/** The index of a new layout. */
export const EMPTY_LAYOUT_INDEX: LayoutIndex = {
  fields: { schemaVersion: 2, mediaType: OCI_INDEX },
  entries: [],
};

/**
 * Reads an index.json. Neither `mediaType` nor `manifests` need be there.
 * @param where The file, for messages.
 * @throws TeuError `ERR_LAYOUT_INVALID`
 */
export function parseLayoutIndex(bytes: Uint8Array, where: string): LayoutIndex {
  try {
    const json = parseJsonBytes(bytes, LIMITS);
    if (json.kind !== "object") throw json.unexpected("an object");
    const { manifests: _, ...fields } = toValue(json) as { readonly [name: string]: JsonValue };
    return { fields, entries: json.get("manifests").list().map(readEntry) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const message = `Reading ${JSON.stringify(where)}: ${error.message}`;
    throw new TeuError<ContentErrorCode>("ERR_LAYOUT_INVALID", message, { cause: error });
  }
}

function readEntry(json: Json): LayoutEntry {
  const { annotations, ...rest } = readDescriptor(json);
  const { [REF_NAME]: name, ...others } = annotations ?? {};
  const descriptor = Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
  return { descriptor, name: name === "" ? undefined : name, raw: toValue(json) };
}

/** Writes an index.json, on one line as other tools do. */
export function formatLayoutIndex({ fields, entries }: LayoutIndex): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(stringifyJson({ ...fields, manifests: entries.map(({ raw }) => raw) }));
}

/** What `name` stands for: a tag, or the digest of an entry. */
export function findEntry({ entries }: LayoutIndex, name: string): LayoutEntry | undefined {
  if (isContentName(name)) return entries.find(({ descriptor }) => descriptor.digest === name);
  return entries.findLast((entry) => entry.name === name);
}

/** All names, each once, sorted. */
export function namesOf({ entries }: LayoutIndex): string[] {
  return [...new Set(entries.flatMap(({ name }) => name ?? []))].sort();
}

/**
 * The index with `name` standing for `descriptor` alone.
 * @throws TeuError `ERR_TAG_INVALID`
 */
export function withTag(index: LayoutIndex, name: string, descriptor: Descriptor): LayoutIndex {
  if (name === "" || isContentName(name) || /[\u0000-\u001f\u007f]/.test(name)) {
    throw invalidTag(name, "a name of printable characters that is no digest");
  }
  const { digest } = descriptor;
  const known =
    index.entries.findLast((entry) => entry.name === name && entry.descriptor.digest === digest) ??
    index.entries.find((entry) => entry.name === undefined && entry.descriptor.digest === digest);
  const others = index.entries.filter((entry) => entry !== known && entry.name !== name);
  return { ...index, entries: [...others, newEntry(descriptor, name, known)] };
}

/** The index with an entry for `descriptor`, a nameless one if there is none. */
export function withRoot(index: LayoutIndex, descriptor: Descriptor): LayoutIndex {
  const isKnown = index.entries.some((entry) => entry.descriptor.digest === descriptor.digest);
  return isKnown ? index : { ...index, entries: [...index.entries, newEntry(descriptor, undefined, undefined)] };
}

/** The index without the entries of that name. */
export function withoutTag(index: LayoutIndex, name: string): LayoutIndex {
  return withoutEntries(index, (entry) => entry.name === name);
}

/** The index without the entries for that content. */
export function withoutDigest(index: LayoutIndex, digest: Digest): LayoutIndex {
  return withoutEntries(index, (entry) => entry.descriptor.digest === digest);
}

function withoutEntries(index: LayoutIndex, goes: (entry: LayoutEntry) => boolean): LayoutIndex {
  const entries = index.entries.filter((entry) => !goes(entry));
  return entries.length === index.entries.length ? index : { ...index, entries };
}

/** An entry that keeps what `known` says beside the descriptor. */
function newEntry(descriptor: Descriptor, name: string | undefined, known: LayoutEntry | undefined): LayoutEntry {
  const old = (known?.raw ?? {}) as { readonly [name: string]: JsonValue };
  const { [REF_NAME]: _, ...annotations } = {
    ...known?.descriptor.annotations,
    ...descriptor.annotations,
  };
  const named = name === undefined ? annotations : { ...annotations, [REF_NAME]: name };
  const { annotations: __, ...rest } = { ...old, ...descriptor };
  const raw = Object.keys(named).length === 0 ? rest : { ...rest, annotations: named };
  return { descriptor, name, raw: raw as unknown as JsonValue };
}
