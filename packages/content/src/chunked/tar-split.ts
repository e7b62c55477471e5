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

/** Collects the parts of an archive. */
export class TarSplit {
  readonly #frames: Buffer[] = [];
  #text = "";
  #plainBytes = 0;
  #position = 0;
  #crc: Crc64 | undefined;
  #name = "";
  #size = 0;

  /** Bytes that are no content of files. */
  segment(bytes: Uint8Array): void {
    this.#add({ type: SEGMENT, payload: Buffer.from(bytes).toString("base64") });
  }

  /** A file begins. */
  open(name: string, size: number): void {
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
    if (this.#text.length >= BLOCK_CHARACTERS) await this.#flush();
  }

  /** All of it, compressed, with the number of bytes that it has uncompressed. */
  async finish(): Promise<{ readonly bytes: Buffer; readonly plainBytes: number }> {
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
  }

  async #flush(): Promise<void> {
    const plain = Buffer.from(this.#text);
    this.#text = "";
    this.#plainBytes += plain.length;
    this.#frames.push(await compressed(plain));
  }
}
