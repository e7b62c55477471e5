/**
 * Tables of contents, as eStargz and zstd:chunked have them: what an archive's headers say, and where contents are.
 * @see {@link https://github.com/containerd/stargz-snapshotter/blob/v0.17.0/docs/estargz.md#toc-tocentries-and-footer}
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import type { EntryType, TarEntry } from "@teu/tar/entry";

/** An entry of a table: of a file in the archive, or of a further chunk of the file before it. */
export interface TocEntry {
  readonly type: string;
  readonly name: string;
  readonly linkName?: string;
  readonly mode?: number;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** RFC 3339. */
  readonly modtime?: string;
  readonly devMajor?: number;
  readonly devMinor?: number;
  /** Values in base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
  digest?: Digest;
  /** Where the compressed content begins in the layer. */
  offset?: number;
  /** zstd:chunked: where it ends. */
  endOffset?: number;
  chunkSize?: number;
  chunkOffset?: number;
  chunkDigest?: Digest;
}

const TYPES: ReadonlyMap<EntryType, string> = new Map([
  ["file", "reg"],
  ["hard-link", "hardlink"],
  ["symlink", "symlink"],
  ["character-device", "char"],
  ["block-device", "block"],
  ["directory", "dir"],
  ["fifo", "fifo"],
]);

/** What a table says of an entry, but for where its content is. Fields that are zero or empty are left out. */
export function tocEntryOf(entry: TarEntry, { fractions }: { readonly fractions: boolean }): TocEntry {
  const { mode, uid, gid, size, deviceMajor, deviceMinor, xattrs, type } = entry;
  const linkName = entry.linknameText ?? "";
  const modtime = timeText(entry.mtime.seconds, fractions ? entry.mtime.nanoseconds : 0);
  return {
    type: TYPES.get(type) ?? "reg",
    name: entry.nameText ?? "",
    ...(linkName === "" ? {} : { linkName }),
    ...nonZero({ mode, size: type === "file" ? size : 0, uid, gid }),
    ...(modtime === undefined ? {} : { modtime }),
    ...nonZero({ devMajor: deviceMajor, devMinor: deviceMinor }),
    ...(xattrs.size === 0 ? {} : { xattrs: inBase64(xattrs) }),
  };
}

function nonZero(fields: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0));
}

function inBase64(xattrs: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> {
  return Object.fromEntries([...xattrs].map(([name, value]) => [name, Buffer.from(value).toString("base64")]));
}

const LATEST = 253_402_300_799;

/** Nothing for a time that RFC 3339 has no text for. */
function timeText(seconds: number, nanoseconds: number): string | undefined {
  if (seconds < 0 || seconds > LATEST) return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = nanoseconds === 0 ? "" : `.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
  return `${whole}${fraction}Z`;
}

/** A chunk of a file that has been written. */
export interface WrittenChunk {
  readonly offset: number;
  readonly chunkOffset: number;
  readonly size: number;
  readonly digest: Digest;
}
