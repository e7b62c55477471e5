/**
 * What an archive is beside the contents of its files, as tar-split keeps it: lines of JSON from which, with the files, the
 * very bytes of the archive can be put together again.
 * @see {@link https://github.com/vbatts/tar-split/blob/v0.12.1/tar/storage/entry.go}
 * @module
 */
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { Crc64 } from "./crc64.ts";

const compressed = promisify(zstdCompress);

const FILE = 1;
const SEGMENT = 2;
const BLOCK_CHARACTERS = 1024 * 1024;
const MAX_SEGMENT_BYTES = 1024 * 1024;

/** Collects the parts of an archive. */
export class TarSplit {
  readonly #frames: Buffer[] = [];
  /** Lines that are to be compressed together. Where they are cut must not depend on when bytes come. */
  #blocks: string[] = [];
  #text = "";
  #segment: Uint8Array[] = [];
  #segmentBytes = 0;
  #plainBytes = 0;
  #position = 0;
  #crc: Crc64 | undefined;
  #name = "";
  #size = 0;

  /** Bytes that are no content of files. */
  segment(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0;) {
      const part = rest.subarray(0, MAX_SEGMENT_BYTES - this.#segmentBytes);
      rest = rest.subarray(part.length);
      this.#segment.push(part);
      this.#segmentBytes += part.length;
      if (this.#segmentBytes === MAX_SEGMENT_BYTES) this.#endSegment();
    }
  }

  #endSegment(): void {
    if (this.#segmentBytes === 0) return;
    this.#add({ type: SEGMENT, payload: Buffer.concat(this.#segment).toString("base64") });
    this.#segment = [];
    this.#segmentBytes = 0;
  }

  /** A file begins. */
  open(name: string, size: number): void {
    this.#endSegment();
    this.#name = name;
    this.#size = size;
    this.#crc = size === 0 ? undefined : new Crc64();
  }

  content(bytes: Uint8Array): void {
    this.#crc?.update(bytes);
  }

  /** The file ends. */
  close(): void {
    const payload = this.#crc?.digest().toString("base64") ?? null;
    const size = this.#size === 0 ? {} : { size: this.#size };
    this.#add({ type: FILE, name: this.#name, ...size, payload });
  }

  /** Keeps memory low. */
  async drain(): Promise<void> {
    if (this.#blocks.length > 0) await this.#flush();
  }

  /** All of it, compressed, with the number of bytes that it has uncompressed. */
  async finish(): Promise<{ readonly bytes: Buffer; readonly plainBytes: number }> {
    this.#endSegment();
    this.#blocks.push(this.#text);
    await this.#flush();
    return { bytes: Buffer.concat(this.#frames), plainBytes: this.#plainBytes };
  }

  #add(fields: {
    readonly type: number;
    readonly name?: string;
    readonly size?: number;
    readonly payload: string | null;
  }): void {
    this.#text += `${JSON.stringify({ ...fields, position: this.#position })}\n`;
    this.#position += 1;
    if (this.#text.length < BLOCK_CHARACTERS) return;
    this.#blocks.push(this.#text);
    this.#text = "";
  }

  async #flush(): Promise<void> {
    const blocks = this.#blocks;
    this.#blocks = [];
    for (const block of blocks) {
      const plain = Buffer.from(block);
      this.#plainBytes += plain.length;
      this.#frames.push(await compressed(plain));
    }
  }
}
