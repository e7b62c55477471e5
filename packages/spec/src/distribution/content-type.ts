/**
 * Media types as the headers `Content-Type` and `Accept` write them, and which of several a client wants.
 * Manifests are sent as they were pushed, so a registry uses the answer as advice and never converts.
 * @module
 */
import { FieldReader, type FieldValue, isToken, quote, unwritable } from "./field.ts";

/** The value of a `Content-Type`. */
export interface ContentType {
  /** Type and subtype in lower case. */
  readonly type: string;
  /** By name in lower case; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** One element of `Accept`. */
export interface MediaRange extends ContentType {
  /** From 0, not acceptable, to 1. */
  readonly quality: number;
}

/**
 * Reads a `Content-Type`.
 * @throws TeuError `ERR_HEADER_INVALID`
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1}
 */
export function parseContentType(value: string): ContentType {
  const reader = new FieldReader("Content-Type", value).skipSpace();
  const contentType = readMediaType(reader);
  if (!reader.done) throw reader.error(`${JSON.stringify(reader.next)} at ${reader.position}, expected a parameter`);
  return contentType;
}

/**
 * Writes a `Content-Type`.
 * @throws TeuError `ERR_HEADER_INVALID` if a part holds what the header cannot.
 */
export function formatContentType({ type, parameters }: ContentType): string {
  const written = Array.from(parameters, ([name, value]) => {
    if (!isToken(name)) throw unwritable("Content-Type", name, "expected the name of a parameter");
    return `; ${name}=${isToken(value) ? value : quote("Content-Type", value)}`;
  });
  if (!type.split("/", 3).every(isToken))
    throw unwritable("Content-Type", type, "expected a type, a slash and a subtype");
  return type + written.join("");
}

function readMediaType(reader: FieldReader): ContentType {
  const main = reader.token();
  const sub = reader.take("/") ? reader.token() : "";
  if (main === "" || sub === "") throw reader.error("expected a type, a slash and a subtype");
  return { type: `${main}/${sub}`.toLowerCase(), parameters: readParameters(reader) };
}

function readParameters(reader: FieldReader): Map<string, string> {
  const parameters = new Map<string, string>();
  while (reader.skipSpace().take(";")) {
    const name = reader.skipSpace().token().toLowerCase();
    if (name === "") continue;
    if (!reader.take("=")) throw reader.error(`no value of the parameter ${JSON.stringify(name)}`);
    const value = reader.next === '"' ? reader.quoted() : reader.token();
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/** Elements of `Accept` that are read; more count as absent. */
export const MAX_MEDIA_RANGES = 256;

/**
 * Reads `Accept`. The header is advice, so what breaks its grammar is left out rather than refused.
 * @returns the elements in their order; none if the header is absent or too long, which accepts everything.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1}
 */
export function parseAccept(value: FieldValue | undefined): readonly MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const element of splitList(value ?? "").slice(0, MAX_MEDIA_RANGES)) {
    const range = attempt(() => parseContentType(element));
    if (range !== undefined) ranges.push({ ...range, quality: readQuality(range.parameters.get("q")) });
  }
  return ranges;
}

/** The elements of a list; commas inside of quotes do not part them. */
function splitList(value: FieldValue): string[] {
  const elements: string[] = [];
  const reader = attempt(() => new FieldReader("Accept", value).skipCommas()) ?? new FieldReader("Accept", "");
  while (!reader.done) {
    const start = reader.position;
    while (!reader.done && reader.next !== ",") skipQuotedOrPlain(reader);
    elements.push(reader.text.slice(start, reader.position).trim());
    reader.skipCommas();
  }
  return elements;
}

function skipQuotedOrPlain(reader: FieldReader): void {
  reader.until('",');
  if (reader.next === '"' && attempt(() => reader.quoted()) === undefined) reader.until("");
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Three digits behind the point at most; what is no quality counts as 1, as if it were not there. */
function readQuality(text: string | undefined): number {
  return text !== undefined && /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 1;
}

/**
 * How much a client wants `mediaType`, from 0 to 1. The most exact element that names the type decides; parameters count
 * against an element, since the types of manifests have none. Without any element everything is wanted alike.
 */
export function qualityOf(ranges: readonly MediaRange[], mediaType: string): number {
  return ranges.length === 0 ? 1 : (bestRange(ranges, mediaType)?.quality ?? 0);
}

function bestRange(ranges: readonly MediaRange[], mediaType: string): MediaRange | undefined {
  const type = mediaType.toLowerCase();
  const group = `${type.slice(0, type.indexOf("/"))}/*`;
  const ranked = ranges.toSorted((a, b) => parametersOf(a) - parametersOf(b) || b.quality - a.quality);
  return [type, group, "*/*"].map((pattern) => ranked.find((range) => range.type === pattern)).find(Boolean);
}

/** 1 if a media range has parameters of its media type, beside its quality; else 0. */
function parametersOf({ parameters }: MediaRange): number {
  return parameters.size > (parameters.has("q") ? 1 : 0) ? 1 : 0;
}

/**
 * Chooses from `offers`, the registry's favourite first: the type of the highest quality; among equals the one whose
 * element comes first in `Accept`, as registries have always done, then the registry's favourite.
 * @returns nothing if no offer is acceptable.
 */
export function chooseMediaType(ranges: readonly MediaRange[], offers: readonly string[]): string | undefined {
  const ranked = offers
    .map((offer, index) => ({ offer, index, quality: qualityOf(ranges, offer), place: placeOf(ranges, offer) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.place - b.place || a.index - b.index);
  return ranked[0]?.offer;
}

function placeOf(ranges: readonly MediaRange[], mediaType: string): number {
  const range = bestRange(ranges, mediaType);
  return range === undefined ? 0 : ranges.indexOf(range);
}

/** Writes `Accept` for a client that takes all `mediaTypes` alike. */
export function formatAccept(mediaTypes: readonly string[]): string {
  return mediaTypes.join(", ");
}
