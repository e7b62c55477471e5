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
import { digestBytes } from "../hash.ts";
import { ChunkStream, type WrittenContent } from "./chunk-stream.ts";
import { tarPieces } from "./tar-pieces.ts";
import { TarSplit } from "./tar-split.ts";
import { type TocEntry, tocEntryOf } from "./toc.ts";

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
  readonly #stream: ChunkStream;
  readonly #split = new TarSplit();
  readonly #toc: TocEntry[] = [];
  #entry: TarEntry | undefined;

  constructor({ level = DEFAULT_LEVEL, maxChunkBytes = DEFAULT_CHUNK_BYTES }: ChunkOptions) {
    const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
    this.#stream = new ChunkStream(maxChunkBytes, (plain) => compressed(plain, { params }));
  }

  async *frame(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#split.segment(bytes);
    yield* this.#stream.frame(bytes);
    await this.#split.drain();
  }

  async *open(entry: TarEntry): AsyncGenerator<Uint8Array> {
    this.#entry = entry;
    this.#split.open(entry.nameText ?? "", entry.type === "file" ? entry.size : 0);
    if (hasContent(entry)) yield* this.#stream.begin();
  }

  async *content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#split.content(bytes);
    yield* this.#stream.content(bytes);
  }

  async *close(): AsyncGenerator<Uint8Array> {
    const entry = this.#entry;
    if (entry === undefined) return;
    const written = hasContent(entry) ? yield* this.#stream.end() : undefined;
    this.#split.close();
    this.#toc.push(...this.#tocEntries(entry, written));
    this.#entry = undefined;
  }

  async *finish(): AsyncGenerator<Uint8Array, LayerAnnotations> {
    yield* this.#stream.flush();
    const split = await this.#split.finish();
    const toc = { version: 1, entries: this.#toc, tarSplitDigest: digestBytes(split.bytes) };
    const tocPlain = Buffer.from(JSON.stringify(toc));
    const tocBytes = await compressed(tocPlain);
    const tocAt = this.#stream.offset + SKIPPABLE_HEADER_BYTES;
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

  /** What the table says of a file and its chunks; of a single chunk it says no more than of the file. */
  #tocEntries(entry: TarEntry, written: WrittenContent | undefined): TocEntry[] {
    const main = tocEntryOf(entry, { fractions: true });
    const [first, ...others] = written?.chunks ?? [];
    if (first === undefined) return [main];
    Object.assign(main, { digest: written?.digest, offset: first.offset, endOffset: this.#stream.offset });
    if (others.length === 0) return [main];
    Object.assign(main, { chunkSize: first.size, chunkDigest: first.digest });
    const further = others.map(({ offset, chunkOffset, size, digest }): TocEntry => {
      return { type: "chunk", name: main.name, offset, chunkSize: size, chunkOffset, chunkDigest: digest };
    });
    return [main, ...further];
  }
}

function hasContent({ type, size }: TarEntry): boolean {
  return type === "file" && size > 0;
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
