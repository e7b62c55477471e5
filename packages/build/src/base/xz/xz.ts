/**
 * Reads `.xz` files that are in memory: the form in which Debian keeps its packages. The index at the end of a file says how
 * long all will be, so the result has its size from the start, and a small file cannot grow past its limit.
 * @see {@link https://tukaani.org/xz/xz-file-format-1.2.1.txt}
 * @module
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { equalBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { crc64 } from "./crc64.ts";
import { decodeLzma2 } from "./lzma2.ts";

/** Bounds of {@link decompressXz}. */
export interface XzOptions {
  /** Most plain bytes. */
  readonly maxBytes: number;
  /** What is read, for messages, in quotes or with its article. Default: `an xz file`. */
  readonly what?: string;
}

const HEADER_MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
const HEADER_BYTES = 12;
const FOOTER_MAGIC = Uint8Array.of(0x59, 0x5a);
const FILTER_LZMA2 = 0x21;
const CHECK_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 4, 4: 8, 10: 32 };
const MAX_VARINT_BYTES = 7;

/**
 * Decompresses a whole file: one stream or several in a row, with the filter LZMA2 alone. Checksums of content are verified
 * where they are CRC-32, CRC-64 or SHA-256.
 * @throws TeuError `ERR_XZ_INVALID`
 */
export function decompressXz(bytes: Uint8Array, options: XzOptions): Uint8Array<ArrayBuffer> {
  const reader = new XzReader(bytes, options.what ?? "an xz file");
  const streams = reader.streams();
  const total = streams.reduce((sum, stream) => sum + stream.size, 0);
  if (total > options.maxBytes) throw reader.error(`${total} plain bytes, expected at most ${options.maxBytes}`);
  const output = new Uint8Array(total);
  let at = 0;
  for (const stream of streams) at = reader.decode(stream, output, at);
  return output;
}

interface XzBlock {
  /** Length of header, data and check, without padding. */
  readonly unpaddedSize: number;
  /** Plain bytes. */
  readonly size: number;
}

interface XzStream {
  readonly start: number;
  readonly check: number;
  readonly blocks: readonly XzBlock[];
  /** Plain bytes. */
  readonly size: number;
}

class XzReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  error(problem: string): TeuError<BaseErrorCode> {
    return new TeuError("ERR_XZ_INVALID", `Decompressing ${this.#what}: ${problem}`);
  }

  /** The streams of the file, found from its end. */
  streams(): readonly XzStream[] {
    const found: XzStream[] = [];
    let end = this.#bytes.length;
    do {
      end = this.#withoutPadding(end);
      const stream = this.#streamBefore(end);
      found.push(stream);
      end = stream.start;
    } while (end > 0);
    return found.toReversed();
  }

  #withoutPadding(end: number): number {
    let at = end;
    while (at >= 4 && this.#view.getUint32(at - 4) === 0) at -= 4;
    return at;
  }

  #streamBefore(end: number): XzStream {
    const footer = end - HEADER_BYTES;
    if (footer < HEADER_BYTES || !equalBytes(this.#bytes.subarray(end - 2, end), FOOTER_MAGIC)) {
      throw this.error("it has no end, expected the footer of an xz stream");
    }
    this.#checkCrc(footer + 4, footer + 10, footer);
    const indexStart = footer - (this.#view.getUint32(footer + 4, true) + 1) * 4;
    if (indexStart < HEADER_BYTES) throw this.error("its index does not fit in");
    const blocks = this.#readIndex(indexStart, footer);
    const dataBytes = blocks.reduce((sum, block) => sum + padded(block.unpaddedSize), 0);
    const start = indexStart - dataBytes - HEADER_BYTES;
    this.#checkHeader(start, footer);
    const check = this.#bytes[start + 7] ?? 0;
    if (CHECK_BYTES[check] === undefined) throw this.error(`checksums of kind ${check} are not known`);
    return { start, check, blocks, size: blocks.reduce((sum, block) => sum + block.size, 0) };
  }

  #checkHeader(start: number, footer: number): void {
    if (start < 0 || !equalBytes(this.#bytes.subarray(start, start + 6), HEADER_MAGIC)) {
      throw this.error("it has no beginning where its index says, expected the header of an xz stream");
    }
    this.#checkCrc(start + 6, start + 8, start + 8);
    const flags = this.#bytes.subarray(start + 6, start + 8);
    if (flags[0] !== 0 || !equalBytes(flags, this.#bytes.subarray(footer + 8, footer + 10))) {
      throw this.error("its header and footer do not agree");
    }
  }

  #readIndex(start: number, end: number): readonly XzBlock[] {
    this.#checkCrc(start, end - 4, end - 4);
    if (this.#bytes[start] !== 0) throw this.error("it has no index where its footer says");
    const numbers = new Numbers(this.#bytes, start + 1, end - 4);
    const count = numbers.next();
    const blocks: XzBlock[] = [];
    // A record takes two bytes at least, so a lie about their number ends with the index.
    while (blocks.length < count && numbers.isGood) {
      blocks.push({ unpaddedSize: numbers.next(), size: numbers.next() });
    }
    if (!numbers.isGood || padded(numbers.at - start) !== end - 4 - start) throw this.error("its index is damaged");
    return blocks;
  }

  /** Decodes a stream into `output` at `at`, and gives the offset behind it. */
  decode(stream: XzStream, output: Uint8Array, at: number): number {
    let start = stream.start + HEADER_BYTES;
    let outputStart = at;
    for (const block of stream.blocks) {
      const place = { start, end: start + block.unpaddedSize - (CHECK_BYTES[stream.check] ?? 0) };
      const outputEnd = outputStart + block.size;
      this.#decodeBlock(place, output, [outputStart, outputEnd]);
      this.#checkContent(stream.check, start + padded(place.end - start), output.subarray(outputStart, outputEnd));
      start += padded(block.unpaddedSize);
      outputStart = outputEnd;
    }
    return outputStart;
  }

  #decodeBlock({ start, end }: Place, output: Uint8Array, [outputStart, outputEnd]: readonly [number, number]): void {
    const headerEnd = start + ((this.#bytes[start] ?? 0) + 1) * 4;
    if (headerEnd > end) throw this.error(`the block at ${start} is shorter than its header`);
    this.#checkCrc(start, headerEnd - 4, headerEnd - 4);
    this.#checkFilters(start, headerEnd);
    const data = { input: this.#bytes, start: headerEnd, end, output, outputStart, outputEnd };
    const behind = decodeLzma2(data);
    const padding = this.#bytes.subarray(behind, start + padded(end - start));
    if (behind === undefined || behind !== end || padding.some((byte) => byte !== 0)) {
      throw this.error(`the block at ${start} is damaged`);
    }
  }

  #checkFilters(start: number, headerEnd: number): void {
    const flags = this.#bytes[start + 1] ?? 0;
    const numbers = new Numbers(this.#bytes, start + 2, headerEnd - 4);
    if ((flags & 0x40) !== 0) numbers.next();
    if ((flags & 0x80) !== 0) numbers.next();
    const filter = numbers.next();
    if ((flags & 0x3f) === 0 && filter === FILTER_LZMA2 && numbers.next() === 1) return;
    throw this.error(`the block at ${start} has filters other than LZMA2 alone`);
  }

  #checkContent(check: number, at: number, content: Uint8Array): void {
    if (this.#isIntact(check, at, content)) return;
    throw this.error(`the content of the block before ${at} does not have its checksum`);
  }

  #isIntact(check: number, at: number, content: Uint8Array): boolean {
    switch (check) {
      case 1:
        return crc32(content) === this.#view.getUint32(at, true);
      case 4:
        return crc64(content) === this.#view.getBigUint64(at, true);
      case 10:
        return equalBytes(createHash("sha256").update(content).digest(), this.#bytes.subarray(at, at + 32));
      default:
        return true;
    }
  }

  #checkCrc(start: number, end: number, at: number): void {
    if (end >= start && at + 4 <= this.#bytes.length) {
      if (crc32(this.#bytes.subarray(start, end)) === this.#view.getUint32(at, true)) return;
    }
    throw this.error(`the part at ${start} does not have its checksum`);
  }
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Numbers of 7 bits a byte, the lowest first. */
class Numbers {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;
  isGood = true;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  next(): number {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES && this.at < this.#end; count += 1) {
      const byte = this.#bytes[this.at] ?? 0;
      this.at += 1;
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    this.isGood = false;
    return 0;
  }
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
