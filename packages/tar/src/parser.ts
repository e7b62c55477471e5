/**
 * The reader's core: bytes are pushed in, events are pulled out, nothing waits. `readTar` puts async iteration on top;
 * a caller in a hurry drives this directly:
 *
 *     for (const chunk of chunks) {
 *       parser.push(chunk);
 *       for (let event = parser.next(); event !== "need"; event = parser.next()) handle(event);
 *     }
 *     parser.end();
 *     for (let event = parser.next(); event !== "done"; event = parser.next()) handle(event);
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry } from "./entry.ts";
import type { TarErrorCode } from "./errors.ts";
import { BLOCK_BYTES, FIELD, HeaderBlock, isHeader, padded } from "./header.ts";
import { Arena } from "./internal/arena.ts";
import { ChunkInput } from "./internal/chunk-input.ts";
import { type DraftContext, type EntryDraft, draftEntry, finishEntry, mayBeSparse } from "./internal/entry-draft.ts";
import { type Extension, ExtensionCollector, ambiguous, extensionKind } from "./internal/extensions.ts";
import { OwnerMemory } from "./internal/owner-memory.ts";
import { DEFAULT_TAR_LIMITS, type TarLimits, checkLimit } from "./limits.ts";
import { SegmentCursor } from "./sparse.ts";

/**
 * What {@link TarParser.next} came to:
 * - `need`: push a chunk, or call `end`;
 * - `entry`: an entry begins, see `entry`;
 * - `data`: bytes of its content, see `data` and `dataOffset`;
 * - `close`: the entry has no more content, or was skipped;
 * - `trailing`: bytes behind the end of the archive, see `data`;
 * - `done`: the input has ended, and so has the archive.
 */
export type TarEvent = "need" | "entry" | "data" | "close" | "trailing" | "done";

/** How {@link TarParser} reads. */
export interface TarReadOptions {
  /** Bounds that differ from {@link DEFAULT_TAR_LIMITS}. */
  readonly limits?: Partial<TarLimits>;
  /**
   * Whether the records of PAX global headers count for the entries behind them. POSIX, GNU tar and Python say so, and
   * that is the default; Go's archive/tar, and with it Docker and containerd, and libarchive ignore them.
   */
  readonly globalPax?: "apply" | "ignore";
  /** Read on behind the end of an archive for another one, as `tar --ignore-zeros` does. Default: false. */
  readonly concatenated?: boolean;
}

type State = "header" | "extension" | "map" | "content" | "padding" | "trailing" | "done";

/** Reads one archive from the bytes pushed into it. After an error it throws that error again, whatever is asked. */
export class TarParser {
  readonly #limits: TarLimits;
  readonly #concatenated: boolean;
  readonly #input = new ChunkInput();
  readonly #memory = new Arena();
  readonly #extensions: ExtensionCollector;
  readonly #context: DraftContext;
  #state: State = "header";
  #failure: Error | undefined;
  #zeroBlocks = 0;
  #entries = 0;
  /** Bytes left of the extension or the content. */
  #left = 0;
  /** Bytes left of the padding behind it. */
  #padding = 0;
  #extension: Extension | undefined;
  #draft: EntryDraft | undefined;
  #entry: TarEntry | undefined;
  #skipping = false;
  #segments: SegmentCursor | undefined;
  #dataStart = 0;
  #dataLength = 0;
  #dataOffset = 0;

  constructor(options: TarReadOptions = {}) {
    this.#limits = { ...DEFAULT_TAR_LIMITS, ...options.limits };
    this.#concatenated = options.concatenated ?? false;
    this.#context = { limits: this.#limits, owners: new OwnerMemory() };
    this.#extensions = new ExtensionCollector(this.#limits, options.globalPax !== "ignore", this.#memory);
  }

