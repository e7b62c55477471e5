/**
 * The headers in front of an entry's own: GNU long names, PAX records of one entry and of all that follow. They apply to
 * the next entry, never to one another: an archive whose PAX size changed the length of a long name would show some
 * programs members that others do not see.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "../errors.ts";
import { FIELD, type HeaderBlock, checkNumbers, padded } from "../header.ts";
import { type TarLimits, checkLimit } from "../limits.ts";
import { type PaxBody, type PaxRecord, parsePax } from "../pax.ts";
import { plainView } from "../text.ts";
import { isXattr, readXattrs } from "../xattrs.ts";
import type { Arena } from "./arena.ts";

/** The kinds of extension, by the letter of the header. */
export type ExtensionKind = "long-name" | "long-link" | "pax" | "global-pax";

/** The kind of extension that a header begins, undefined for an entry. */
export function extensionKind(typeflag: number): ExtensionKind | undefined {
  switch (typeflag) {
    case 0x4c:
      return "long-name";
    case 0x4b:
      return "long-link";
    case 0x78:
      return "pax";
    case 0x67:
      return "global-pax";
    default:
      return undefined;
  }
}

/** An extension with its body, which is `bytes` from `start` to `end`, and padding up to `paddedEnd`. */
export class Extension implements PaxBody {
  readonly kind: ExtensionKind;
  /** Where its header starts in the archive. */
  readonly offset: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly paddedEnd: number;

  /** @param memory Has a place for the body. */
  constructor(kind: ExtensionKind, block: HeaderBlock, memory: Arena) {
    const size = block.number(FIELD.size);
    this.kind = kind;
    this.offset = block.offset;
    this.start = memory.reserve(padded(size));
    this.end = this.start + size;
    this.paddedEnd = this.start + padded(size);
    this.bytes = memory.slab;
  }

  label(): string {
    return `the ${this.kind} header at offset ${this.offset}`;
  }
}

/** What the headers in front of an entry say about it. */
export interface Extensions {
  readonly longName: Uint8Array | undefined;
  readonly longLink: Uint8Array | undefined;
  /** The records of the entry's own PAX header in their order; undefined if it has none. */
  readonly records: readonly PaxRecord[] | undefined;
  /** Those of global headers. */
  readonly globals: Globals;
  /** The extended attributes among all of them. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Where the first of the headers starts, undefined if there is none. */
  readonly start: number | undefined;
}

type Globals = ReadonlyMap<string, PaxRecord>;

/** The record that counts for a key: the last of the entry's own, else a global one; undefined if it is empty. */
export function findRecord({ records, globals }: Extensions, key: string): PaxRecord | undefined {
  for (let i = (records?.length ?? 0) - 1; i >= 0; i -= 1) {
    const record = records?.[i];
    if (record?.key === key) return record.length === 0 ? undefined : record;
  }
  return globals.get(key);
}

/** The value of {@link findRecord}. */
export function findValue(extensions: Extensions, key: string): Uint8Array | undefined {
  return findRecord(extensions, key)?.value;
}

/** All records that count. */
export function allRecords({ records = [], globals }: Extensions): Map<string, Uint8Array> {
  return new Map(Array.from(mergeRecords(globals, records), ([key, { value }]) => [key, value]));
}

function mergeRecords(globals: Globals, records: readonly PaxRecord[]): Map<string, PaxRecord> {
  const merged = new Map(globals);
  for (const record of records) {
    // An attribute may be empty, and every program reads it so.
    if (record.length === 0 && !isXattr(record)) merged.delete(record.key);
    else merged.set(record.key, record);
  }
  return merged;
}

// What a record costs in memory beside its bytes, so that many small ones count.
const RECORD_COST = 64;

// Programs differ on whether these count in a global header, so they would show different names and contents.
const NOT_GLOBAL = /^(?:path|linkpath|size|GNU\.sparse\..*)$/s;
const NAME_KEYS: ReadonlySet<string> = new Set(["path", "linkpath", "uname", "gname", "GNU.sparse.name"]);

/** Collects extensions until an entry takes them. */
export class ExtensionCollector {
  readonly #limits: TarLimits;
  readonly #useGlobals: boolean;
  readonly #memory: Arena;
  #globals: Globals = new Map<string, PaxRecord>();
  #globalXattrs: ReadonlyMap<string, Uint8Array> = new Map<string, Uint8Array>();
  #longName: Uint8Array | undefined;
  #longLink: Uint8Array | undefined;
  #records: readonly PaxRecord[] | undefined;
  #start: number | undefined;
  #count = 0;

