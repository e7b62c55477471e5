/**
 * An entry of an archive, as the reader gives it. The writer takes it as it is.
 * @module
 */
import { type TarFormat, labelEntry } from "./header.ts";
import { type Extensions, allRecords, findValue } from "./internal/extensions.ts";
import type { OwnerNames } from "./internal/owner-memory.ts";
import type { TarTime } from "./numbers.ts";
import type { SparseSegment } from "./sparse.ts";
import { type Name, nameBytes, nameOf, nameText } from "./text.ts";

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
  readonly extensions: Extensions | undefined;
  readonly name: Name;
  /** Empty for what is no link. */
  readonly linkname: Name;
  /** The names that its header gives; records may have others. */
  readonly owners: OwnerNames;
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

/**
 * An entry of an archive. It keeps no chunk of the archive alive. Names are bytes, as archives have them; each has a
 * view as text, undefined where it is not UTF-8. Bytes may be views of memory that entries share: do not write to them.
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
    return nameBytes(this.#source.name);
  }

  get nameText(): string | undefined {
    return nameText(this.#source.name);
  }

  /** The target of a link; empty for other types. */
  get linkname(): Uint8Array {
    return nameBytes(this.#source.linkname);
  }

  get linknameText(): string | undefined {
    return nameText(this.#source.linkname);
  }

  /** The owner's name; empty if there is none. */
  get uname(): Uint8Array {
    return nameBytes(ownerName(this.#source, "uname"));
  }

  get unameText(): string | undefined {
    return nameText(ownerName(this.#source, "uname"));
  }

  /** The group's name; empty if there is none. */
  get gname(): Uint8Array {
    return nameBytes(ownerName(this.#source, "gname"));
  }

  get gnameText(): string | undefined {
    return nameText(ownerName(this.#source, "gname"));
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

function ownerName({ owners, extensions }: EntrySource, field: "uname" | "gname"): Name {
  const value = extensions === undefined ? undefined : findValue(extensions, field);
  return value === undefined ? owners[field] : nameOf(value);
}