  /** The entry of the last `entry` event. */
  get entry(): TarEntry {
    if (this.#entry === undefined) throw misuse("entry asked for before an entry event");
    return this.#entry;
  }

  /** The bytes of the last `data` or `trailing` event, a new view of the chunk that was pushed. */
  get data(): Uint8Array {
    const { chunk } = this.#input;
    return new Uint8Array(chunk.buffer, chunk.byteOffset + this.#dataStart, this.#dataLength);
  }

  /** Where in the chunk that was pushed `data` starts, for callers that need no view of it. */
  get dataStart(): number {
    return this.#dataStart;
  }

  get dataLength(): number {
    return this.#dataLength;
  }

  /** Where `data` belongs: in the entry's content, or for a `trailing` event in the archive. */
  get dataOffset(): number {
    return this.#dataOffset;
  }

  /**
   * Gives the next bytes of the archive; 256 KiB and more at a time are fastest. They must stay as they are until `next`
   * asks for more.
   * @throws TeuError `ERR_TAR_MISUSE` if the chunk before is not used up.
   */
  push(chunk: Uint8Array): void {
    if (this.#input.ended) throw misuse("a chunk pushed behind the end");
    if (this.#input.available > 0) throw misuse("a chunk pushed before the last one was used up");
    this.#input.push(chunk);
  }

  /** Says that the archive has no more bytes. */
  end(): void {
    this.#input.ended = true;
  }

  /** Passes over what is left of the entry's content: no more `data` events, but `close`. */
  skip(): void {
    this.#skipping = true;
  }

  /** After `need`: how many of the bytes that come next the parser would pass over, so that a source can seek. */
  get skippable(): number {
    if (this.#input.available > 0) return 0;
    const isSkipping = this.#state === "padding" || (this.#state === "content" && this.#skipping);
    return isSkipping ? this.#left + this.#padding : 0;
  }

  /** Says that the source has passed over `bytes`, at most {@link skippable}, which are not going to be pushed. */
  skipped(bytes: number): void {
    if (!(bytes >= 0 && bytes <= this.skippable)) throw misuse(`${bytes} bytes skipped of ${this.skippable}`);
    this.#input.jump(bytes);
    const content = Math.min(bytes, this.#left);
    this.#left -= content;
    this.#padding -= bytes - content;
  }

  /** Reads on to the next event. @throws TeuError if the archive is malformed, dubious or beyond a limit. */
  next(): TarEvent {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      let event = this.#step();
      while (event === undefined) event = this.#step();
      return event;
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  #step(): TarEvent | undefined {
    switch (this.#state) {
      case "header":
        return this.#input.readBlock() ? this.#readHeader() : this.#starve();
      case "extension":
        return this.#readExtension();
      case "map":
        return this.#input.readBlock() ? this.#readMap() : this.#starve();
      case "content":
        return this.#readContent();
      case "padding":
        return this.#readPadding();
      case "trailing":
        return this.#readTrailing();
      default:
        return "done";
    }
  }

  #readHeader(): TarEvent | undefined {
    const { block: bytes, blockAt: at, blockSum: sum } = this.#input;
    const offset = this.#input.offset - BLOCK_BYTES;
    if (sum === 0) return this.#readZeros(offset);
    if (!isHeader(bytes, at, sum)) throw notHeader(offset);
    if (this.#zeroBlocks === 1 && !this.#concatenated) {
      throw ambiguous(`header at offset ${offset}`, "a single block of zeros before it, expected two or none");
    }
    const kind = extensionKind(bytes[at + FIELD.typeflag.start] ?? 0);
    if (kind === undefined) return this.#begin(bytes, at, offset);
    const extension = this.#extensions.begin(kind, new HeaderBlock(bytes, at, offset));
    this.#extension = extension;
    this.#left = extension.paddedEnd - extension.start;
    this.#state = "extension";
    return undefined;
  }

  #readZeros(offset: number): undefined {
    const pending = this.#extensions.pendingSince;
    if (pending !== undefined) throw truncated(`entry of the extended header at offset ${pending}`, offset);
    if (this.#concatenated) return;
    this.#zeroBlocks += 1;
    if (this.#zeroBlocks === 2) this.#state = "trailing";
  }

  #readExtension(): TarEvent | undefined {
    const extension = this.#extension;
    if (extension === undefined) throw misuse("no extension");
    const { bytes, paddedEnd } = extension;
    this.#left -= this.#input.copyTo(bytes, paddedEnd - this.#left, paddedEnd);
    if (this.#left > 0) return this.#starve();
    this.#extensions.add(extension);
    this.#extension = undefined;
    this.#state = "header";
    return undefined;
  }

  #begin(bytes: Buffer, at: number, offset: number): TarEvent | undefined {
    let block = new HeaderBlock(bytes, at, offset);
    this.#entries += 1;
    if (this.#entries > this.#limits.maxEntries) checkLimit(this.#limits, "maxEntries", this.#entries, block);
    const extensions = this.#extensions.take(block);
    if (mayBeSparse(block.typeflag, extensions)) block = keep(block);
    const draft = draftEntry(block, extensions, this.#context);
    if (draft.sparse === undefined || draft.sparse.isComplete) return this.#open(draft);
    this.#draft = draft;
    this.#state = "map";
    return undefined;
  }

  #readMap(): TarEvent | undefined {
    const draft = this.#draft;
    if (draft?.sparse === undefined) throw misuse("no sparse file");
    draft.sparse.addBlock(this.#input.block, this.#input.blockAt);
    return draft.sparse.isComplete ? this.#open(draft) : undefined;
  }

  #open(draft: EntryDraft): TarEvent {
    const entry = finishEntry(draft, this.#input.offset);
    this.#draft = undefined;
    this.#entry = entry;
    this.#skipping = false;
    this.#segments = entry.sparse === undefined ? undefined : new SegmentCursor(entry.sparse);
    this.#left = entry.storedSize;
    this.#padding = padded(entry.storedSize) - entry.storedSize;
    this.#state = "content";
    return "entry";
  }

  #readContent(): TarEvent | undefined {
    const entry = this.entry;
    if (this.#left === 0) {
      this.#state = "padding";
      return "close";
    }
    if (this.#skipping) {
      this.#left -= this.#input.drop(this.#left);
      return this.#left === 0 ? undefined : this.#starve();
    }
    const segments = this.#segments;
    this.#dataOffset = segments === undefined ? entry.size - this.#left : segments.offset;
    this.#takeData(segments === undefined ? this.#left : Math.min(this.#left, segments.length));
    if (this.#dataLength === 0) return this.#starve();
    segments?.advance(this.#dataLength);
    this.#left -= this.#dataLength;
    return "data";
  }

  /** Padding that is missing at the very end is no fault: old programs did not write it. */
  #readPadding(): TarEvent | undefined {
    this.#padding -= this.#input.drop(this.#padding);
    if (this.#padding > 0 && !this.#input.ended) return "need";
    this.#state = "header";
    return this.#input.readBlock() ? this.#readHeader() : this.#starve();
  }

  #readTrailing(): TarEvent {
    this.#dataOffset = this.#input.offset;
    this.#takeData(this.#input.available);
    return this.#dataLength > 0 ? "trailing" : this.#starve();
  }

  #takeData(max: number): void {
    this.#dataStart = this.#input.at;
    this.#dataLength = this.#input.drop(max);
  }

  /** No input is left: asks for more, or ends, if the archive may end here. */
  #starve(): TarEvent {
    if (!this.#input.ended) return "need";
    const { offset, isInBlock } = this.#input;
    const pending = this.#extensions.pendingSince;
    const inside = this.#state === "content" ? this.entry : (this.#draft?.block ?? this.#extension);
    if (inside !== undefined) throw truncated(inside.label(), offset);
    if (pending !== undefined) throw truncated(`entry of the extended header at offset ${pending}`, offset);
    if (isInBlock) throw truncated(`header at offset ${offset}`, offset);
    this.#state = "done";
    return "done";
  }
}

/** A header that outlives the chunk it is in. */
function keep({ bytes, at, offset }: HeaderBlock): HeaderBlock {
  return new HeaderBlock(Buffer.from(bytes.subarray(at, at + BLOCK_BYTES)), 0, offset);
}

function truncated(what: string, offset: number): TeuError<TarErrorCode> {
  return new TeuError("ERR_TAR_TRUNCATED", `Reading ${what}: the archive ends at offset ${offset}, expected more`);
}

function notHeader(offset: number): TeuError<TarErrorCode> {
  return new TeuError(
    "ERR_TAR_CHECKSUM",
    `Reading tar archive at offset ${offset}: a block whose checksum differs, expected a header`,
    { detail: { offset }, hint: "The data is no tar archive, is compressed, or is damaged" },
  );
}

function misuse(problem: string): TeuError<TarErrorCode> {
  return new TeuError("ERR_TAR_MISUSE", `Driving the tar parser: ${problem}`);
}
