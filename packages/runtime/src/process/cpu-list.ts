/**
 * Lists of processors and memory nodes, such as `0-3,8`.
 * @module
 */
import { fieldFailure } from "../failure.ts";

const MAX_NUMBER = 4095;

/** The numbers of a list as bits, lowest first, in whole words of 64 bits. @throws Failure where it is no list */
export function numberMask(text: string, field: string): Uint8Array {
  const numbers = numbersOfList(text, field);
  const highest = numbers.reduce((high, number) => Math.max(high, number), 0);
  const mask = new Uint8Array((Math.floor(highest / 64) + 1) * 8);
  for (const number of numbers) {
    const at = number >>> 3;
    mask[at] = (mask[at] ?? 0) | (1 << (number & 7));
  }
  return mask;
}

/** The numbers of a list, in its order. @throws Failure where it is no list */
export function numbersOfList(text: string, field: string): number[] {
  const numbers: number[] = [];
  for (const part of text.split(",")) numbers.push(...numbersOf(part.trim(), text, field));
  return numbers;
}

function numbersOf(part: string, text: string, field: string): number[] {
  const match = /^([0-9]{1,4})(-([0-9]{1,4}))?$/.exec(part);
  const first = Number(match?.[1] ?? "-1");
  // A group that took no part is undefined, or empty in the release build.
  const lastText = match?.[3] ?? "";
  const last = lastText === "" ? first : Number(lastText);
  if (match === null || last < first || last > MAX_NUMBER)
    throw fieldFailure(field, `${JSON.stringify(text)} is not a list such as 0-3,8`);
  const numbers: number[] = [];
  for (let number = first; number <= last; number++) numbers.push(number);
  return numbers;
}
