/**
 * The map of a sparse file, complete or in the making.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { EntryType } from "../entry.ts";
import type { TarErrorCode } from "../errors.ts";
import { BLOCK_BYTES, FIELD, type HeaderBlock } from "../header.ts";
import type { TarLimits } from "../limits.ts";
import type { PaxRecord } from "../pax.ts";
import {
  DataMapReader,
  SparseMap,
  type SparseSegment,
  hasPaxSparse,
  readExtensionMap,
  readHeaderMap,
  readPaxSparse,
} from "../sparse.ts";
import { ambiguous } from "./extensions.ts";

/** What is known of a sparse file before its map. */
export interface SparseHead {
  readonly block: HeaderBlock;
  readonly records: readonly PaxRecord[] | undefined;
  readonly type: EntryType;
  /** Bytes behind the header that belong to the file, a map in front of the data included. */
  readonly framedSize: number;
  readonly limits: TarLimits;
}

/** Reads the map of a sparse file: from its header, its PAX records, and the blocks behind them. */
export class SparseDraft {
  /** The size of the file with its holes. */
  readonly realSize: number;
  /** Whether the map needs no more blocks. */
  isComplete: boolean;
  /** Bytes of data, of the part of the map in front of them only what is not yet read. */
  storedSize: number;
  readonly #map: SparseMap;
  /** For a map in front of the data; undefined for one in blocks behind the header. */
  readonly #reader: DataMapReader | undefined;

  constructor({ block, records = [], type, framedSize, limits }: SparseHead) {
    this.#map = new SparseMap(limits, block);
    this.storedSize = framedSize;
    const inRecords = hasPaxSparse(records);
    if (!inRecords) {
      if (block.format !== "gnu") throw foreign(block);
      this.realSize = block.number(FIELD.gnuRealSize);
      this.isComplete = !readHeaderMap(this.#map, block.bytes, block.at);
      return;
    }
    if (block.typeflag === OLD_GNU_SPARSE) throw ambiguous(block.label(), "two sparse maps, expected one");
    if (type !== "file") throw this.#map.error(`a ${type}, expected a file`);
    // GNU tar reads such a file as one without holes, and then loses its way.
    if (block.format !== "ustar") throw ambiguous(block.label(), `sparse records for a ${block.format} header`);
    const { realSize, mapIn } = readPaxSparse(this.#map, records);
    this.realSize = realSize;
    this.isComplete = mapIn === "records";
    this.#reader = this.isComplete ? undefined : new DataMapReader(this.#map);
  }

  /** Takes the next block of the map. */
  addBlock(bytes: Uint8Array, at: number): void {
    if (this.#reader === undefined) {
      this.isComplete = !readExtensionMap(this.#map, bytes, at);
      return;
    }
    this.storedSize -= BLOCK_BYTES;
    this.isComplete = this.#reader.block(bytes, at);
    if (this.storedSize < (this.isComplete ? 0 : BLOCK_BYTES)) {
      throw this.#map.error("no end within the stored data, expected one");
    }
  }

  /** The segments of the complete map. @throws TeuError `ERR_TAR_SPARSE` if they contradict the sizes. */
  finish(): readonly SparseSegment[] {
    return this.#map.finish(this.realSize, this.storedSize);
  }
}

const OLD_GNU_SPARSE = 0x53;

function foreign(block: HeaderBlock): TeuError<TarErrorCode> {
  const message = `Reading ${block.label()}: a sparse file in a ${block.format} header, expected a GNU one`;
  return new TeuError("ERR_TAR_UNSUPPORTED", message);
}
