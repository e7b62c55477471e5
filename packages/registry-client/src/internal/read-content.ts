/**
 * Reads content of a repository. A body that breaks off goes on where it stopped, and large blobs may come in several
 * ranges at once.
 * @module
 */
import { type GrowingFile, appendTo, intoFileOf } from "@teu/content/growing-file";
import type { ByteStream } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseContentRange } from "@teu/spec/distribution/range";
import { isTeuError } from "@teu/std/error";
import { isPassing } from "../passing.ts";
import type { Answer, Call } from "../transport.ts";
import {
  type Context,
  isManifestType,
  missing,
  pathOf,
  pullScopes,
  readAnswer,
  wrongAnswer,
  wrongSize,
} from "./context.ts";
import { inParallel } from "./parallel.ts";
import { isStatus } from "./status-error.ts";

/** What to read. Offsets are in bytes; `end` is behind the last one. */
export interface ReadPart {
  readonly descriptor: Descriptor;
  readonly start: number;
  readonly end: number;
  readonly signal?: AbortSignal | undefined;
}

/** What registries may serve under the name of a manifest. */
export const MANIFEST_ACCEPT: string = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.artifact.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
  "application/vnd.docker.distribution.manifest.v1+json",
].join(", ");

const DEFAULT_RANGE_BYTES = 8 * 1024 * 1024;

/** Reads a part of content, in as many requests as it takes. */
export function readContent(context: Context, part: ReadPart): ByteStream {
  const { parallelRanges = 1, rangeBytes = DEFAULT_RANGE_BYTES } = context.options;
  const isSplit =
    parallelRanges > 1 && part.end - part.start > 2 * rangeBytes && !isManifestType(part.descriptor.mediaType);
  if (!isSplit) return new Reading(context, part);
  return inParallel({
    start: part.start,
    end: part.end,
    partBytes: rangeBytes,
    parallel: parallelRanges,
    signal: part.signal,
    read: (start, end, signal) => new Reading(context, { ...part, start, end, signal }),
  });
}

const MAX_FAILURES = 5;
// A registry that breaks off again and again without giving this much is not asked for ever.
const PROGRESS_BYTES = 1024 * 1024;

class Reading implements ByteStream {
  readonly #context: Context;
  readonly #part: ReadPart;
  readonly #targets: (string | URL)[];
  #at: number;
  /** Where the last failure was, and how many there have been without much in between. */
  #mark: number;
  #failures = 0;
  #hasMore: boolean;

