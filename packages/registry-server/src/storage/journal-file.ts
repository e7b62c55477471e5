/**
 * The journal of a storage in a folder: one file of lines, each on the disk before it is reported.
 * @module
 */
import { closeSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { writeFileAtomic } from "@teu/std/atomic-file";

const sync = promisify(fdatasync);

/** The file `journal` in a folder. It is opened when something is first added. */
export class JournalFile implements Disposable {
  readonly #folder: string;
  #file: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get #path(): string {
    return join(this.#folder, "journal");
  }

  /** Adds lines. Resolves when they are on the disk. */
  async append(lines: readonly string[]): Promise<void> {
    this.#file ??= openJournal(this.#path, this.#folder);
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#file, bytes, offset);
    await sync(this.#file);
  }

  /** All lines. A last one that was cut off by a crash is left out. */
  async *read(): AsyncGenerator<string, void, undefined> {
    try {
      await using handle = await open(this.#path);
      const lines = createInterface({ input: handle.createReadStream({ autoClose: false }), crlfDelay: Infinity });
      for await (const line of lines) if (line.endsWith("}")) yield line;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }

  /** Puts a new journal in place of the old one. */
  async replace(lines: Iterable<string>): Promise<void> {
    this[Symbol.dispose]();
    await writeFileAtomic(this.#path, encodeLines(lines));
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function openJournal(path: string, folder: string): number {
  const journal = openSync(path, "a+");
  dropCutOff(journal);
  const parent = openSync(folder, "r");
  fsyncSync(parent);
  closeSync(parent);
  return journal;
}

const TAIL_BYTES = 65_536;

/** A crash may cut the last line off. It was never acknowledged, and what comes next must not go on in it. */
function dropCutOff(journal: number): void {
  const tail = Buffer.alloc(TAIL_BYTES);
  for (let end = fstatSync(journal).size; end > 0;) {
    const start = Math.max(end - TAIL_BYTES, 0);
    const length = readSync(journal, tail, 0, end - start, start);
    const newline = tail.subarray(0, length).lastIndexOf("\n");
    if (newline >= 0 || start === 0) return ftruncateSync(journal, start + newline + 1);
    end = start;
  }
}

function* encodeLines(lines: Iterable<string>): Generator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}
