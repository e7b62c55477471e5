/**
 * Makes entries of a header and the extensions in front of it, in two steps: a sparse file's map may stand between its
 * header and its data.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type EntryNames, type EntryOffsets, type EntryType, TarEntry } from "../entry.ts";
import type { TarErrorCode } from "../errors.ts";
import { BLOCK_BYTES, FIELD, type HeaderBlock, type HeaderField, labelEntry, wrongNumber } from "../header.ts";
import type { TarLimits } from "../limits.ts";
import { type TarTime, readDecimal, readTime } from "../numbers.ts";
import { SparseMap, hasPaxSparse, readHeaderMap, readPaxSparse } from "../sparse.ts";
import { NO_XATTRS, readXattrs } from "../xattrs.ts";
import { type Extensions, NO_PAX, ambiguous } from "./extensions.ts";

// A label costs more than reading the entry, so it is made for errors only.
type Where = () => string;

/** Where the rest of a sparse file's map is. */
export type MapRest = "none" | "blocks" | "data";

/** An entry before its sparse map is complete. */
export interface EntryDraft {
  readonly block: HeaderBlock;
  readonly extensions: Extensions | undefined;
  readonly names: EntryNames;
  readonly type: EntryType;
  /** Bytes behind the header that belong to the entry, a map in front of the data included, padding not. */
  readonly storedSize: number;
  readonly sparse: DraftSparse | undefined;
}

interface DraftSparse {
  readonly map: SparseMap;
  readonly realSize: number;
  readonly mapRest: MapRest;
}

const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0x00, "file"],
  [0x30, "file"],
  [0x31, "hard-link"],
  [0x32, "symlink"],
  [0x33, "character-device"],
  [0x34, "block-device"],
  [0x35, "directory"],
  [0x36, "fifo"],
  [0x37, "file"],
  [0x44, "dumpdir"],
  [0x53, "file"],
  [0x56, "volume-label"],
]);

const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x4d, "the continuation of a file of another volume, expected an archive of one volume"],
  [0x58, "an extended header of Solaris, expected one of POSIX"],
]);

const WITH_CONTENT: ReadonlySet<EntryType> = new Set(["file", "dumpdir", "unknown"]);
const OLD_GNU_SPARSE = 0x53;
const PERMISSION_BITS = 0o7777;
const SLASH = 0x2f;

/** Reads a header with its extensions. @throws TeuError for every code of the reader but that of truncation. */
export function draftEntry(block: HeaderBlock, extensions: Extensions | undefined, limits: TarLimits): EntryDraft {
  const names = pickNames(block, extensions);
  const where = (): string => labelEntry(names.name ?? block.name(), block.offset);
  refuse(block, extensions, where);
  const type = pickType(block, names);
  const sparse = draftSparse(block, extensions, () => new SparseMap(limits, where()));
  const storedSize = framedSize({ block, extensions, type, where });
  if (sparse !== undefined && type !== "file") throw sparse.map.error(`a ${type}, expected a file`);
  return { block, extensions, names, type, storedSize, sparse };
}

function pickNames(block: HeaderBlock, extensions: Extensions | undefined): EntryNames {
  if (extensions === undefined) return NO_NAMES;
  const { pax, longName, longLink } = extensions;
  const path = pax.get("GNU.sparse.name") ?? pax.get("path");
  return {
    name: sameName(path, longName, block),
    linkname: sameName(pax.get("linkpath"), longLink, block),
  };
}

const NO_NAMES: EntryNames = { name: undefined, linkname: undefined };

// Of two different names, some programs use the one, some the other.
function sameName(
  pax: Uint8Array | undefined,
  gnu: Uint8Array | undefined,
  block: HeaderBlock,
): Uint8Array | undefined {
  if (pax === undefined || gnu === undefined || Buffer.compare(pax, gnu) === 0) return pax ?? gnu;
  throw ambiguous(labelEntry(pax, block.offset), "another name in its GNU header than in its PAX header, expected one");
}

function refuse(block: HeaderBlock, extensions: Extensions | undefined, where: Where): void {
  const reason = REFUSED.get(block.typeflag);
  if (reason !== undefined) throw unsupported(where, reason);
  if (extensions?.pax.has("GNU.volume.offset") === true)
    throw unsupported(where, "a part of a file, expected a whole one");
  if (block.typeflag === OLD_GNU_SPARSE && block.format !== "gnu") {
    throw unsupported(where, `a sparse file in a ${block.format} header, expected a GNU one`);
  }
  if (block.hasOddPrefix())
    throw ambiguous(where(), `text in the place of the prefix, expected none in a ${block.format} header`);
}

function unsupported(where: Where, problem: string): TeuError<TarErrorCode> {
  return new TeuError("ERR_TAR_UNSUPPORTED", `Reading ${where()}: ${problem}`);
}

