/**
 * Makes entries of a header and the extensions in front of it, in two steps: a sparse file's map may stand between its
 * header and its data. Every entry passes here, so common ones take no detour: no closures, no methods of their own.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type EntryOffsets, type EntrySource, type EntryType, TarEntry } from "../entry.ts";
import type { TarErrorCode } from "../errors.ts";
import {
  BLOCK_BYTES,
  FIELD,
  type HeaderBlock,
  type HeaderField,
  checkDevice,
  labelEntry,
  lastOfName,
  padded,
  wrongNumber,
} from "../header.ts";
import type { TarLimits } from "../limits.ts";
import type { TarTime } from "../numbers.ts";
import { hasPaxSparse } from "../sparse.ts";
import { nameOf } from "../text.ts";
import { type Extensions, ambiguous, findRecord, findValue } from "./extensions.ts";
import type { OwnerMemory } from "./owner-memory.ts";
import { SparseDraft } from "./sparse-draft.ts";

/** An entry whose sparse map may not be complete. */
export interface EntryDraft extends EntrySource {
  readonly block: HeaderBlock;
  readonly type: EntryType;
  /** Bytes behind the header that belong to the entry, a map in front of the data included, padding not. */
  readonly framedSize: number;
  readonly sparse: SparseDraft | undefined;
}

/** What a header is read with. */
export interface DraftContext {
  readonly limits: TarLimits;
  readonly owners: OwnerMemory;
}

/** Whether what follows a header may be needed to understand it, so that it has to be kept. */
export function mayBeSparse(typeflag: number, extensions: Extensions | undefined): boolean {
  return typeflag === OLD_GNU_SPARSE || extensions?.records !== undefined;
}

/** Reads a header with its extensions. @throws TeuError for every code of the reader but that of truncation. */
export function draftEntry(
  block: HeaderBlock,
  extensions: Extensions | undefined,
  { limits, owners }: DraftContext,
): EntryDraft {
  const longName = extensions === undefined ? undefined : pickName(block, extensions);
  const longLink = extensions === undefined ? undefined : pickLinkname(block, extensions);
  refuse(block, extensions);
  const type = pickType(block, longName);
  const framedSize = readSize(block, extensions, type);
  const isSparse = block.typeflag === OLD_GNU_SPARSE || isPaxSparse(extensions);
  const sparse = isSparse
    ? new SparseDraft({ block, records: extensions?.records, type, framedSize, limits })
    : undefined;
  return {
    block,
    extensions,
    name: longName === undefined ? block.name() : nameOf(longName),
    linkname: isLink(type) ? (longLink === undefined ? block.text(FIELD.linkname) : nameOf(longLink)) : "",
    owners: owners.read(block),
    type,
    framedSize,
    sparse,
  };
}

