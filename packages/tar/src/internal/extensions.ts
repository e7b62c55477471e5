/**
 * The headers in front of an entry's own: GNU long names, PAX records of one entry and of all that follow. They apply to
 * the next entry, never to one another: an archive whose PAX size changed the length of a long name would show some
 * programs members that others do not see.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "../errors.ts";
import { FIELD, type HeaderBlock } from "../header.ts";
import { type TarLimits, checkLimit } from "../limits.ts";
import { type PaxRecord, parsePax } from "../pax.ts";
import { isXattr, readXattrs } from "../xattrs.ts";

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

/** An extension with its body. */
export class Extension {
  readonly kind: ExtensionKind;
  /** Where its header starts in the archive. */
  readonly offset: number;
  readonly body: Uint8Array;

  constructor(kind: ExtensionKind, offset: number, bodyBytes: number) {
    this.kind = kind;
    this.offset = offset;
    this.body = new Uint8Array(bodyBytes);
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
  /** The records that count, global ones included, without those that are empty. */
  readonly pax: ReadonlyMap<string, Uint8Array>;
  /** The extended attributes among them. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Where the first of the headers starts, undefined if there is none. */
  readonly start: number | undefined;
}

type PaxMap = ReadonlyMap<string, Uint8Array>;

/** No records. */
export const NO_PAX: PaxMap = new Map<string, Uint8Array>();

// What a record costs in memory beside its bytes, so that many small ones count.
const RECORD_COST = 64;

// Programs differ on whether these count in a global header, so they would show different names and contents.
const NOT_GLOBAL = /^(?:path|linkpath|size|GNU\.sparse\..*)$/s;
const NAME_KEYS: ReadonlySet<string> = new Set(["path", "linkpath", "uname", "gname", "GNU.sparse.name"]);

/** Collects extensions until an entry takes them. */
export class ExtensionCollector {
  readonly #limits: TarLimits;
  readonly #useGlobals: boolean;
  #globals: PaxMap = NO_PAX;
  #globalXattrs: PaxMap = NO_PAX;
  #longName: Uint8Array | undefined;
  #longLink: Uint8Array | undefined;
  #records: readonly PaxRecord[] | undefined;
  #start: number | undefined;
  #count = 0;

  constructor(limits: TarLimits, useGlobals: boolean) {
    this.#limits = limits;
    this.#useGlobals = useGlobals;
  }

  /** Where the extensions that wait for their entry start, undefined if there are none. */
  get pendingSince(): number | undefined {
    return this.#start;
  }

  /** Begins an extension, whose body is to be read into its `body`. */
  begin(kind: ExtensionKind, block: HeaderBlock): Extension {
    this.#count += 1;
    checkLimit(this.#limits, "maxExtensionHeaders", this.#count, block);
    const size = block.number(FIELD.size);
    if (kind === "pax" || kind === "global-pax") checkLimit(this.#limits, "maxPaxBytes", size, block);
    else checkLimit(this.#limits, "maxNameBytes", size - 1, block);
    return new Extension(kind, block.offset, size);
  }

  /** Takes an extension whose body has been read. */
  add(extension: Extension): void {
    const { kind, body } = extension;
    if (kind === "global-pax") {
      this.#addGlobals(parsePax(body, extension), extension);
      return;
    }
    this.#start ??= extension.offset;
    if (kind === "pax") {
      this.#records = onlyOne(this.#records, this.#checked(parsePax(body, extension), extension), extension);
    } else if (kind === "long-name") this.#longName = onlyOne(this.#longName, longName(extension), extension);
    else this.#longLink = onlyOne(this.#longLink, longName(extension), extension);
  }

  /** Gives what was collected to the entry of a header. */
  take(block: HeaderBlock): Extensions | undefined {
    this.#count = 0;
    if (this.#start === undefined && this.#globals.size === 0) return undefined;
    const records = this.#records;
    const pax = records === undefined ? this.#globals : withRecords(this.#globals, records);
    const xattrs = records?.some(isXattr) === true ? readXattrs(pax, block) : this.#globalXattrs;
    const extensions = { longName: this.#longName, longLink: this.#longLink, records, pax, xattrs, start: this.#start };
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#records = undefined;
    this.#start = undefined;
    return extensions;
  }

  #addGlobals(records: readonly PaxRecord[], header: Extension): void {
    const odd = records.find((record) => NOT_GLOBAL.test(record.key));
    if (odd !== undefined) {
      throw ambiguous(header.label(), `a global record "${odd.key}", expected it in front of one entry only`);
    }
    if (!this.#useGlobals) return;
    this.#globals = withRecords(this.#globals, this.#checked(records, header));
    this.#globalXattrs = readXattrs(this.#globals, header);
    let bytes = 0;
    for (const [key, value] of this.#globals) bytes += RECORD_COST + key.length + value.length;
    checkLimit(this.#limits, "maxGlobalPaxBytes", bytes, header);
  }

  #checked(records: readonly PaxRecord[], header: Extension): readonly PaxRecord[] {
    for (const { key, value } of records) {
      if (!NAME_KEYS.has(key)) continue;
      checkLimit(this.#limits, "maxNameBytes", value.length, header);
      if (value.includes(0)) {
        throw new TeuError<TarErrorCode>("ERR_TAR_PAX", `Reading ${header.label()}: a NUL in "${key}", expected none`);
      }
    }
    return records;
  }
}

function withRecords(globals: PaxMap, records: readonly PaxRecord[]): PaxMap {
  const merged = globals.size === 0 ? new Map<string, Uint8Array>() : new Map(globals);
  for (const { key, value } of records) {
    // An attribute may be empty, and every program reads it so.
    if (value.length === 0 && !isXattr({ key })) merged.delete(key);
    else merged.set(key, value);
  }
  return merged;
}

function longName(header: Extension): Uint8Array {
  const { body } = header;
  const nul = body.indexOf(0);
  const name = nul === -1 ? body : body.subarray(0, nul);
  if (name.length === 0) throw ambiguous(header.label(), "an empty name, expected a long one");
  return name;
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
