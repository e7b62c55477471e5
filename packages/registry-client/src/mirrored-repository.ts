/**
 * A repository that may be read at several places. Each is asked in turn; one that lacks something, or fails, is passed
 * over, and one that gives something else for large content is not asked again. Content is verified by its digest wherever
 * it comes from; what a tag stands for is believed to places only that may say so.
 * @module
 */
import { appendTo } from "@teu/content/growing-file";
import type {
  ByteStream,
  CallOptions,
  ReadOptions,
  ReferrerLister,
  ReferrerOptions,
  SecondSource,
  Source,
} from "@teu/content/store";
import { isContentName } from "@teu/content/hash";
import { listReferrers } from "@teu/content/referrers";
import { openVerified, rangeOf } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { type TeuError, isTeuError } from "@teu/std/error";
import type { Place } from "./names/places.ts";
import type { Repository } from "./repository.ts";

/** One place, and how to get at it. */
export interface OpenPlace {
  readonly place: Place;
  /** Opens it when it is first needed. */
  readonly open: () => Promise<Repository>;
}

/** Reads from the first place that has what is asked for. */
export class MirroredRepository implements Source, ReferrerLister, SecondSource {
  readonly #places: readonly OpenPlace[];
  readonly #tell: (message: string) => void;
  /** The mirrors that gave some content, by its digest. */
  readonly #givers = new Map<Digest, Set<OpenPlace>>();
  readonly #distrusted = new Set<OpenPlace>();

  /** @param tell Is told when a place fails and the next is asked. */
  constructor(places: readonly OpenPlace[], tell: (message: string) => void = () => {}) {
    this.#places = places;
    this.#tell = tell;
  }

  openUnverified(descriptor: Descriptor, options: ReadOptions = {}): ByteStream {
    const range = { ...options, ...rangeOf(descriptor, options) };
    const [only, ...others] = this.#placesFor(({ uses }) => uses.digests);
    if (only === undefined || only.place.isMirror || others.length > 0) return this.#read(descriptor, range);
    const opened = async (): Promise<ByteStream> => (await only.open()).openUnverified(descriptor, range);
    return {
      async *[Symbol.asyncIterator]() {
        yield* await opened();
      },
      intoFile: async (file, onBytes) => await appendTo(file, await opened(), onBytes),
    };
  }

  async *#read(descriptor: Descriptor, options: ReadOptions & { readonly start: number }): AsyncGenerator<Uint8Array> {
    let at = options.start;
    const digests = this.#placesFor(({ uses }) => uses.digests);
    for (const [turn, each] of digests.entries()) {
      const isLast = turn === digests.length - 1;
      try {
        const repository = await each.open();
        // A mirror that gives the whole is judged here, or the next one could not be asked.
        const isWhole = !isLast && at === 0 && options.end === descriptor.size && descriptor.size <= MAX_JUDGED_BYTES;
        const chunks = isWhole
          ? await Array.fromAsync(openVerified(repository, descriptor, options))
          : repository.openUnverified(descriptor, { ...options, start: at });
        if (!isWhole && each.place.isMirror) this.#note(descriptor, each);
        for await (const chunk of chunks) {
          at += chunk.length;
          yield chunk;
        }
        return;
      } catch (error) {
        if (isLast || options.signal?.aborted === true || !isTeuError(error)) throw error;
        this.#tell(`${each.place.host}: ${error.message}`);
      }
    }
  }

  #note({ digest }: Descriptor, giver: OpenPlace): void {
    const givers = this.#givers.get(digest) ?? new Set();
    this.#givers.set(digest, givers.add(giver));
  }

  distrust({ digest }: Descriptor): boolean {
    const givers = this.#givers.get(digest) ?? new Set();
    this.#givers.delete(digest);
    for (const giver of givers) {
      this.#distrusted.add(giver);
      this.#tell(`${giver.place.host}: it gave something else for "${digest}", and is not asked for content any more`);
    }
    return givers.size > 0;
  }

  #placesFor(fits: (place: Place) => boolean): readonly OpenPlace[] {
    return this.#places.filter((each) => fits(each.place) && !this.#distrusted.has(each));
  }

  async has(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    const found = await this.#first(
      ({ uses }) => uses.digests,
      async (repository) => (await repository.has(descriptor, options)) || undefined,
      options,
    );
    return found ?? false;
  }

  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    const uses = isContentName(name) ? "digests" : "tags";
    return await this.#first(
      (place) => place.uses[uses],
      async (repository) => await repository.resolve(name, options),
      options,
    );
  }

  async *tags(options: CallOptions = {}): AsyncGenerator<string> {
    yield* (await this.#origin()).tags(options);
  }

  async *referrers(subject: Descriptor, options: ReferrerOptions = {}): AsyncGenerator<Descriptor> {
    yield* listReferrers(await this.#origin(), subject, options);
  }

  /** The registry itself, which alone knows everything. */
  async #origin(): Promise<Repository> {
    const origin = this.#places.at(-1);
    if (origin === undefined) throw new RangeError("a repository without places");
    return await origin.open();
  }

  /** What the first place has to say; errors count only if no other place has anything. */
  async #first<T>(
    fits: (place: Place) => boolean,
    ask: (repository: Repository) => Promise<T | undefined>,
    { signal }: CallOptions,
  ): Promise<T | undefined> {
    let failure: TeuError | undefined;
    for (const { place, open } of this.#placesFor(fits)) {
      try {
        const found = await ask(await open());
        if (found !== undefined) return found;
        if (!place.isMirror) failure = undefined;
      } catch (error) {
        if (signal?.aborted === true || !isTeuError(error)) throw error;
        if (place.isMirror) this.#tell(`${place.host}: ${error.message}`);
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }
}

// Longer content is passed on as it comes, and verified by its reader.
const MAX_JUDGED_BYTES = 4 * 1024 * 1024;
