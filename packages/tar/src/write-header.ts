/**
 * The headers of a new entry: ustar, with a PAX extended header in front where ustar has no room. The same entry gives the
 * same bytes, always.
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import type { EntryType } from "./entry.ts";
import type { TarErrorCode } from "./errors.ts";
import { BLOCK_BYTES, FIELD, type HeaderField, padded } from "./header.ts";
import { type TarTime, formatTime } from "./numbers.ts";
import { formatPax } from "./pax.ts";
import { decodeText, displayText, isAscii, toBytes } from "./text.ts";
import { XATTR_PREFIX } from "./xattrs.ts";

/** A new entry. Every `TarEntry` that was read is one too, but for the types that the writer does not write. */
export interface NewEntry {
  /** Path, relative and with slashes. A directory gets a slash at its end if it has none. */
  readonly name: string | Uint8Array;
  /** Default: `file`. */
  readonly type?: EntryType;
  /** Permissions, 0 to 0o7777. Default: 0o755 for a directory, 0o644 for others. */
  readonly mode?: number;
  /** Default: 0. */
  readonly uid?: number;
  /** Default: 0. */
  readonly gid?: number;
  readonly uname?: string | Uint8Array;
  readonly gname?: string | Uint8Array;
  /** Length of the content in bytes; only files have any. Default: 0. */
  readonly size?: number;
  /** Default: 1970-01-01T00:00:00Z. */
  readonly mtime?: TarTime;
  /** Target of a symlink, or for a hard link the name of the earlier entry. */
  readonly linkname?: string | Uint8Array;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Further PAX records to keep, such as `atime`. Those that say what a field above says are left out. */
  readonly pax?: ReadonlyMap<string, Uint8Array>;
}

const TYPEFLAGS: ReadonlyMap<EntryType, number> = new Map([
  ["file", 0x30],
  ["hard-link", 0x31],
  ["symlink", 0x32],
  ["character-device", 0x33],
  ["block-device", 0x34],
  ["directory", 0x35],
  ["fifo", 0x36],
]);

const PAX_TYPEFLAG = 0x78;
const PAX_HEADER: NewEntry = { name: "././@PaxHeader" };
const SLASH = 0x2f;
const EQUALS_OR_NUL = /[=\0]/;

/**
 * Writes the headers of an entry, whole blocks.
 * @throws TeuError `ERR_TAR_UNWRITABLE` if a value cannot be written.
 */
export function formatHeader(entry: NewEntry): Uint8Array {
  const draft = new HeaderDraft(entry);
  draft.putFields();
  if (draft.records.size === 0) return draft.finish();
  const body = formatPax(sortedRecords(draft.records));
  const front = new HeaderDraft({ ...PAX_HEADER, size: body.length });
  front.putFields();
  return concatBytes([
    front.finish(PAX_TYPEFLAG),
    body,
    new Uint8Array(padded(body.length) - body.length),
    draft.finish(),
  ]);
}

