/**
 * Writes tar archives: ustar with PAX where needed, never GNU extensions, the same bytes for the same entries.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { endSlab, giveBack, takeSlab } from "@teu/std/slabs";
import type { TarErrorCode } from "./errors.ts";
import { BLOCK_BYTES, padded } from "./header.ts";
import { displayText, toBytes } from "./text.ts";
import { type NewEntry, formatHeader } from "./write-header.ts";

export type { NewEntry };

/** An entry to write, with its content where it has any. */
export interface NewMember {
  readonly entry: NewEntry;
  /** As many bytes as `entry.size` says. */
  readonly content?: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A {@link NewMember} whose content is at hand. */
export interface NewMemberSync {
  readonly entry: NewEntry;
  readonly content?: Uint8Array | Iterable<Uint8Array>;
}

/** The end of an archive: two blocks of zeros. */
export function endOfArchive(): Uint8Array {
  return new Uint8Array(2 * BLOCK_BYTES);
}

/**
 * Writes entry by entry, for callers that move the content themselves: `open` gives the header, `content` counts what the
 * caller writes behind it, `close` gives the padding.
 */
export class TarWriter {
  #name: NewEntry["name"] = "";
  #size = 0;
  #written = 0;
  #isOpen = false;

  /** Begins an entry. @returns Its headers. @throws TeuError `ERR_TAR_UNWRITABLE` */
  open(entry: NewEntry): Uint8Array {
    if (this.#isOpen) throw new TeuError<TarErrorCode>("ERR_TAR_MISUSE", "Writing a tar entry: the last one is open");
    const header = formatHeader(entry);
    this.#name = entry.name;
    this.#size = entry.size ?? 0;
    this.#written = 0;
    this.#isOpen = true;
    return header;
  }

  /** Counts content of the open entry. @throws TeuError `ERR_TAR_CONTENT_SIZE` as soon as it is too long. */
  content(bytes: number): void {
    this.#written += bytes;
    if (this.#written > this.#size || !this.#isOpen) throw this.#wrongSize(`more than ${this.#size} bytes of content`);
  }

  /** Ends the open entry. @returns Its padding, maybe empty. @throws TeuError `ERR_TAR_CONTENT_SIZE` if it is too short. */
  close(): Uint8Array {
    if (this.#written !== this.#size) throw this.#wrongSize(`${this.#written} bytes of content`);
    this.#isOpen = false;
    return new Uint8Array(padded(this.#size) - this.#size);
  }

  #wrongSize(actual: string): TeuError<TarErrorCode> {
    const name = displayText(toBytes(this.#name));
    return new TeuError("ERR_TAR_CONTENT_SIZE", `Writing tar entry "${name}": ${actual}, expected ${this.#size}`);
  }
}

/**
 * Writes an archive whose contents may come with time. Small pieces are put together to chunks of up to 64 KiB, longer
 * ones go through as they are; no more than one chunk is held.
 * @throws TeuError `ERR_TAR_UNWRITABLE`, or `ERR_TAR_CONTENT_SIZE` if a content is not as long as its entry says.
 */
export async function* writeTar(
  members: Iterable<NewMember> | AsyncIterable<NewMember>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = new TarWriter();
  const joiner = new Joiner();
  for await (const { entry, content } of members) {
    for (const ready of joiner.add(writer.open(entry))) yield ready;
    for await (const chunk of pieces(content)) {
      writer.content(chunk.length);
      for (const ready of joiner.add(chunk)) yield ready;
    }
    for (const ready of joiner.add(writer.close())) yield ready;
  }
  for (const ready of joiner.add(endOfArchive())) yield ready;
  for (const ready of joiner.rest()) yield ready;
}

/** {@link writeTar} for contents at hand. */
export function* writeTarSync(members: Iterable<NewMemberSync>): Generator<Uint8Array, void, undefined> {
  const writer = new TarWriter();
  const joiner = new Joiner();
  for (const { entry, content } of members) {
    yield* joiner.add(writer.open(entry));
    for (const chunk of pieces(content)) {
      writer.content(chunk.length);
      yield* joiner.add(chunk);
    }
    yield* joiner.add(writer.close());
  }
  yield* joiner.add(endOfArchive());
  yield* joiner.rest();
}

function pieces<T>(content: Uint8Array | T | undefined): readonly Uint8Array[] | T {
  if (content === undefined) return [];
  return content instanceof Uint8Array ? [content] : content;
}

const CHUNK_BYTES = 64 * 1024;

const NOTHING: readonly Uint8Array[] = [];

/** Puts small pieces together; long ones go through as they are. */
class Joiner {
  #chunk = takeSlab(CHUNK_BYTES);
  #filled = 0;

  /** Takes a piece. @returns The chunks that are ready. */
  add(piece: Uint8Array): readonly Uint8Array[] {
    const ready = this.#filled + piece.length > CHUNK_BYTES ? this.rest() : NOTHING;
    if (piece.length >= CHUNK_BYTES) return [...ready, piece];
    this.#chunk.set(piece, this.#filled);
    this.#filled += piece.length;
    giveBack(piece);
    return ready;
  }

  /** The chunk begun. */
  rest(): readonly Uint8Array[] {
    if (this.#filled === 0) return NOTHING;
    const chunk = this.#chunk.subarray(0, this.#filled);
    endSlab(this.#chunk, this.#filled);
    this.#chunk = takeSlab(CHUNK_BYTES);
    this.#filled = 0;
    return [chunk];
  }
}