/** Old programs mark a directory by a slash at the end of its name only. */
function pickType(block: HeaderBlock, names: EntryNames): EntryType {
  const type = TYPES.get(block.typeflag) ?? "unknown";
  if (type !== "file" || block.typeflag === OLD_GNU_SPARSE) return type;
  const last = names.name === undefined ? block.lastOfName() : names.name.at(-1);
  return last === SLASH ? "directory" : "file";
}

function draftSparse(
  block: HeaderBlock,
  extensions: Extensions | undefined,
  newMap: () => SparseMap,
): DraftSparse | undefined {
  const records = extensions?.records;
  const isOld = block.typeflag === OLD_GNU_SPARSE;
  if (!isOld && (records === undefined || !hasPaxSparse(records))) return undefined;
  const map = newMap();
  const pax = records === undefined ? undefined : readPaxSparse(map, records);
  if (!isOld) {
    return pax === undefined
      ? undefined
      : { map, realSize: pax.realSize, mapRest: pax.mapIn === "data" ? "data" : "none" };
  }
  if (pax !== undefined) throw map.error("one in its header and one in PAX records, expected one");
  const more = readHeaderMap(map, block.bytes, block.at);
  return { map, realSize: block.number(FIELD.gnuRealSize), mapRest: more ? "blocks" : "none" };
}

interface Framing {
  readonly block: HeaderBlock;
  readonly extensions: Extensions | undefined;
  readonly type: EntryType;
  readonly where: Where;
}

/** How many bytes follow the header. Programs differ where a type without content has a size, but for old hard links. */
function framedSize({ block, extensions, type, where }: Framing): number {
  const size = paxNumber(extensions, "size", where) ?? block.number(FIELD.size);
  if (!Number.isSafeInteger(block.offset + size + 2 * BLOCK_BYTES)) throw wrongNumber(`${where()}: size`, size);
  if (size === 0 || WITH_CONTENT.has(type)) return size;
  if (type === "hard-link" && extensions?.records === undefined) return 0;
  throw ambiguous(where(), `a ${type} with a size of ${size}, expected 0`);
}

/** Completes an entry. @param dataOffset Where its data starts. */
export function finishEntry(draft: EntryDraft, dataOffset: number): TarEntry {
  const { block, extensions, names, type, sparse } = draft;
  const where = (): string => labelEntry(names.name ?? block.name(), block.offset);
  const pax = extensions?.pax ?? NO_PAX;
  const mapBytes = sparse?.mapRest === "data" ? dataOffset - block.offset - BLOCK_BYTES : 0;
  const storedSize = draft.storedSize - mapBytes;
  const isDevice = type === "character-device" || type === "block-device";
  const values = {
    type,
    typeflag: block.typeflag,
    format: extensions?.records === undefined ? block.format : ("pax" as const),
    mode: block.number(FIELD.mode) & PERMISSION_BITS,
    uid: pickNumber(draft, FIELD.uid, "uid"),
    gid: pickNumber(draft, FIELD.gid, "gid"),
    size: sparse?.realSize ?? storedSize,
    storedSize,
    mtime: readMtime(block, extensions, where),
    deviceMajor: isDevice ? pickNumber(draft, FIELD.devmajor, "SCHILY.devmajor") : 0,
    deviceMinor: isDevice ? pickNumber(draft, FIELD.devminor, "SCHILY.devminor") : 0,
    sparse: sparse?.map.finish(sparse.realSize, storedSize),
    pax,
    xattrs: pax.size === 0 ? NO_XATTRS : readXattrs(pax, where()),
    offsets: placeOf(draft, dataOffset, storedSize),
  };
  return new TarEntry(values, names, block);
}

/** `bytes` up to the next block. */
export function padded(bytes: number): number {
  const over = bytes % BLOCK_BYTES;
  return over === 0 ? bytes : bytes + BLOCK_BYTES - over;
}

function placeOf({ block, extensions }: EntryDraft, data: number, storedSize: number): EntryOffsets {
  return { start: extensions?.start ?? block.offset, header: block.offset, data, end: data + padded(storedSize) };
}

function pickNumber({ block, extensions }: EntryDraft, field: HeaderField, key: string): number {
  return paxNumber(extensions, key, () => block.label()) ?? block.number(field);
}

function paxNumber(extensions: Extensions | undefined, key: string, where: Where): number | undefined {
  const value = extensions?.pax.get(key);
  if (value === undefined) return undefined;
  const number = readDecimal(value, 0, value.length);
  if (Number.isSafeInteger(number)) return number;
  throw wrongNumber(`${where()}: PAX ${key}`, number);
}

function readMtime(block: HeaderBlock, extensions: Extensions | undefined, where: Where): TarTime {
  const value = extensions?.pax.get("mtime");
  if (value === undefined) return { seconds: block.number(FIELD.mtime, -Number.MAX_SAFE_INTEGER), nanoseconds: 0 };
  const time = readTime(value);
  if (Number.isSafeInteger(time.seconds)) return time;
  throw wrongNumber(`${where()}: PAX mtime`, time.seconds, -Number.MAX_SAFE_INTEGER);
}