function sortedRecords(records: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The type of a new entry. */
export function typeOf(entry: NewEntry): EntryType {
  return entry.type ?? "file";
}

/** A header block in the making, and the records for what does not fit into it. */
class HeaderDraft {
  readonly records = new Map<string, Uint8Array>();
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #entry: NewEntry;
  readonly #name: Uint8Array;

  constructor(entry: NewEntry) {
    this.#entry = entry;
    this.#name = this.#pathOf(entry);
  }

  putFields(): void {
    const entry = this.#entry;
    const type = typeOf(entry);
    const isDevice = type === "character-device" || type === "block-device";
    this.#putName();
    this.#putNumber(FIELD.mode, entry.mode ?? (type === "directory" ? 0o755 : 0o644));
    this.#putNumber(FIELD.uid, entry.uid ?? 0, "uid");
    this.#putNumber(FIELD.gid, entry.gid ?? 0, "gid");
    this.#putNumber(FIELD.size, this.#checkedSize(type), "size");
    this.#putTime(entry.mtime ?? { seconds: 0, nanoseconds: 0 });
    this.#putLink(type);
    this.#putText(FIELD.uname, entry.uname ?? "", "uname");
    this.#putText(FIELD.gname, entry.gname ?? "", "gname");
    this.#putNumber(FIELD.devmajor, isDevice ? (entry.deviceMajor ?? 0) : 0, "SCHILY.devmajor");
    this.#putNumber(FIELD.devminor, isDevice ? (entry.deviceMinor ?? 0) : 0, "SCHILY.devminor");
    this.#putXattrs();
    this.#putRecords();
  }

  /** Completes the block. */
  finish(typeflag: number | undefined = TYPEFLAGS.get(typeOf(this.#entry))): Uint8Array {
    const block = this.#block;
    if (typeflag === undefined) throw this.#unwritable(`type ${typeOf(this.#entry)}`, "one that POSIX has");
    block[FIELD.typeflag.start] = typeflag;
    block.set(MAGIC, FIELD.magic.start);
    block.fill(SPACE, FIELD.chksum.start, FIELD.chksum.end);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(toBytes(`${sum.toString(8).padStart(6, "0")}\0`), FIELD.chksum.start);
    return block;
  }

  #pathOf({ name }: NewEntry): Uint8Array {
    const path = toBytes(name);
    const slashed = path.at(-1) === SLASH;
    if (typeOf(this.#entry) === "directory") return slashed ? path : concatBytes([path, Uint8Array.of(SLASH)]);
    if (slashed) throw unwritable(path, "a slash at the end of its name", "one for a directory only");
    return path;
  }

  #putName(): void {
    const name = this.#name;
    if (toBytes(this.#entry.name).length === 0 || name.includes(0)) {
      throw this.#unwritable("an empty name or a NUL in it", "neither");
    }
    this.#checkText(this.#entry.name, FIELD.name);
    const split = splitName(name);
    if (split === undefined) this.#block.set(name.subarray(0, NAME_BYTES), FIELD.name.start);
    else {
      this.#block.set(name.subarray(0, Math.max(0, split - 1)), FIELD.prefix.start);
      this.#block.set(name.subarray(split), FIELD.name.start);
    }
    if (split === undefined || isForeignText(name)) this.records.set("path", name);
  }

  #checkedSize(type: EntryType): number {
    const size = this.#entry.size ?? 0;
    if (size !== 0 && type !== "file") throw this.#unwritable(`a ${type} of ${size} bytes`, "content for files only");
    return size;
  }

  #putLink(type: EntryType): void {
    const linkname = toBytes(this.#entry.linkname ?? "");
    const isLink = type === "hard-link" || type === "symlink";
    if (isLink !== linkname.length > 0) {
      throw this.#unwritable(`a ${type} with a link target of ${linkname.length} bytes`, "one for links only");
    }
    const field = FIELD.linkname;
    this.#putText(field, this.#entry.linkname ?? "", "linkpath", field.end - field.start);
  }

  #putText(field: HeaderField, text: string | Uint8Array, key: string, max = field.end - field.start - 1): void {
    const bytes = toBytes(text);
    if (bytes.includes(0)) throw this.#unwritable(`a NUL in its ${field.name}`, "none");
    this.#checkText(text, field);
    this.#block.set(bytes.subarray(0, max), field.start);
    if (bytes.length > max || isForeignText(bytes)) this.records.set(key, bytes);
  }

  // Half a surrogate pair would be written as another character.
  #checkText(text: string | Uint8Array, field: HeaderField): void {
    if (typeof text === "string" && !text.isWellFormed()) {
      throw this.#unwritable(`half a surrogate pair in its ${field.name}`, "text, or bytes");
    }
  }

  #putNumber(field: HeaderField, value: number, key?: string): void {
    const digits = field.end - field.start - 1;
    const max = 8 ** digits - 1;
    if (!Number.isSafeInteger(value) || value < 0 || (key === undefined && value > PERMISSION_BITS)) {
      throw this.#unwritable(`${field.name} ${value}`, key === undefined ? "0 to 0o7777" : "a whole number");
    }
    if (key !== undefined && value > max) this.records.set(key, toBytes(String(value)));
    this.#putOctal(field, Math.min(value, max));
  }

  #putOctal(field: HeaderField, value: number): void {
    const digits = field.end - field.start - 1;
    this.#block.set(toBytes(value.toString(8).padStart(digits, "0")), field.start);
  }

  #putTime(time: TarTime): void {
    const { seconds, nanoseconds } = time;
    if (
      !Number.isSafeInteger(seconds) ||
      !Number.isInteger(nanoseconds) ||
      nanoseconds < 0 ||
      nanoseconds > 999_999_999
    ) {
      throw this.#unwritable(`mtime ${seconds} s ${nanoseconds} ns`, "whole seconds and 0 to 999999999 nanoseconds");
    }
    const whole = Math.min(Math.max(0, seconds), MAX_HEADER_TIME);
    if (nanoseconds !== 0 || whole !== seconds) this.records.set("mtime", toBytes(formatTime(time)));
    this.#putOctal(FIELD.mtime, whole);
  }

  #putXattrs(): void {
    for (const [name, value] of this.#entry.xattrs ?? []) this.#putRecord(XATTR_PREFIX + name, value);
  }

  #putRecords(): void {
    const own = [...this.records.keys()];
    for (const [key, value] of this.#entry.pax ?? []) if (!OWN_RECORDS.test(key)) this.#putRecord(key, value);
    const isText = own.every(
      (key) => !NAME_RECORDS.has(key) || decodeText(this.records.get(key) ?? NO_BYTES) !== undefined,
    );
    if (!isText) this.records.set("hdrcharset", toBytes("BINARY"));
  }

  #putRecord(key: string, value: Uint8Array): void {
    if (key === "" || key === XATTR_PREFIX || EQUALS_OR_NUL.test(key)) {
      throw this.#unwritable(`record "${key}"`, "a key without equals sign or NUL");
    }
    this.records.set(key, value);
  }

  #unwritable(actual: string, expected: string): TeuError<TarErrorCode> {
    return unwritable(this.#name, actual, expected);
  }
}

