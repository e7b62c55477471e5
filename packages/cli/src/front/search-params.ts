/**
 * `URLSearchParams`.
 * @see {@link https://url.spec.whatwg.org/#interface-urlsearchparams}
 * @module
 */
import { percent } from "./escape.ts";
import { handOver } from "./hand-over.ts";

type Pairs = string | Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** The names and values of a query. */
export class FrontSearchParams {
  #pairs: [string, string][];
  #isChanged = false;

  constructor(from: Pairs = "") {
    if (typeof from === "string") this.#pairs = readPairs(from.replace(/^\?/, ""));
    else
      this.#pairs = (Symbol.iterator in from ? [...from] : Object.entries(from)).map(([name, value]) => [name, value]);
  }

  /** The text, once something was changed. */
  get changed(): string | undefined {
    return this.#isChanged ? this.toString() : undefined;
  }

  append(name: string, value: string): void {
    this.#pairs.push([name, value]);
    this.#isChanged = true;
  }

  set(name: string, value: string): void {
    const at = this.#pairs.findIndex(([each]) => each === name);
    this.#pairs = this.#pairs.filter(([each], index) => each !== name || index === at);
    if (at < 0) this.#pairs.push([name, value]);
    else this.#pairs[at] = [name, value];
    this.#isChanged = true;
  }

  delete(name: string): void {
    this.#pairs = this.#pairs.filter(([each]) => each !== name);
    this.#isChanged = true;
  }

  get(name: string): string | null {
    return this.#pairs.find(([each]) => each === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter(([each]) => each === name).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.#pairs.some(([each]) => each === name);
  }

  get size(): number {
    return this.#pairs.length;
  }

  entries(): IterableIterator<[string, string]> {
    return this.#pairs.values();
  }

  keys(): IterableIterator<string> {
    return this.#pairs.map(([name]) => name).values();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${formText(name)}=${formText(value)}`).join("&");
  }
}

function readPairs(text: string): [string, string][] {
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [unescaped(pair), ""] : [unescaped(pair.slice(0, at)), unescaped(pair.slice(at + 1))];
    });
}

function unescaped(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return handOver("a query that is not UTF-8");
  }
}

function formText(text: string): string {
  return Array.from(text, (character) =>
    /[A-Za-z0-9*._-]/.test(character) ? character : character === " " ? "+" : percent(character),
  ).join("");
}
