/**
 * An entry of an archive, as the reader gives it. The writer takes it as it is.
 * @module
 */
import { FIELD, type HeaderBlock, type TarFormat, labelEntry } from "./header.ts";
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

/** The names that extensions give an entry instead of its header's. */
export interface EntryNames {
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
  /** The PAX records that count: global ones, overridden by the entry's own. Those with an empty value are gone. */
  readonly pax: ReadonlyMap<string, Uint8Array>;
  /** Extended attributes by name. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly offsets: EntryOffsets;
}

const NO_BYTES = new Uint8Array(0);

/**
 * An entry of an archive. It keeps no chunk of the archive alive. Names are bytes, as archives have them; each has a
 * view as text, undefined where it is not UTF-8.
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
  readonly pax: ReadonlyMap<string, Uint8Array>;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly offsets: EntryOffsets;
  readonly #block: HeaderBlock;
  readonly #names: EntryNames;

  /** @param block The entry's header, read for its names when somebody asks. */
  constructor(values: EntryValues, names: EntryNames, block: HeaderBlock) {
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
    this.pax = values.pax;
    this.xattrs = values.xattrs;
    this.offsets = values.offsets;
    this.#block = block;
    this.#names = names;
  }

  /** The path as the archive has it, with the slash at its end if there is one. */
  get name(): Uint8Array {
    return this.#names.name ?? this.#block.name();
  }

  get nameText(): string | undefined {
    const { name } = this.#names;
    return name === undefined ? this.#block.nameText() : decodeText(name);
  }

  /** The target of a link; empty for other types. */
  get linkname(): Uint8Array {
    if (!isLink(this.type)) return NO_BYTES;
    return this.#names.linkname ?? this.#block.text(FIELD.linkname);
  }

  get linknameText(): string | undefined {
    if (!isLink(this.type)) return "";
    const { linkname } = this.#names;
    return linkname === undefined ? this.#block.textOf(FIELD.linkname) : decodeText(linkname);
  }

  /** The owner's name; empty if there is none. */
  get uname(): Uint8Array {
    return this.pax.get("uname") ?? this.#block.owner(FIELD.uname);
  }

  get unameText(): string | undefined {
    return decodeText(this.uname);
  }

  /** The group's name; empty if there is none. */
  get gname(): Uint8Array {
    return this.pax.get("gname") ?? this.#block.owner(FIELD.gname);
  }

  get gnameText(): string | undefined {
    return decodeText(this.gname);
  }

  /** For messages: the entry's name and place. */
  label(): string {
    return labelEntry(this.name, this.offsets.header);
  }
}

function isLink(type: EntryType): boolean {
  return type === "symlink" || type === "hard-link";
}
