/**
 * What the reader accepts from an archive before it gives up. Memory is bounded by these and by the chunks it is given.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "./errors.ts";

/** Bounds of a {@link TarParser}. */
export interface TarLimits {
  /** Most entries of an archive. */
  readonly maxEntries: number;
  /** Most extension headers (long names, PAX) in a row before an entry. */
  readonly maxExtensionHeaders: number;
  /** Longest body of a PAX extended header, in bytes. */
  readonly maxPaxBytes: number;
  /**
   * Most bytes of records of PAX global headers that count at a time, 64 bytes a record added, since every entry with
   * records of its own costs a copy of them.
   */
  readonly maxGlobalPaxBytes: number;
  /** Longest name or link target, in bytes. */
  readonly maxNameBytes: number;
  /** Most data segments of a sparse file. */
  readonly maxSparseSegments: number;
}

/** Room for every archive met in practice: a million entries a gigabyte, names of 64 KiB, 1 MiB of PAX records. */
export const DEFAULT_TAR_LIMITS: TarLimits = {
  maxEntries: 100_000_000,
  maxExtensionHeaders: 32,
  maxPaxBytes: 1024 * 1024,
  maxGlobalPaxBytes: 16 * 1024,
  maxNameBytes: 64 * 1024,
  maxSparseSegments: 256 * 1024,
};

/** Something that can name itself and its place in messages. */
export interface Labelled {
  label(): string;
}

/** @throws TeuError `ERR_TAR_LIMIT` if `actual` is more than `limits[limit]`. */
export function checkLimit(limits: TarLimits, limit: keyof TarLimits, actual: number, what: Labelled): void {
  const max = limits[limit];
  if (actual <= max) return;
  throw new TeuError<TarErrorCode>(
    "ERR_TAR_LIMIT",
    `Reading ${what.label()}: ${actual}, expected at most ${max} (${limit})`,
    {
      detail: { limit, max, actual },
    },
  );
}