  /** @param memory For what is collected. */
  constructor(limits: TarLimits, useGlobals: boolean, memory: Arena) {
    this.#limits = limits;
    this.#memory = memory;
    this.#useGlobals = useGlobals;
  }

  /** Where the extensions that wait for their entry start, undefined if there are none. */
  get pendingSince(): number | undefined {
    return this.#start;
  }

  /** Begins an extension, whose body is to be read into its memory. */
  begin(kind: ExtensionKind, block: HeaderBlock): Extension {
    this.#count += 1;
    checkLimit(this.#limits, "maxExtensionHeaders", this.#count, block);
    const size = block.number(FIELD.size);
    if (kind === "pax" || kind === "global-pax") checkLimit(this.#limits, "maxPaxBytes", size, block);
    else checkLimit(this.#limits, "maxNameBytes", size - 1, block);
    checkNumbers(block);
    return new Extension(kind, block, this.#memory);
  }

  /** Takes an extension whose body has been read. */
  add(extension: Extension): void {
    const { kind } = extension;
    if (kind === "global-pax") {
      this.#addGlobals(extension);
      return;
    }
    this.#start ??= extension.offset;
    if (kind === "pax") {
      this.#records = onlyOne(this.#records, this.#readRecords(extension), extension);
    } else if (kind === "long-name") this.#longName = onlyOne(this.#longName, longName(extension), extension);
    else this.#longLink = onlyOne(this.#longLink, longName(extension), extension);
  }

  /** Gives what was collected to the entry of a header. */
  take(block: HeaderBlock): Extensions | undefined {
    this.#count = 0;
    if (this.#start === undefined && this.#globals.size === 0) return undefined;
    const extensions = {
      longName: this.#longName,
      longLink: this.#longLink,
      records: this.#records,
      globals: this.#globals,
      xattrs: this.#globalXattrs,
      start: this.#start,
    };
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#records = undefined;
    this.#start = undefined;
    if (extensions.records?.some(isXattr) === true) extensions.xattrs = readXattrs(allRecords(extensions), block);
    return extensions;
  }

  #addGlobals(header: Extension): void {
    const records = this.#readRecords(header);
    const odd = records.find(({ key }) => NOT_GLOBAL.test(key));
    if (odd !== undefined) {
      throw ambiguous(header.label(), `a global record "${odd.key}", expected it in front of one entry only`);
    }
    if (!this.#useGlobals) return;
    this.#globals = mergeRecords(this.#globals, records);
    let bytes = 0;
    for (const { key, length } of this.#globals.values()) bytes += RECORD_COST + key.length + length;
    checkLimit(this.#limits, "maxGlobalPaxBytes", bytes, header);
    this.#globalXattrs = readXattrs(new Map(Array.from(this.#globals, ([key, { value }]) => [key, value])), header);
  }

  #readRecords(header: Extension): PaxRecord[] {
    const records = parsePax(header);
    for (const { key, length, value } of records.filter((record) => NAME_KEYS.has(record.key))) {
      checkLimit(this.#limits, "maxNameBytes", length, header);
      if (value.includes(0)) {
        throw new TeuError<TarErrorCode>("ERR_TAR_PAX", `Reading ${header.label()}: a NUL in "${key}", expected none`);
      }
    }
    return records;
  }
}

// Some programs read a name up to its size, some up to a NUL.
function longName(header: Extension): Uint8Array {
  const { bytes, start, end, paddedEnd } = header;
  const nul = bytes.subarray(start, paddedEnd).indexOf(0);
  const nameEnd = nul === -1 ? paddedEnd : start + nul;
  if (nameEnd > end) throw ambiguous(header.label(), "a name that is longer than its size, expected it to end there");
  if (nameEnd === start) throw ambiguous(header.label(), "an empty name, expected a long one");
  return plainView(bytes, start, nameEnd);
}

// Some programs use the first of two, some the last.
function onlyOne<T>(earlier: T | undefined, later: T, header: Extension): T {
  if (earlier === undefined) return later;
  throw ambiguous(header.label(), "the second of its kind for one entry, expected one");
}

/** The error for what programs read in different ways. */
export function ambiguous(where: string, problem: string): TeuError<TarErrorCode> {
  return new TeuError("ERR_TAR_AMBIGUOUS", `Reading ${where}: ${problem}`, {
    hint: "Programs read such an archive in different ways; make it again with a current program",
  });
}
