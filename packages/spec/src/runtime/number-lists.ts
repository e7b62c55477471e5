/**
 * Lists of CPUs and memory nodes, such as `0-3,7`. Written in the native subset, because the OCI runtime reads them too.
 * @module
 */
import { compareIntegers } from "./integers.ts";

const MAX_LENGTH = 65_536;
const RANGE = /^([0-9]{1,10})(?:-([0-9]{1,10}))?$/;

/**
 * Tells whether `text` is a list of numbers and ascending ranges, joined by commas; the empty list is one. Spaces may
 * stand around the commas, as the JSON schema of the specification has it.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#cpu
 */
export function isNumberList(text: string): boolean {
  if (text.trim() === "") return true;
  return text.length <= MAX_LENGTH && text.split(",").every(isRange);
}

function isRange(text: string): boolean {
  const range = text.trim();
  if (!RANGE.test(range)) return false;
  const [first = "", last = first] = range.split("-");
  return compareIntegers(first, last) <= 0;
}
