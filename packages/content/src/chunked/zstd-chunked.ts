/**
 * Layers as zstd:chunked: a zstd stream in which each file begins a frame of its own, so that it can be fetched apart, with
 * a table of contents and the rest of the archive in frames that decoders pass over.
 * @see {@link https://github.com/containers/storage/blob/v1.59.1/docs/containers-storage-zstd-chunked.md}
 * @module
 */
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { concatBytes } from "@teu/std/bytes";
import type { TarEntry } from "@teu/tar/entry";
import { type Hasher, createHasher, digestBytes } from "../hash.ts";
import { tarPieces } from "./tar-pieces.ts";
import { TarSplit } from "./tar-split.ts";
import { type TocEntry, type WrittenChunk, tocEntryOf } from "./toc.ts";

/** How to write a layer in chunks. */
export interface ChunkOptions {
  readonly level?: number | undefined;
  /** Longest chunk of a file, in bytes. */
  readonly maxChunkBytes?: number | undefined;
}

/** What the descriptor of such a layer says. */
export type LayerAnnotations = Readonly<Record<string, string>>;

const DEFAULT_LEVEL = 3;
const DEFAULT_CHUNK_BYTES = 1024 * 1024;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_BYTES = 8;
const FOOTER_BYTES = 64;
const FOOTER_MAGIC = "GNUlInUx";
/** The kind of table: that of CRFS. */
const TOC_KIND = 1;

const compressed = promisify(zstdCompress);

/** Gives the compressed layer; `plain` comes out of it as it went in. @returns The annotations of its descriptor */
export async function* zstdChunked(
  plain: AsyncIterable<Uint8Array>,
  options: ChunkOptions = {},
): AsyncGenerator<Uint8Array, LayerAnnotations, undefined> {
  const writer = new ChunkWriter(options);
  for await (const piece of tarPieces(plain)) {
    if (piece.kind === "entry") yield* writer.open(piece.entry);
    else if (piece.kind === "end") yield* writer.close();
    else if (piece.kind === "content") yield* writer.content(piece.bytes);
    else yield* writer.frame(piece.bytes);
  }
  return yield* writer.finish();
}

class ChunkWriter {
  readonly #level: number;
  readonly #maxChunkBytes: number;
  readonly #split = new TarSplit();
  readonly #toc: TocEntry[] = [];
  #offset = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #entry: TarEntry | undefined;
  #chunks: WrittenChunk[] = [];
  #hasher: Hasher = createHasher("sha256");
  #written = 0;

  constructor({ level = DEFAULT_LEVEL, maxChunkBytes = DEFAULT_CHUNK_BYTES }: ChunkOptions) {
    this.#level = level;
    this.#maxChunkBytes = maxChunkBytes;
  }

  async *frame(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#split.segment(bytes);
    for (let rest = bytes; rest.length > 0;) {
      const part = rest.subarray(0, this.#maxChunkBytes - this.#pendingBytes);
      rest = rest.subarray(part.length);
      this.#collect(part);
      if (this.#pendingBytes === this.#maxChunkBytes) yield* this.#flush();
    }
    await this.#split.drain();
  }

  async *open(entry: TarEntry): AsyncGenerator<Uint8Array> {
    this.#entry = entry;
    this.#split.open(entry.nameText ?? "", entry.type === "file" ? entry.size : 0);
    this.#chunks = [];
    this.#written = 0;
    if (entry.type !== "file" || entry.size === 0) return;
    this.#hasher = createHasher("sha256");
    yield* this.#flush();
  }

  async *content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#split.content(bytes);
    this.#hasher.update(bytes);
    for (let rest = bytes; rest.length > 0;) {
      const part = rest.subarray(0, this.#maxChunkBytes - this.#pendingBytes);
      rest = rest.subarray(part.length);
      this.#collect(part);
      if (this.#pendingBytes === this.#maxChunkBytes) yield* this.#chunk();
    }
  }

  async *close(): AsyncGenerator<Uint8Array> {
    if (this.#entry === undefined) return;
    const hasContent = this.#entry.type === "file" && this.#entry.size > 0;
    if (hasContent) yield* this.#chunk();
    this.#split.close();
    this.#toc.push(...this.#tocEntries(this.#entry));
    this.#entry = undefined;
  }

  async *finish(): AsyncGenerator<Uint8Array, LayerAnnotations> {
    yield* this.#flush();
    const split = await this.#split.finish();
    const toc = { version: 1, entries: this.#toc, tarSplitDigest: digestBytes(split.bytes) };
    const tocPlain = Buffer.from(JSON.stringify(toc));
    const tocBytes = await compressed(tocPlain);
    const tocAt = this.#offset + SKIPPABLE_HEADER_BYTES;
    const splitAt = tocAt + tocBytes.length + SKIPPABLE_HEADER_BYTES;
    yield skippable(tocBytes);
    yield skippable(split.bytes);
    yield skippable(
      footer([tocAt, tocBytes.length, tocPlain.length, TOC_KIND, splitAt, split.bytes.length, split.plainBytes]),
    );
    return {
      "io.github.containers.zstd-chunked.manifest-checksum": digestBytes(tocBytes),
      "io.github.containers.zstd-chunked.manifest-position": `${tocAt}:${tocBytes.length}:${tocPlain.length}:${TOC_KIND}`,
      "io.github.containers.zstd-chunked.tarsplit-position": `${splitAt}:${split.bytes.length}:${split.plainBytes}`,
    };
  }

  #collect(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** Writes what is collected as a chunk of the file. */
  async *#chunk(): AsyncGenerator<Uint8Array> {
    if (this.#pendingBytes === 0) return;
    const digest = createHasher("sha256");
    for (const bytes of this.#pending) digest.update(bytes);
    const size = this.#pendingBytes;
    this.#chunks.push({ offset: this.#offset, chunkOffset: this.#written, size, digest: digest.digest() });
    this.#written += size;
    yield* this.#flush();
  }

  /** Writes what is collected as a frame. */
  async *#flush(): AsyncGenerator<Uint8Array> {
    if (this.#pendingBytes === 0) return;
    const plain = concatBytes(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const params = { [constants.ZSTD_c_compressionLevel]: this.#level, [constants.ZSTD_c_checksumFlag]: 1 };
    const bytes = await compressed(plain, { params });
    this.#offset += bytes.length;
    yield bytes;
  }

  /** What the table says of a file and its chunks; of a single chunk it says no more than of the file. */
  #tocEntries(entry: TarEntry): TocEntry[] {
    const main = tocEntryOf(entry, { fractions: true });
    const [first, ...others] = this.#chunks;
    if (first === undefined) return [main];
    Object.assign(main, { digest: this.#hasher.digest(), offset: first.offset, endOffset: this.#offset });
    if (others.length === 0) return [main];
    Object.assign(main, { chunkSize: first.size, chunkDigest: first.digest });
    const further = others.map(({ offset, chunkOffset, size, digest }): TocEntry => {
      return { type: "chunk", name: main.name, offset, chunkSize: size, chunkOffset, chunkDigest: digest };
    });
    return [main, ...further];
  }
}

/** A frame that decoders pass over. */
function skippable(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(SKIPPABLE_HEADER_BYTES);
  head.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  head.writeUInt32LE(bytes.length, 4);
  return concatBytes([head, bytes]);
}

function footer(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(FOOTER_BYTES);
  for (const [at, number] of numbers.entries()) bytes.writeBigUInt64LE(BigInt(number), at * 8);
  bytes.write(FOOTER_MAGIC, FOOTER_BYTES - 8, "latin1");
  return bytes;
}
