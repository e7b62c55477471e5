/**
 * Our reader: `node teu.js FILE list|read parser|iterable`. `list` passes over contents by seeking, as GNU tar does;
 * `read` reads them.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { TarParser } from "@teu/tar/parser";
import { type TarSource, readTar } from "@teu/tar/read-tar";
import { countContent, countEntry, finish, isListing, line } from "./output.mjs";

const [, , path = "", , way = ""] = process.argv;

/** Reads a file into the same memory again and again. Where contents are passed over, small reads waste less. */
class FileSource implements TarSource {
  readonly #file = openSync(path, "r");
  readonly #chunk = Buffer.allocUnsafeSlow((isListing ? 64 : 256) * 1024);
  #position = 0;

  read(): Uint8Array | undefined {
    const length = readSync(this.#file, this.#chunk, 0, this.#chunk.length, this.#position);
    this.#position += length;
    if (length === 0) return undefined;
    return length === this.#chunk.length ? this.#chunk : this.#chunk.subarray(0, length);
  }

  skip(bytes: number): number {
    this.#position += bytes;
    return bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let chunk = this.read(); chunk !== undefined; chunk = this.read()) yield chunk;
  }

  close(): void {
    closeSync(this.#file);
  }
}

const source = new FileSource();
if (way === "parser") {
  drive(new TarParser());
  conclude();
} else void iterate().then(conclude);

function conclude(): void {
  source.close();
  finish();
}

function drive(parser: TarParser): void {
  for (let event = parser.next(); event !== "done"; event = parser.next()) {
    if (event === "need") feed(parser);
    else if (event === "data") countContent(parser.dataLength);
    else if (event === "entry" && !isListing) countEntry();
    else if (event === "entry") {
      line(parser.entry.nameText ?? "?");
      parser.skip();
    }
  }
}

function feed(parser: TarParser): void {
  parser.skipped(source.skip(parser.skippable));
  const chunk = source.read();
  if (chunk === undefined) parser.end();
  else parser.push(chunk);
}

async function iterate(): Promise<void> {
  for await (const { entry, content } of readTar(source)) {
    if (isListing) {
      line(entry.nameText ?? "?");
      continue;
    }
    countEntry();
    for await (const chunk of content) countContent(chunk.length);
  }
}
