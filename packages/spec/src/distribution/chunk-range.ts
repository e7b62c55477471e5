/**
 * Ranges of uploads: `Content-Range` of a chunk and `Range` of the answers, which are two numbers without a unit.
 * Ranges of pulls are those of HTTP: see `range.ts`.
 * @module
 */
import { fieldError } from "./field.ts";
import type { ByteRange } from "./range.ts";

// The unit and the size that some clients and registries add have no place here and no meaning.
const RANGE = /^(?:bytes[ =])?([0-9]{1,16})-([0-9]{1,16})(?:\/(?:[0-9]{1,16}|\*))?$/i;
const STRICT_RANGE = /^[0-9]{1,16}-[0-9]{1,16}$/;

/**
 * Reads the `Content-Range` of a chunk: `0-1023`. A unit and a size, as in `bytes 0-1023/4096`, are passed over.
 * @throws TeuError `ERR_HEADER_INVALID`
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks}
 */
export function parseChunkRange(value: string): ByteRange {
  const match = RANGE.exec(value.trim());
  const range = { first: Number(match?.[1]), last: Number(match?.[2]) };
  if (match === null) throw fieldError("Content-Range", value, "expected the first and the last byte with a hyphen");
  if (!Number.isSafeInteger(range.last)) throw fieldError("Content-Range", value, "a number above 2^53 - 1");
  if (range.last < range.first) throw fieldError("Content-Range", value, "a range that ends before it begins");
  return range;
}

/** Tells whether `value` is written as the specification demands, without unit and size. */
export function isChunkRange(value: string): boolean {
  return STRICT_RANGE.test(value);
}

/** Writes the `Content-Range` of a chunk. */
export function formatChunkRange({ first, last }: ByteRange): string {
  return `${first}-${last}`;
}

/** How much of an upload arrived, by its `Range`. */
export interface Progress {
  /** Bytes that arrived. */
  readonly bytes: number;
  /** True for `0-0`, which says one byte and is what registries also send for none: only the client knows. */
  readonly maybeNone: boolean;
}

/**
 * Reads the `Range` of an answer to a chunk or to a look at an upload. `0--1` and an empty value, as some registries send,
 * mean nothing arrived.
 * @throws TeuError `ERR_HEADER_INVALID`, also if the range does not begin with 0.
 */
export function parseProgress(value: string): Progress {
  const text = value.trim();
  if (text === "" || text === "0--1") return { bytes: 0, maybeNone: false };
  const match = RANGE.exec(text);
  if (match === null || Number(match[1]) !== 0)
    throw fieldError("Range", value, "expected 0, a hyphen and the last byte");
  const last = Number(match[2]);
  if (!Number.isSafeInteger(last + 1)) throw fieldError("Range", value, "a number above 2^53 - 2");
  return { bytes: last + 1, maybeNone: last === 0 };
}

/** Writes the `Range` of an upload with so many bytes; `0-0` for none, as clients expect. */
export function formatProgress(bytes: number): string {
  return `0-${Math.max(bytes - 1, 0)}`;
}
