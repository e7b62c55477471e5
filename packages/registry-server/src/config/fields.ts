/**
 * Reads the values of a configuration one by one and gathers every fault with its line, so that one look at the messages
 * mends the file.
 * @module
 */
import type { Json } from "@teu/std/json";
import { JsonError } from "@teu/std/json";
import type { YamlDocument } from "./yaml-document.ts";

/** Gathers faults. */
export class Fields {
  readonly issues: string[] = [];
  readonly #lineOf: YamlDocument["lineOf"];

  constructor({ lineOf }: Pick<YamlDocument, "lineOf">) {
    this.#lineOf = lineOf;
  }

  /** Takes note of a fault of `json`. */
  fault(json: Json, message: string): void {
    const line = this.#lineOf(json);
    this.issues.push(`${line === undefined ? "" : `line ${line}: `}${json.place}: ${message}`);
  }

  /** What `read` makes of a field, or `absent` if it is not there or wrong. */
  optional<T>(json: Json, absent: T, read: (json: Json) => T): T {
    if (json.absent) return absent;
    try {
      return read(json);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const line = this.#lineOf(json);
      this.issues.push(`${line === undefined ? "" : `line ${line}: `}${error.message}`);
      return absent;
    }
  }

  /** Takes note of fields that are not among `names`. */
  only(json: Json, names: readonly string[]): void {
    if (json.absent) return;
    if (json.kind !== "object") return this.fault(json, `expected an object, got ${json.kind}`);
    for (const [name, value] of json.fields)
      if (!names.includes(name)) this.fault(value, `is no field, expected one of ${names.join(", ")}`);
  }

  /** The fields of an object; of anything else none. */
  entries(json: Json): readonly (readonly [string, Json])[] {
    if (!json.absent && json.kind !== "object") this.fault(json, `expected an object, got ${json.kind}`);
    return Array.from(json.fields);
  }

  /** The items of a list, each read; wrong ones are left out. */
  list<T>(json: Json, read: (item: Json) => T | undefined): T[] {
    if (!json.absent && json.kind !== "array") this.fault(json, `expected a list, got ${json.kind}`);
    return json.items.flatMap((item) => {
      const value = this.optional<T | undefined>(item, undefined, read);
      return value === undefined ? [] : [value];
    });
  }

  string(json: Json): string | undefined {
    return this.optional<string | undefined>(json, undefined, (value) => value.string());
  }

  strings(json: Json): string[] {
    return this.list(json, (item) => item.string());
  }

  boolean(json: Json, absent: boolean): boolean {
    return this.optional(json, absent, (value) => value.boolean());
  }

  integer(json: Json, absent: number, [min, max]: readonly [number, number]): number {
    return this.optional(json, absent, (value) => value.integerBetween(min, max));
  }

  /** A time in milliseconds, such as `90s`, `30m`, `24h` or `7d`. */
  duration(json: Json): number | undefined {
    return this.#measured(json, DURATIONS, "a time such as 30m, 24h or 7d");
  }

  /** A number of bytes, such as `500 MB` or `10 GiB`. */
  size(json: Json): number | undefined {
    return this.#measured(json, SIZES, "a size such as 500 MB or 10 GiB");
  }

  #measured(json: Json, units: Readonly<Record<string, number>>, expected: string): number | undefined {
    if (json.absent) return undefined;
    const [, digits = "", unit = ""] = /^([0-9]{1,12}) ?([A-Za-z]*)$/.exec(json.text) ?? [];
    const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
    const value = Number(digits) * (factor ?? NaN);
    if (digits !== "" && Number.isSafeInteger(value)) return value;
    this.fault(json, `expected ${expected}, got ${json.text === "" ? json.kind : json.text}`);
    return undefined;
  }
}

const DURATIONS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
