/**
 * Layers as eStargz: a gzip stream in which each file begins a member of its own, with a table of contents as the last
 * file of the archive, and a footer that says where that is.
 * @see {@link https://github.com/containerd/stargz-snapshotter/blob/v0.17.0/docs/estargz.md}
 * @module
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { concatBytes } from "@teu/std/bytes";
import type { TarEntry } from "@teu/tar/entry";
import { type NewMemberSync, TarWriter, endOfArchive } from "@teu/tar/write-tar";
import { digestBytes } from "../hash.ts";
import { ChunkStream, type WrittenContent } from "./chunk-stream.ts";
import { tarPieces } from "./tar-pieces.ts";
import { type TocEntry, tocEntryOf } from "./toc.ts";
import type { ChunkOptions, LayerAnnotations } from "./zstd-chunked.ts";

const TOC_NAME = "stargz.index.json";
/** Says that nothing is to be fetched ahead. */
const LANDMARK_NAME = ".no.prefetch.landmark";
const OTHER_LANDMARK_NAME = ".prefetch.landmark";
const LANDMARK = Uint8Array.of(0x0f);
const OWN_NAMES: ReadonlySet<string> = new Set([TOC_NAME, LANDMARK_NAME, OTHER_LANDMARK_NAME]);

const DEFAULT_LEVEL = 6;
const DEFAULT_CHUNK_BYTES = 4 * 1024 * 1024;

const compressed = promisify(gzip);

/** An eStargz layer as it is written. */
export interface EstargzOptions extends ChunkOptions {
  /** Is told the plain bytes: those of `plain`, with the files that make it eStargz. */
  readonly onPlain: (bytes: Uint8Array) => void;
}

/** Gives the compressed layer. @returns The annotations of its descriptor */
export async function* estargz(
  plain: AsyncIterable<Uint8Array>,
  options: EstargzOptions,
): AsyncGenerator<Uint8Array, LayerAnnotations, undefined> {
  const writer = new MemberWriter(options);
  yield* writer.landmark();
  for await (const piece of tarPieces(plain, (name) => OWN_NAMES.has(name))) {
    if (piece.kind === "entry") yield* writer.open(piece.entry);
    else if (piece.kind === "end") yield* writer.close();
    else if (piece.kind === "content") yield* writer.content(piece.bytes);
    // The archive does not end where it did.
    else if (piece.kind === "frame") yield* writer.frame(piece.bytes);
  }
  return yield* writer.finish();
}

class MemberWriter {
  readonly #options: EstargzOptions;
  readonly #stream: ChunkStream;
  readonly #toc: TocEntry[] = [];
  #plainBytes = 0;
  #main: TocEntry | undefined;

  constructor(options: EstargzOptions) {
    const { level = DEFAULT_LEVEL, maxChunkBytes = DEFAULT_CHUNK_BYTES } = options;
    this.#options = options;
    this.#stream = new ChunkStream(maxChunkBytes, (plain) => member(plain, level));
  }

  async *landmark(): AsyncGenerator<Uint8Array> {
    const entry = { name: LANDMARK_NAME, mode: 0o644, size: LANDMARK.length };
    yield* this.frame(headerOf({ entry }));
    yield* this.#begin({ type: "reg", name: LANDMARK_NAME, mode: 0o644, size: LANDMARK.length });
    yield* this.content(LANDMARK);
    yield* this.close();
    yield* this.frame(paddingBehind(LANDMARK.length));
  }

  async *frame(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#count(bytes);
    yield* this.#stream.frame(bytes);
  }

  async *open(entry: TarEntry): AsyncGenerator<Uint8Array> {
    yield* this.#begin(tocEntryOf(entry, { fractions: false }));
  }

  async *#begin(main: TocEntry): AsyncGenerator<Uint8Array> {
    this.#main = main;
    if (main.size !== undefined) yield* this.#stream.begin();
  }

  async *content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#count(bytes);
    yield* this.#stream.content(bytes);
  }

  async *close(): AsyncGenerator<Uint8Array> {
    const main = this.#main;
    if (main === undefined) return;
    const written = main.size === undefined ? undefined : yield* this.#stream.end();
    this.#toc.push(...tocEntries(main, written));
    this.#main = undefined;
  }

  async *finish(): AsyncGenerator<Uint8Array, LayerAnnotations> {
    yield* this.#stream.flush();
    const tocAt = this.#stream.offset;
    const toc = Buffer.from(JSON.stringify({ version: 1, entries: this.#toc }));
    const header = headerOf({ entry: { name: TOC_NAME, mode: 0o444, size: toc.length } });
    for (const bytes of [header, toc, paddingBehind(toc.length), endOfArchive()]) {
      this.#count(bytes);
      this.#stream.hold(bytes);
    }
    yield* this.#stream.flush();
    yield footer(tocAt);
    return {
      "containerd.io/snapshot/stargz/toc.digest": digestBytes(toc),
      "io.containers.estargz.uncompressed-size": String(this.#plainBytes),
    };
  }

  #count(bytes: Uint8Array): void {
    this.#options.onPlain(bytes);
    this.#plainBytes += bytes.length;
  }
}

/** What the table says of a file and its chunks. The last chunk says no size. */
function tocEntries(main: TocEntry, written: WrittenContent | undefined): TocEntry[] {
  const [first, ...others] = written?.chunks ?? [];
  if (first === undefined) return [main];
  Object.assign(main, { digest: written?.digest, offset: first.offset, chunkDigest: first.digest });
  if (others.length === 0) return [main];
  Object.assign(main, { chunkSize: first.size });
  const further = others.map(({ offset, chunkOffset, size, digest }, at): TocEntry => {
    const chunkSize = at === others.length - 1 ? {} : { chunkSize: size };
    return { type: "chunk", name: main.name, offset, chunkOffset, ...chunkSize, chunkDigest: digest };
  });
  return [main, ...further];
}

async function member(plain: Uint8Array, level: number): Promise<Uint8Array> {
  const bytes = await compressed(plain, { level });
  bytes[SYSTEM_AT] = UNKNOWN_SYSTEM;
  return bytes;
}

// RFC 1952: the tenth byte names the operating system; 255 is unknown.
const SYSTEM_AT = 9;
const UNKNOWN_SYSTEM = 255;

function headerOf({ entry }: NewMemberSync): Uint8Array {
  return new TarWriter().open(entry);
}

const BLOCK_BYTES = 512;

function paddingBehind(bytes: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** An empty member whose extra field says where the table is: 51 bytes. */
function footer(tocAt: number): Uint8Array {
  const extra = Buffer.from(`${tocAt.toString(16).padStart(16, "0")}STARGZ`, "latin1");
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, UNKNOWN_SYSTEM, extra.length + 4, 0]);
  const subfield = Buffer.from([0x53, 0x47, extra.length, 0]);
  const nothing = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  return concatBytes([head, subfield, extra, nothing]);
}
