/**
 * Whole numbers of JSON compared by their literals, so that 64-bit values stay exact. Written in the native subset,
 * because the OCI runtime reads them too.
 * @module
 */

/** A type of whole numbers: the least and the greatest, as literals. */
export interface IntegerType {
  readonly min: string;
  readonly max: string;
}

/** The types of whole numbers that runtime-spec names. */
export const INT32: IntegerType = { min: "-2147483648", max: "2147483647" };
export const INT64: IntegerType = { min: "-9223372036854775808", max: "9223372036854775807" };
export const UINT16: IntegerType = { min: "0", max: "65535" };
export const UINT32: IntegerType = { min: "0", max: "4294967295" };
export const UINT64: IntegerType = { min: "0", max: "18446744073709551615" };

/** Tells whether the literal of a whole number, such as `-12`, is of `type`. */
export function fitsInteger(literal: string, type: IntegerType): boolean {
  return compareIntegers(literal, type.min) >= 0 && compareIntegers(literal, type.max) <= 0;
}

/** Orders two literals of whole numbers: below 0, 0 or above 0. */
export function compareIntegers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  if (difference < 0n) return -1;
  return difference > 0n ? 1 : 0;
}
