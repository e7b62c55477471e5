/**
 * A plain archive taken apart without changing a byte of it: what lies between contents of files, and those contents.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { TarParser } from "@teu/tar/parser";
import { LAYER_ENTRY_TYPES } from "../internal/entry-types.ts";
import type { ContentErrorCode } from "../errors.ts";

/** A piece of an archive. All but `entry` and `end`, put one behind the other, are the archive. */
export type TarPiece =
  /** Headers and padding. */
  | { readonly kind: "frame"; readonly bytes: Uint8Array }
  /** An entry begins; its headers have come. */
  | { readonly kind: "entry"; readonly entry: TarEntry }
  /** Content of the entry, which is a file. */
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  /** The content of the entry, if it has any, is complete. */
  | { readonly kind: "end" }
  /** What stands behind the last entry. */
  | { readonly kind: "trailer"; readonly bytes: Uint8Array };

/**
 * Takes `plain` apart. Entries with a name for which `drops` answers true are left out.
 * @throws TeuError `ERR_IMAGE_INVALID` for an entry that a table of contents cannot tell of; what reading archives throws
 */
export async function* tarPieces(
  plain: AsyncIterable<Uint8Array>,
  drops: (name: string) => boolean = () => false,
): AsyncGenerator<TarPiece, void, undefined> {
  const pieces = new Pieces(drops);
  for await (const chunk of plain) yield* pieces.push(chunk);
  yield* pieces.end();
}

class Pieces {
  readonly #parser = new TarParser({ globalPax: "ignore" });
  readonly #tape = new Tape();
  readonly #drops: (name: string) => boolean;
  #file: TarEntry | undefined;
  #lastEnd = 0;

  constructor(drops: (name: string) => boolean) {
    this.#drops = drops;
  }

  *push(chunk: Uint8Array): Generator<TarPiece> {
    this.#tape.push(chunk);
    this.#parser.push(chunk);
    yield* this.#advance();
  }

  *end(): Generator<TarPiece> {
    this.#parser.end();
    yield* this.#advance();
    for (const bytes of this.#tape.take(this.#lastEnd)) yield { kind: "frame", bytes };
    for (const bytes of this.#tape.take(Number.POSITIVE_INFINITY)) yield { kind: "trailer", bytes };
  }

  *#advance(): Generator<TarPiece> {
    for (let event = this.#parser.next(); event !== "need" && event !== "done"; event = this.#parser.next()) {
      if (event === "entry") yield* this.#entry(this.#parser.entry);
      else if (event === "data" && this.#file !== undefined) {
        const end = this.#file.offsets.data + this.#parser.dataOffset + this.#parser.data.length;
        for (const bytes of this.#tape.take(end)) yield { kind: "content", bytes };
      } else if (event === "close" && this.#file !== undefined) {
        this.#file = undefined;
        yield { kind: "end" };
      }
    }
  }

  *#entry(entry: TarEntry): Generator<TarPiece> {
    checkEntry(entry);
    this.#lastEnd = entry.offsets.end;
    const isDropped = this.#drops(plainName(entry));
    const until = isDropped ? entry.offsets.start : entry.offsets.data;
    for (const bytes of this.#tape.take(until)) yield { kind: "frame", bytes };
    this.#file = !isDropped && entry.type === "file" && entry.size > 0 ? entry : undefined;
    if (this.#file === undefined) this.#parser.skip();
    if (isDropped) this.#tape.passOver(entry.offsets.end);
    else yield { kind: "entry", entry };
    if (!isDropped && this.#file === undefined) yield { kind: "end" };
  }
}

/** The name of an entry without what does not count in front and behind. */
function plainName(entry: TarEntry): string {
  return (entry.nameText ?? "").replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
}

function checkEntry(entry: TarEntry): void {
  const problem =
    entry.nameText === undefined || entry.linknameText === undefined
      ? "its name is not UTF-8"
      : entry.sparse !== undefined
        ? "it is sparse"
        : LAYER_ENTRY_TYPES.has(entry.type)
          ? undefined
          : `it is a ${entry.type}`;
  if (problem === undefined) return;
  throw new TeuError<ContentErrorCode>(
    "ERR_IMAGE_INVALID",
    `Writing a table of contents: ${entry.label()}: ${problem}, expected what such a table can tell of`,
  );
}

/** Bytes that have come and have not been given on, by their place in the archive. */
class Tape {
  #chunks: Uint8Array[] = [];
  /** Place of the first byte of the first chunk. */
  #at = 0;
  /** Up to here nothing is given out. */
  #from = 0;

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** Nothing before this place is given out any more. */
  passOver(until: number): void {
    this.#from = until;
  }

  /** The bytes before `until`, each once. */
  *take(until: number): Generator<Uint8Array> {
    for (let chunk = this.#chunks[0]; chunk !== undefined && this.#at < until; chunk = this.#chunks[0]) {
      const end = Math.min(until, this.#at + chunk.length);
      const start = Math.max(this.#at, Math.min(this.#from, end));
      const part = chunk.subarray(start - this.#at, end - this.#at);
      const rest = chunk.subarray(end - this.#at);
      this.#at = end;
      if (rest.length === 0) this.#chunks.shift();
      else this.#chunks[0] = rest;
      if (part.length > 0) yield part;
    }
  }
}