/** Completes an entry. @param dataOffset Where its data starts. */
export function finishEntry(draft: EntryDraft, dataOffset: number): TarEntry {
  const { block, extensions, sparse, type } = draft;
  const storedSize = sparse?.storedSize ?? draft.framedSize;
  const isDevice = type === "character-device" || type === "block-device";
  if (!isDevice) checkDevice(block);
  const values = {
    type,
    typeflag: block.typeflag,
    format: extensions?.records === undefined ? block.format : ("pax" as const),
    mode: block.number(FIELD.mode) & PERMISSION_BITS,
    uid: readNumber(block, extensions, FIELD.uid),
    gid: readNumber(block, extensions, FIELD.gid),
    size: sparse?.realSize ?? storedSize,
    storedSize,
    mtime: readMtime(block, extensions),
    deviceMajor: isDevice ? readNumber(block, extensions, FIELD.devmajor) : 0,
    deviceMinor: isDevice ? readNumber(block, extensions, FIELD.devminor) : 0,
    sparse: sparse?.finish(),
    xattrs: extensions?.xattrs ?? NO_XATTRS,
    offsets: placeOf(draft, dataOffset, storedSize),
  };
  return new TarEntry(values, { extensions, name: draft.name, linkname: draft.linkname, owners: draft.owners });
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map<string, Uint8Array>();

function pickName(block: HeaderBlock, extensions: Extensions): Uint8Array | undefined {
  const path = findValue(extensions, "GNU.sparse.name") ?? findValue(extensions, "path");
  return sameName(path, extensions.longName, block);
}

function pickLinkname(block: HeaderBlock, extensions: Extensions): Uint8Array | undefined {
  return sameName(findValue(extensions, "linkpath"), extensions.longLink, block);
}

// Of two different names, some programs use the one, some the other.
function sameName(
  pax: Uint8Array | undefined,
  gnu: Uint8Array | undefined,
  block: HeaderBlock,
): Uint8Array | undefined {
  if (pax === undefined || gnu === undefined || Buffer.compare(pax, gnu) === 0) return pax ?? gnu;
  throw ambiguous(labelEntry(pax, block.offset), "another name in its GNU header than in its PAX header, expected one");
}

const CONTINUATION = 0x4d;
const SOLARIS_PAX = 0x58;
const OLD_GNU_SPARSE = 0x53;
const PERMISSION_BITS = 0o7777;
const SLASH = 0x2f;

function refuse(block: HeaderBlock, extensions: Extensions | undefined): void {
  const isPart = extensions !== undefined && findRecord(extensions, "GNU.volume.offset") !== undefined;
  if (isPart || block.typeflag === CONTINUATION) {
    throw unsupported(block, "a part of a file, the rest of which is in another volume, expected a whole file");
  }
  if (block.typeflag === SOLARIS_PAX) throw unsupported(block, "an extended header of Solaris, expected one of POSIX");
  if (block.hasOddPrefix()) {
    throw ambiguous(block.label(), "text in the place of the prefix, expected none in its format");
  }
}

function unsupported(block: HeaderBlock, problem: string): TeuError<TarErrorCode> {
  return new TeuError("ERR_TAR_UNSUPPORTED", `Reading ${block.label()}: ${problem}`);
}

function isLink(type: EntryType): boolean {
  return type === "symlink" || type === "hard-link";
}

function pickType(block: HeaderBlock, name: Uint8Array | undefined): EntryType {
  switch (block.typeflag) {
    case 0x00:
      return endsWithSlash(block, name) ? "directory" : "file";
    case 0x30:
    case 0x37:
      if (endsWithSlash(block, name)) throw ambiguous(block.label(), "a file with a slash at its end, expected none");
      return "file";
    case 0x31:
      return "hard-link";
    case 0x32:
      return "symlink";
    case 0x33:
      return "character-device";
    case 0x34:
      return "block-device";
    case 0x35:
      return "directory";
    case 0x36:
      return "fifo";
    default:
      return pickGnuType(block.typeflag);
  }
}

// Old programs mark a directory by it only. Behind the type of a file, some programs heed it and some do not.
function endsWithSlash(block: HeaderBlock, name: Uint8Array | undefined): boolean {
  return (name === undefined ? lastOfName(block) : name.at(-1)) === SLASH;
}

function pickGnuType(typeflag: number): EntryType {
  switch (typeflag) {
    case 0x44:
      return "dumpdir";
    case OLD_GNU_SPARSE:
      return "file";
    case 0x56:
      return "volume-label";
    default:
      return "unknown";
  }
}

/** How many bytes follow the header. Programs differ where a type without content has a size, but for old hard links. */
function readSize(block: HeaderBlock, extensions: Extensions | undefined, type: EntryType): number {
  const size = readNumber(block, extensions, FIELD.size);
  if (!Number.isSafeInteger(block.offset + size + 2 * BLOCK_BYTES)) throw wrongNumber(`${block.label()}: size`, size);
  if (size === 0 || type === "file" || type === "dumpdir" || type === "unknown") return size;
  if (type === "hard-link" && extensions?.records === undefined) return 0;
  throw ambiguous(block.label(), `a ${type} with a size of ${size}, expected 0`);
}

function isPaxSparse(extensions: Extensions | undefined): boolean {
  return extensions?.records !== undefined && hasPaxSparse(extensions.records);
}

/** A number of the header, or of the PAX record that has its place. */
function readNumber(block: HeaderBlock, extensions: Extensions | undefined, field: HeaderField): number {
  // Also where a record has its place: programs refuse or end at a header that is malformed.
  const own = block.number(field);
  const record = extensions === undefined ? undefined : findRecord(extensions, field.pax);
  if (record === undefined) return own;
  const number = record.decimal;
  if (Number.isSafeInteger(number)) return number;
  throw wrongNumber(`${block.label()}: PAX ${field.pax}`, number);
}

const MIN_TIME = -Number.MAX_SAFE_INTEGER;

function readMtime(block: HeaderBlock, extensions: Extensions | undefined): TarTime {
  const own = block.number(FIELD.mtime, MIN_TIME);
  const record = extensions === undefined ? undefined : findRecord(extensions, FIELD.mtime.pax);
  if (record === undefined) return { seconds: own, nanoseconds: 0 };
  const { time } = record;
  if (Number.isSafeInteger(time.seconds)) return time;
  throw wrongNumber(`${block.label()}: PAX mtime`, time.seconds, MIN_TIME);
}

function placeOf({ block, extensions }: EntryDraft, data: number, storedSize: number): EntryOffsets {
  return { start: extensions?.start ?? block.offset, header: block.offset, data, end: data + padded(storedSize) };
}
