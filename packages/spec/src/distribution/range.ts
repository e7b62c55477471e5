/**
 * Parts of content: `Range` and `Content-Range` in bytes (RFC 9110 section 14), for pulling blobs.
 * Uploads write ranges in another way: see `chunk-range.ts`.
 * @module
 */
import { FieldReader, fieldError } from "./field.ts";

/** A part as a client asks for it: from the byte `first`, up to and with `last` if given; or the `suffix` last bytes. */
export type RangeSpec = { readonly first: number; readonly last?: number } | { readonly suffix: number };

/** A part of content: from the byte `first` up to and with the byte `last`. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A `Content-Range`: which part of how much. `range` is missing in answers of status 416, `size` where it is unknown. */
export interface ContentRange {
  readonly range?: ByteRange;
  /** Size of the whole content in bytes. */
  readonly size?: number;
}

/** Most parts of one request. */
export const MAX_RANGES = 16;

/**
 * Reads a `Range`. Numbers above 2^53 - 1 count as that.
 * @returns nothing if its unit is not bytes, which leaves the header without effect.
 * @throws TeuError `ERR_HEADER_INVALID`, to be answered with 416.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-14.2}
 */
export function parseRange(value: string): readonly RangeSpec[] | undefined {
  const reader = new FieldReader("Range", value).skipSpace();
  const unit = reader.token().toLowerCase();
  if (!reader.take("=")) throw reader.error("expected a unit and an equals sign");
  if (unit !== "bytes") return undefined;
  const specs: RangeSpec[] = [];
  for (reader.skipCommas(); !reader.done; reader.skipCommas()) {
    if (specs.length === MAX_RANGES) throw reader.error(`more than ${MAX_RANGES} ranges`);
    specs.push(readSpec(reader));
  }
  if (specs.length === 0) throw reader.error("no range");
  return specs;
}

function readSpec(reader: FieldReader): RangeSpec {
  const match = /^([0-9]*)-([0-9]*)$/.exec(reader.until(", \t"));
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) throw reader.error("expected positions with a hyphen");
  if (first === "") return { suffix: toPosition(last) };
  if (last === "") return { first: toPosition(first) };
  const spec = { first: toPosition(first), last: toPosition(last) };
  if (spec.last < spec.first) throw reader.error("a range that ends before it begins");
  return spec;
}

function toPosition(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/** Writes a `Range`. */
export function formatRange(specs: readonly RangeSpec[]): string {
  return `bytes=${specs.map((spec) => ("suffix" in spec ? `-${spec.suffix}` : `${spec.first}-${spec.last ?? ""}`)).join(",")}`;
}

/**
 * The parts of content of `size` bytes that `specs` ask for, cut at its end.
 * @returns `whole` if the answer is all of it with status 200: content of no bytes has no parts; an empty list if nothing
 * that is asked for exists, to be answered with 416.
 */
export function resolveRanges(specs: readonly RangeSpec[], size: number): readonly ByteRange[] | "whole" {
  if (size === 0 && specs.some((spec) => "suffix" in spec && spec.suffix > 0)) return "whole";
  return specs.map((spec) => resolve(spec, size)).filter(({ first, last }) => first <= last);
}

function resolve(spec: RangeSpec, size: number): ByteRange {
  if ("suffix" in spec) return { first: Math.max(0, size - spec.suffix), last: size - 1 };
  return { first: spec.first, last: Math.min(spec.last ?? size - 1, size - 1) };
}

/** Writes a `Content-Range`. */
export function formatContentRange({ range, size }: ContentRange): string {
  return `bytes ${range === undefined ? "*" : `${range.first}-${range.last}`}/${size ?? "*"}`;
}

/**
 * Reads the `Content-Range` of an answer.
 * @throws TeuError `ERR_HEADER_INVALID`, also if a number is above 2^53 - 1.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-14.4}
 */
export function parseContentRange(value: string): ContentRange {
  const match = CONTENT_RANGE.exec(value.trim());
  if (match === null) throw fieldError("Content-Range", value, "expected bytes, a range or *, a slash and a size or *");
  const [first, last, size] = match.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)));
  const range = first === undefined || last === undefined ? undefined : { first, last };
  const problem = rangeProblem(range, size);
  if (problem !== undefined) throw fieldError("Content-Range", value, problem);
  return { ...(range === undefined ? {} : { range }), ...(size === undefined ? {} : { size }) };
}

const CONTENT_RANGE = /^bytes (?:([0-9]{1,16})-([0-9]{1,16})|\*)\/(?:([0-9]{1,16})|\*)$/i;

function rangeProblem(range: ByteRange | undefined, size: number | undefined): string | undefined {
  if (Math.max(range?.last ?? 0, size ?? 0) > Number.MAX_SAFE_INTEGER) return "a number above 2^53 - 1";
  if (range === undefined) return size === undefined ? "neither range nor size" : undefined;
  return range.last < range.first || range.last >= (size ?? Infinity) ? "a range that does not exist" : undefined;
}