  constructor(context: Context, part: ReadPart) {
    this.#context = context;
    this.#part = part;
    this.#at = part.start;
    this.#mark = part.start;
    this.#hasMore = part.start < part.end || part.descriptor.size === 0;
    this.#targets = targetsOf(context, part.descriptor);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#hasMore) {
      const answer = await this.#open();
      try {
        yield* this.#body(answer);
        this.#checkEnd();
      } catch (error) {
        await this.#passed(error);
      }
    }
  }

  readonly intoFile = async (file: GrowingFile, onBytes?: (bytes: number) => void): Promise<void> => {
    while (this.#hasMore) {
      const answer = await this.#open();
      try {
        await this.#append(answer, file, onBytes);
        this.#checkEnd();
      } catch (error) {
        if (file.failure !== undefined) throw error;
        await this.#passed(error);
      }
    }
  };

  #checkEnd(): void {
    if (this.#at < this.#part.end) throw wrongSize(this.#context, this.#part.descriptor, this.#at);
    this.#hasMore = false;
  }

  /** Waits after a failure, or throws it if it is not one that passes. */
  async #passed(error: unknown): Promise<void> {
    if (this.#at - this.#mark >= PROGRESS_BYTES) this.#failures = 0;
    this.#mark = this.#at;
    this.#failures += 1;
    if (isPassing(error) === false || this.#failures > MAX_FAILURES) throw error;
    await this.#context.transport.backOff(this.#failures, { signal: this.#part.signal });
  }

  /** Asks for what is still to come, at the first place that has it. */
  async #open(): Promise<Answer> {
    for (;;) {
      const [target] = this.#targets;
      if (target === undefined) throw missing(this.#context, this.#part.descriptor);
      try {
        return await this.#context.transport.send(this.#call(target));
      } catch (error) {
        if (!isStatus(error, 404, 410) && !(target instanceof URL && isTeuError(error))) throw this.#explain(error);
        this.#targets.shift();
        if (this.#targets.length === 0) throw missing(this.#context, this.#part.descriptor, error);
      }
    }
  }

  #explain(error: unknown): unknown {
    return isStatus(error, 416) ? wrongSize(this.#context, this.#part.descriptor, `fewer than ${this.#at}`) : error;
  }

  #call(target: string | URL): Call {
    const { descriptor, end, signal } = this.#part;
    const isManifest = isManifestType(descriptor.mediaType);
    const isWhole = this.#at === 0 && end === descriptor.size;
    return {
      method: "GET",
      target,
      headers: {
        ...(isManifest ? { accept: `${descriptor.mediaType}, ${MANIFEST_ACCEPT}` } : {}),
        ...(isManifest || isWhole ? {} : { range: `bytes=${this.#at}-${end - 1}` }),
      },
      scopes: pullScopes(this.#context),
      expect: isManifest || isWhole ? [200] : [200, 206],
      signal,
    };
  }

  async *#body(answer: Answer): AsyncGenerator<Uint8Array, void, undefined> {
    const { descriptor, end } = this.#part;
    // A registry that does not know ranges gives everything, of which the beginning is passed over.
    let offset = answer.status === 206 ? await this.#rangeOf(answer) : 0;
    if (answer.status === 200) await this.#checkLength(answer);
    for await (const chunk of answer.body) {
      const from = Math.max(0, this.#at - offset);
      const piece = chunk.subarray(from, Math.max(from, end - offset));
      offset += chunk.length;
      if (offset > descriptor.size) throw wrongSize(this.#context, descriptor, `more than ${descriptor.size}`);
      this.#at += piece.length;
      if (piece.length > 0) yield piece;
      if (this.#at >= end && end < descriptor.size) return;
    }
  }

  /** Appends what an answer has of the part. One that has other bytes before or after it is read as usual. */
  async #append(answer: Answer, file: GrowingFile, onBytes?: (bytes: number) => void): Promise<void> {
    const { end } = this.#part;
    const intoFile = intoFileOf(answer.body);
    const isWhole = this.#at === 0 && end === this.#part.descriptor.size;
    const fits = Number(answer.headers.get("content-length")) === end - this.#at && (answer.status === 206 || isWhole);
    if (intoFile === undefined || !fits) return await appendTo(file, this.#body(answer), onBytes);
    if (answer.status === 206) await this.#rangeOf(answer);
    const start = file.size;
    try {
      await intoFile(file, onBytes);
    } finally {
      this.#at += file.size - start;
    }
  }

  /** Where the range of an answer begins. */
  async #rangeOf(answer: Answer): Promise<number> {
    try {
      return this.#checkedRange(answer);
    } catch (error) {
      await answer.discard();
      throw error;
    }
  }

  #checkedRange(answer: Answer): number {
    const content = readAnswer("GET", answer, () => parseContentRange(answer.headers.get("content-range") ?? ""));
    const { descriptor } = this.#part;
    if (content.size !== undefined && content.size !== descriptor.size) {
      throw wrongSize(this.#context, descriptor, content.size);
    }
    if (content.range?.first === this.#at) return this.#at;
    throw wrongAnswer(
      "GET",
      answer.url,
      `a range from ${content.range?.first ?? "nowhere"}, expected one from ${this.#at}`,
    );
  }

  async #checkLength(answer: Answer): Promise<void> {
    const length = answer.headers.get("content-length");
    if (length === null || Number(length) === this.#part.descriptor.size) return;
    await answer.discard();
    throw wrongSize(this.#context, this.#part.descriptor, Number(length));
  }
}

function targetsOf(context: Context, descriptor: Descriptor): (string | URL)[] {
  const isManifest = isManifestType(descriptor.mediaType);
  const own = pathOf(context, isManifest ? "manifest" : "blob", descriptor.digest);
  const foreign = context.options.foreignUrls === true ? (descriptor.urls ?? []) : [];
  const urls = foreign.map((url) => URL.parse(url)).filter((url) => url !== null);
  return [own, ...urls.filter(({ username, password }) => username === "" && password === "")];
}