const SPACE = 0x20;
const MAGIC = toBytes("ustar\u000000");
const PERMISSION_BITS = 0o7777;
const NAME_BYTES = FIELD.name.end - FIELD.name.start;
const PREFIX_BYTES = FIELD.prefix.end - FIELD.prefix.start;
const MAX_HEADER_TIME = 8 ** 11 - 1;
const NO_BYTES = new Uint8Array(0);
const NAME_RECORDS: ReadonlySet<string> = new Set(["path", "linkpath", "uname", "gname"]);

// Records whose meaning a field of the entry has, or that describe how the entry was stored where it came from.
const OWN_RECORDS =
  /^(?:path|linkpath|size|uid|gid|uname|gname|mtime|charset|hdrcharset|(?:SCHILY|LIBARCHIVE)\.xattr\..*|SCHILY\.dev(?:major|minor)|GNU\.(?:sparse|volume)\..*)$/s;

/** Text outside ASCII, of which a PAX record tells that it is UTF-8; bytes that are no text stand in the header as they are. */
function isForeignText(bytes: Uint8Array): boolean {
  return !isAscii(bytes) && decodeText(bytes) !== undefined;
}

/** Where the name behind the prefix starts, so that both fit; 0 if it needs no prefix; undefined if they do not. */
function splitName(name: Uint8Array): number | undefined {
  if (name.length <= NAME_BYTES) return 0;
  const slash = name.lastIndexOf(SLASH, Math.min(PREFIX_BYTES, name.length - 2));
  return slash > 0 && name.length - slash - 1 <= NAME_BYTES ? slash + 1 : undefined;
}

function unwritable(name: Uint8Array, actual: string, expected: string): TeuError<TarErrorCode> {
  const shown = displayText(name.subarray(0, 200));
  return new TeuError("ERR_TAR_UNWRITABLE", `Writing tar entry "${shown}": ${actual}, expected ${expected}`);
}
