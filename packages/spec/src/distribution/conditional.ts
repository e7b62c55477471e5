/**
 * Conditional requests (RFC 9110 section 13): entity tags, and whether a request goes on given the content that stands.
 * The natural tag of a manifest or blob is its digest.
 * @module
 */
import { FieldReader, type FieldValue, unwritable } from "./field.ts";

/** A tag that names one state of a resource. */
export interface EntityTag {
  /** The opaque text between the quotes. */
  readonly tag: string;
  /** True for a tag that promises the same meaning only, not the same bytes. */
  readonly weak: boolean;
}

/** What `If-Match` or `If-None-Match` names: any state at all, or one of some. */
export type EntityTags = "*" | readonly EntityTag[];

const OPAQUE = /^[\u0021\u0023-\u007e\u0080-\u00ff]*$/;

/**
 * Writes an entity tag.
 * @throws TeuError `ERR_HEADER_INVALID` if the tag holds a quote, a space or a control character.
 */
export function formatEntityTag({ tag, weak }: EntityTag): string {
  if (!OPAQUE.test(tag)) throw unwritable("ETag", tag, "a character that no entity tag can hold");
  return `${weak ? "W/" : ""}"${tag}"`;
}

/**
 * Reads an `ETag`. Quotes may be missing, as with some registries.
 * @throws TeuError `ERR_HEADER_INVALID`
 */
export function parseEntityTag(value: string): EntityTag {
  const reader = new FieldReader("ETag", value).skipSpace();
  const tag = readEntityTag(reader);
  if (!reader.skipSpace().done) throw reader.error("text behind the entity tag");
  return tag;
}

/**
 * Reads `If-Match` or `If-None-Match`.
 * @throws TeuError `ERR_HEADER_INVALID`
 */
export function parseEntityTags(name: "If-Match" | "If-None-Match", value: FieldValue): EntityTags {
  const reader = new FieldReader(name, value).skipCommas();
  if (reader.text.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  while (!reader.done) {
    tags.push(readEntityTag(reader));
    if (!reader.skipSpace().done && reader.next !== ",") throw reader.error(`no comma at ${reader.position}`);
    reader.skipCommas();
  }
  return tags;
}

function readEntityTag(reader: FieldReader): EntityTag {
  const weak = reader.text.startsWith('W/"', reader.position);
  if (weak) reader.position += 2;
  const quoted = reader.take('"');
  const tag = reader.until(quoted ? '"' : '", \t');
  if (quoted && !reader.take('"')) throw reader.error("an entity tag without a closing quote");
  if (!OPAQUE.test(tag) || (!quoted && tag === "")) throw reader.error("expected an entity tag");
  return { tag, weak };
}

/** What a request makes depend on the content that stands. */
export interface Conditions {
  readonly ifMatch?: EntityTags;
  readonly ifNoneMatch?: EntityTags;
}

/**
 * Reads the conditions of a request from its headers.
 * @throws TeuError `ERR_HEADER_INVALID`
 */
export function parseConditions(headers: {
  readonly ifMatch?: FieldValue;
  readonly ifNoneMatch?: FieldValue;
}): Conditions {
  const { ifMatch, ifNoneMatch } = headers;
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: parseEntityTags("If-Match", ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: parseEntityTags("If-None-Match", ifNoneMatch) }),
  };
}

/**
 * Judges conditions against the tag of the content that stands, which is missing where nothing does.
 * @returns whether to go on, to answer 304, which only a `safe` request (GET, HEAD) gets, or to answer 412.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2}
 */
export function judgeConditions(
  { ifMatch, ifNoneMatch }: Conditions,
  current: EntityTag | undefined,
  safe: boolean,
): "proceed" | "not-modified" | "failed" {
  if (ifMatch !== undefined && !includes(ifMatch, current, equalStrong)) return "failed";
  if (ifNoneMatch === undefined || !includes(ifNoneMatch, current, equalWeak)) return "proceed";
  return safe ? "not-modified" : "failed";
}

type Comparison = (a: EntityTag, b: EntityTag) => boolean;

function includes(tags: EntityTags, current: EntityTag | undefined, equal: Comparison): boolean {
  if (current === undefined) return false;
  return tags === "*" || tags.some((tag) => equal(tag, current));
}

function equalStrong(a: EntityTag, b: EntityTag): boolean {
  return a.tag === b.tag && !a.weak && !b.weak;
}

function equalWeak(a: EntityTag, b: EntityTag): boolean {
  return a.tag === b.tag;
}

/**
 * Tells whether `If-Range` lets a `Range` count: it names the tag of the content that stands. A date never does here,
 * since content that is named by its digest has none.
 */
export function holdsIfRange(value: string, current: EntityTag): boolean {
  return /^\s*"/.test(value) && equalStrong(parseEntityTag(value), current);
}
