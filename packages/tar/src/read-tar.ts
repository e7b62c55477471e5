/**
 * Reads a tar archive as an async iterable of entries.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry } from "./entry.ts";
import type { TarErrorCode } from "./errors.ts";
import { type TarEvent, TarParser, type TarReadOptions } from "./parser.ts";
import { displayText } from "./text.ts";

export type { TarReadOptions };

/** Chunks of an archive. Chunks of 256 KiB and more are fastest. */
export interface TarSource {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
  /**
   * Optional: passes over at most `bytes` of what follows the chunk given last, without reading it, and tells how many;
   * fewer only at the end. The iterator goes on behind them. With it, contents that nobody reads cost nothing.
   */
  skip?(bytes: number): number | Promise<number>;
}

/** A run of data of a sparse file. */
export interface TarData {
  /** Where it belongs in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * An entry with its content, which can be read once, in one of two ways, until the iteration of entries goes on; then the
 * rest is passed over.
 */
export interface TarMember {
  readonly entry: TarEntry;
  /** The content; holes of a sparse file are zeros. Chunks share memory with those of the source. */
  readonly content: AsyncIterable<Uint8Array>;
  /** The content as stored: a sparse file without its holes. */
  readonly data: AsyncIterable<TarData>;
}

/**
 * Reads an archive entry by entry. The source is read to its end, also behind the end of the archive, so that a digest
 * taken on the way covers all of it. It is closed when the iteration ends early.
 * @throws TeuError `ERR_TAR_…` if the archive is malformed, dubious or beyond a limit.
 */
export function readTar(
  source: TarSource | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: TarReadOptions = {},
): AsyncIterableIterator<TarMember> {
  return new MemberIterator(source, new TarParser(options));
}

class MemberIterator implements AsyncIterableIterator<TarMember> {
  readonly #feed: Feed;
  readonly #parser: TarParser;
  #current: Member | undefined;

  constructor(source: TarSource | Iterable<Uint8Array> | AsyncIterable<Uint8Array>, parser: TarParser) {
    this.#parser = parser;
    this.#feed = new Feed(source, parser);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // Most entries are in the chunk at hand, so the common way has no waiting in it.
  next(): Promise<IteratorResult<TarMember, undefined>> {
    this.#current?.leave();
    this.#current = undefined;
    try {
      const event = this.#advance();
      if (event !== "need") return Promise.resolve(this.#result(event));
    } catch (error) {
      return this.#fail(error);
    }
    return this.#nextSlowly();
  }

  async #nextSlowly(): Promise<IteratorResult<TarMember, undefined>> {
    try {
      for (;;) {
        await this.#feed.more();
        const event = this.#advance();
        if (event !== "need") return this.#result(event);
      }
    } catch (error) {
      return this.#fail(error);
    }
  }

  // Loops do not close an iterator that fails.
  async #fail(error: unknown): Promise<never> {
    try {
      await this.#feed.close();
    } catch {
      // The first error is the one that explains.
    }
    throw error;
  }

  #advance(): TarEvent {
    let event = this.#parser.next();
    while (event === "data" || event === "close" || event === "trailing") event = this.#parser.next();
    return event;
  }

  #result(event: TarEvent): IteratorResult<TarMember, undefined> {
    if (event !== "entry") return END;
    this.#current = new Member(this.#parser, this.#feed);
    return { done: false, value: this.#current };
  }

  async return(): Promise<IteratorResult<TarMember, undefined>> {
    this.#current?.leave();
    await this.#feed.close();
    return END;
  }
}

/** Fetches chunks for the parser, or lets the source pass over what nobody wants. */
class Feed {
  readonly #source: TarSource | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #parser: TarParser;

  constructor(source: TarSource | Iterable<Uint8Array> | AsyncIterable<Uint8Array>, parser: TarParser) {
    this.#source = source;
    this.#parser = parser;
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async more(): Promise<void> {
    const skippable = this.#parser.skippable;
    if (skippable > 0 && "skip" in this.#source && this.#source.skip !== undefined) {
      this.#parser.skipped(await this.#source.skip(skippable));
    }
    const { done, value } = await this.#iterator.next();
    if (done === true) this.#parser.end();
    else this.#parser.push(value);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

class Member implements TarMember {
  readonly entry: TarEntry;
  readonly #parser: TarParser;
  readonly #feed: Feed;
  #state: "fresh" | "reading" | "left" = "fresh";

  constructor(parser: TarParser, feed: Feed) {
    this.entry = parser.entry;
    this.#parser = parser;
    this.#feed = feed;
  }

  get content(): AsyncIterable<Uint8Array> {
    if (this.entry.sparse !== undefined) return fillHoles(this.data, this.entry.size);
    return new ContentIterator(this, (parser) => parser.data);
  }

  get data(): AsyncIterable<TarData> {
    return new ContentIterator(this, (parser) => ({ offset: parser.dataOffset, bytes: parser.data }));
  }

  /** Takes the right to read the content. */
  claim(): void {
    if (this.#state !== "fresh") throw this.#gone();
    this.#state = "reading";
  }

  /** Reads on. @returns The parser where it has data, undefined at the end of the content, or `need`. */
  read(): TarParser | "need" | undefined {
    if (this.#state !== "reading") throw this.#gone();
    const event = this.#parser.next();
    if (event === "need") return event;
    if (event === "data") return this.#parser;
    this.#state = "left";
    return undefined;
  }

  async more(): Promise<void> {
    await this.#feed.more();
  }

  /** The iteration of entries goes on: what is left of the content is lost. */
  leave(): void {
    if (this.#state === "left") return;
    this.#state = "left";
    this.#parser.skip();
  }

  #gone(): TeuError<TarErrorCode> {
    const name = displayText(this.entry.name);
    return new TeuError("ERR_TAR_MISUSE", `Reading the content of "${name}": it was read before, or passed over`);
  }
}

/** Gives what `pick` makes of each run of data. Like the iterator of members it waits only where data is not at hand. */
class ContentIterator<T> implements AsyncIterableIterator<T> {
  readonly #member: Member;
  readonly #pick: (parser: TarParser) => T;
  #state: "fresh" | "reading" | "done" = "fresh";

  constructor(member: Member, pick: (parser: TarParser) => T) {
    this.#member = member;
    this.#pick = pick;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    try {
      if (this.#state === "done") return Promise.resolve(END);
      if (this.#state === "fresh") this.#member.claim();
      this.#state = "reading";
      const found = this.#member.read();
      return found === "need" ? this.#nextSlowly() : Promise.resolve(this.#result(found));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #nextSlowly(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      await this.#member.more();
      const found = this.#member.read();
      if (found !== "need") return this.#result(found);
    }
  }

  #result(parser: TarParser | undefined): IteratorResult<T, undefined> {
    if (parser !== undefined) return { done: false, value: this.#pick(parser) };
    this.#state = "done";
    return END;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#state = "done";
    return Promise.resolve(END);
  }
}

const END = { done: true, value: undefined } as const;

const HOLE_BYTES = 64 * 1024;

async function* fillHoles(data: AsyncIterable<TarData>, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const { offset, bytes } of data) {
    for (; at < offset; at += HOLE_BYTES) yield new Uint8Array(Math.min(HOLE_BYTES, offset - at));
    at = offset + bytes.length;
    yield bytes;
  }
  for (; at < size; at += HOLE_BYTES) yield new Uint8Array(Math.min(HOLE_BYTES, size - at));
}
