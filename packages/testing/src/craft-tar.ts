/**
 * Tar archives made by hand, for tests of what no sane program writes: any field can be anything, only the checksum is
 * right unless the test says otherwise.
 * @module
 */
import { concatBytes } from "@teu/std/bytes";

const BLOCK_BYTES = 512;

/** Fields of a header. Text goes in as UTF-8, numbers as octal digits that fill the field but for a NUL. */
export interface CraftedHeader {
  readonly name?: string | Uint8Array;
  readonly mode?: number | string | Uint8Array;
  readonly uid?: number | string | Uint8Array;
  readonly gid?: number | string | Uint8Array;
  readonly size?: number | string | Uint8Array;
  readonly mtime?: number | string | Uint8Array;
  /** Replaces the right checksum. */
  readonly chksum?: string;
  readonly typeflag?: string;
  readonly linkname?: string | Uint8Array;
  /** Magic and version, eight bytes. Default: those of ustar. */
  readonly magic?: string;
  readonly uname?: string;
  readonly gname?: string;
  readonly devmajor?: number | string | Uint8Array;
  readonly devminor?: number | string | Uint8Array;
  readonly prefix?: string | Uint8Array;
  /** Bytes put at places of the block after all fields. */
  readonly raw?: Readonly<Record<number, string | Uint8Array>>;
}

/** Magic and version of GNU tar. */
export const GNU_MAGIC = "ustar  \0";

const PLACES = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  chksum: [148, 8],
  typeflag: [156, 1],
  linkname: [157, 100],
  magic: [257, 8],
  uname: [265, 32],
  gname: [297, 32],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
} as const;

const DEFAULTS = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, typeflag: "0", magic: "ustar\u000000" } as const;

/** Makes one header block. */
export function tarHeader(fields: CraftedHeader): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const values: Readonly<Record<string, unknown>> = { ...DEFAULTS, ...fields };
  for (const [field, [start, length]] of Object.entries(PLACES)) {
    const value = values[field] as string | number | Uint8Array | undefined;
    if (value !== undefined) block.set(toField(value, length), start);
  }
  for (const [at, bytes] of Object.entries(fields.raw ?? {})) block.set(toBytes(bytes), Number(at));
  if (fields.chksum === undefined) block.set(checksum(block), PLACES.chksum[0]);
  return block;
}

function toField(value: string | number | Uint8Array, length: number): Uint8Array {
  return toBytes(typeof value === "number" ? value.toString(8).padStart(length - 1, "0") : value);
}

function checksum(block: Uint8Array): Uint8Array {
  const [start, length] = PLACES.chksum;
  block.fill(0x20, start, start + length);
  const sum = block.reduce((total, byte) => total + byte, 0);
  return toBytes(`${sum.toString(8).padStart(6, "0")}\0 `);
}

/** Pads content to whole blocks. */
export function tarContent(content: string | Uint8Array): Uint8Array {
  const bytes = toBytes(content);
  return concatBytes([bytes, new Uint8Array((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES)]);
}

/** A header with content of its size. */
export function tarFile(fields: CraftedHeader, content: string | Uint8Array): Uint8Array {
  return concatBytes([tarHeader({ size: toBytes(content).length, ...fields }), tarContent(content)]);
}

/** A PAX header with its records in order; `typeflag` g makes it global. */
export function tarPax(records: readonly (readonly [string, string | Uint8Array])[], typeflag = "x"): Uint8Array {
  return tarFile({ name: "PaxHeader", typeflag }, concatBytes(records.map(([key, value]) => paxRecord(key, value))));
}

/** One PAX record with its length. */
export function paxRecord(key: string, value: string | Uint8Array): Uint8Array {
  const rest = concatBytes([toBytes(` ${key}=`), toBytes(value), toBytes("\n")]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return concatBytes([toBytes(String(length)), rest]);
}

/** A GNU long name (typeflag L) or long link (K). */
export function tarLong(typeflag: "L" | "K", name: string): Uint8Array {
  return tarFile({ name: "././@LongLink", typeflag, magic: GNU_MAGIC }, `${name}\0`);
}

/** The parts and the two blocks of zeros that end an archive. */
export function tarArchive(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes([...parts, new Uint8Array(2 * BLOCK_BYTES)]);
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}
