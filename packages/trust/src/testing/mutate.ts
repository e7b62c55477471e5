/**
 * Documents with something changed in them, by a seed: the same each time.
 * @module
 */
import type { JsonValue } from "@teu/std/json-value";

/** Numbers that look random and are the same each time: mulberry32, whose seeds may follow each other. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Gives numbers from 0, below what is asked for. */
export type Random = ReturnType<typeof randomFrom>;

/** What stands in place of good values. */
const ODD: readonly JsonValue[] = [null, "", 0, -1, true, [], {}, "reject", "__proto__", "*", "a".repeat(5000), [[]]];

/** Changes one value somewhere: replaces it, takes it away, doubles it, or gives it another name. */
export function mutate(value: JsonValue, random: Random): JsonValue {
  if (value === null || typeof value !== "object" || random(5) === 0) return ODD[random(ODD.length)] ?? null;
  if (Array.isArray(value)) {
    const at = random(value.length + 1);
    const item = value[at] as JsonValue | undefined;
    if (item === undefined) return [...value, ODD[random(ODD.length)] ?? null] as JsonValue;
    return value.flatMap((each: JsonValue, index) => {
      if (index !== at) return [each];
      const choice = random(4);
      return choice === 0 ? [] : choice === 1 ? [each, each] : [mutate(each, random)];
    }) as JsonValue;
  }
  const entries: readonly (readonly [string, JsonValue])[] = Object.entries(value);
  const at = random(entries.length + 1);
  if (at === entries.length)
    return Object.fromEntries([...entries, [["extra", "keyPath", "type"][random(3)] ?? "", "x"]]);
  return Object.fromEntries(
    entries.flatMap(([name, each], index) => {
      if (index !== at) return [[name, each]];
      const choice = random(5);
      return choice === 0 ? [] : choice === 1 ? [[`${name}x`, each]] : [[name, mutate(each, random)]];
    }),
  ) as JsonValue;
}

/** Puts one of `words` in place of any value, each as likely as any other: most of what comes out can still be read. */
export function replace(value: JsonValue, random: Random, words: readonly JsonValue[]): JsonValue {
  const at = random(count(value));
  return replaceAt(value, at, words[random(words.length)] ?? null);
}

function count(value: JsonValue): number {
  return value === null || typeof value !== "object"
    ? 1
    : Object.values(value).reduce<number>((sum, each: JsonValue) => sum + count(each), 1);
}

/** Values are counted in order, each before those inside it. */
function replaceAt(value: JsonValue, at: number, word: JsonValue): JsonValue {
  if (at === 0) return word;
  let before = 1;
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>).map(([name, each]) => {
    const inside = at - before;
    const size = count(each);
    before += size;
    return [name, inside >= 0 && inside < size ? replaceAt(each, inside, word) : each] as const;
  });
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** Changes one bit. */
export function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = new Uint8Array(bytes);
  const at = random(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
  return copy;
}
