/**
 * An entry of an archive, as the reader gives it. The writer takes it as it is.
 * @module
 */
import { FIELD, type HeaderBlock, type HeaderField, type TarFormat, labelEntry } from "./header.ts";
import { type Extensions, allRecords, findValue } from "./internal/extensions.ts";
import type { TarTime } from "./numbers.ts";
import type { SparseSegment } from "./sparse.ts";
import { decodeText } from "./text.ts";

export type { SparseSegment, TarFormat, TarTime };

/**
 * What an entry is. `dumpdir` is a directory of a GNU incremental archive, whose content lists its files;
 * `volume-label` names the archive; `unknown` has content that nothing is known about.
 */
export type EntryType =
  | "file"
  | "hard-link"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo"
  | "dumpdir"
  | "volume-label"
  | "unknown";

/** Where an entry lies in its archive, in bytes from the archive's start. */
export interface EntryOffsets {
  /** The first header that belongs to it alone: that of a long name, a PAX header, or its own. */
  readonly start: number;
  /** Its own header. */
  readonly header: number;
  /** Its content as stored, {@link TarEntry.storedSize} bytes; for a sparse file of PAX 1.0 that is behind the map. */
  readonly data: number;
  /** The block behind its content and padding. */
  readonly end: number;
}

/** Where a {@link TarEntry} finds what it reads when somebody asks. */
export interface EntrySource {
  readonly block: HeaderBlock;
  readonly extensions: Extensions | undefined;
  /** The names that extensions give it instead of its header's. */
  readonly name: Uint8Array | undefined;
  readonly linkname: Uint8Array | undefined;
}

/** The values that a {@link TarEntry} holds as they are. */
export interface EntryValues {
  readonly type: EntryType;
  /** The type as the header has it, a byte. */
  readonly typeflag: number;
  readonly format: TarFormat;
  /** Permissions with set-user-id, set-group-id and sticky bits: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Length of the content in bytes, holes of a sparse file included. */
  readonly size: number;
  /** Length of the content as stored. It differs from `size` for sparse files only. */
  readonly storedSize: number;
  readonly mtime: TarTime;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** Where the data of a sparse file is, in order; undefined for other files. */
  readonly sparse: readonly SparseSegment[] | undefined;
  /** Extended attributes by name. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly offsets: EntryOffsets;
}

const NO_BYTES = new Uint8Array(0);

/**
 * An entry of an archive. It keeps no chunk of the archive alive. Names are bytes, as archives have them; each has a
 * view as text, undefined where it is not UTF-8. Bytes are views of memory that entries share, so do not write to them.
 */
export class TarEntry implements EntryValues {
  readonly type: EntryType;
  readonly typeflag: number;
  readonly format: TarFormat;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly storedSize: number;
  readonly mtime: TarTime;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly sparse: readonly SparseSegment[] | undefined;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly offsets: EntryOffsets;
  readonly #source: EntrySource;

  constructor(values: EntryValues, source: EntrySource) {
    this.type = values.type;
    this.typeflag = values.typeflag;
    this.format = values.format;
    this.mode = values.mode;
    this.uid = values.uid;
    this.gid = values.gid;
    this.size = values.size;
    this.storedSize = values.storedSize;
    this.mtime = values.mtime;
    this.deviceMajor = values.deviceMajor;
    this.deviceMinor = values.deviceMinor;
    this.sparse = values.sparse;
    this.xattrs = values.xattrs;
    this.offsets = values.offsets;
    this.#source = source;
  }

  /** The path as the archive has it, with the slash at its end if there is one. */
  get name(): Uint8Array {
    return this.#source.name ?? this.#source.block.name();
  }

  get nameText(): string | undefined {
    const { name, block } = this.#source;
    return name === undefined ? block.nameText() : decodeText(name);
  }

  /** The target of a link; empty for other types. */
  get linkname(): Uint8Array {
    if (!isLink(this.type)) return NO_BYTES;
    return this.#source.linkname ?? this.#source.block.text(FIELD.linkname);
  }

  get linknameText(): string | undefined {
    if (!isLink(this.type)) return "";
    const { linkname, block } = this.#source;
    return linkname === undefined ? block.textOf(FIELD.linkname) : decodeText(linkname);
  }

  /** The owner's name; empty if there is none. */
  get uname(): Uint8Array {
    return ownerName(this.#source, FIELD.uname);
  }

  get unameText(): string | undefined {
    return decodeText(this.uname);
  }

  /** The group's name; empty if there is none. */
  get gname(): Uint8Array {
    return ownerName(this.#source, FIELD.gname);
  }

  get gnameText(): string | undefined {
    return decodeText(this.gname);
  }

  /**
   * The PAX records that count: global ones, overridden by the entry's own; those with an empty value are gone, but for
   * attributes. A new map each time.
   */
  get pax(): Map<string, Uint8Array> {
    const { extensions } = this.#source;
    return extensions === undefined ? new Map<string, Uint8Array>() : allRecords(extensions);
  }

  /** For messages: the entry's name and place. */
  label(): string {
    return labelEntry(this.name, this.offsets.header);
  }
}

function ownerName({ block, extensions }: EntrySource, field: HeaderField): Uint8Array {
  const value = extensions === undefined ? undefined : findValue(extensions, field.pax);
  return value ?? block.owner(field);
}

function isLink(type: EntryType): boolean {
  return type === "symlink" || type === "hard-link";
}
