/**
 * One upload at a registry: begun, written to, asked how far it is, cancelled.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs}
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { formatChunkRange, parseProgress } from "@teu/spec/distribution/chunk-range";
import { OCI_CHUNK_MIN_LENGTH, parseChunkMinLength } from "@teu/spec/distribution/headers";
import { resolveLocation } from "@teu/spec/distribution/location";
import { formatRoute } from "@teu/spec/distribution/routes";
import { repositoryScope } from "@teu/spec/distribution/scope";
import { isTeuError } from "@teu/std/error";
import type { Answer, Call } from "../transport.ts";
import { type Context, pushScopes, readAnswer, sendBare, wrongAnswer } from "./context.ts";
import type { Replayed } from "./replay.ts";
import { isStatus } from "./status-error.ts";

/** Content to take over from elsewhere at the registry. */
export interface Mount {
  readonly mount: Digest;
  /** Nothing leaves the choice to the registry. */
  readonly from?: string | undefined;
}

/** What of a stream is sent. Sizes and offsets are in bytes. */
export interface UploadPart {
  readonly start: number;
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

// Of what the specification wants 202 for, Amazon's registry says 201 and Pulp's 204.
const TAKEN = [202, 201, 204];
// What may be on its way when a connection breaks: the buffers of both ends, and some.
const KEPT_BYTES = 8 * 1024 * 1024;

/** An upload. */
export class Upload {
  readonly #context: Context;
  /** Where it goes on. */
  location: URL;
  /** Is called when that has changed. */
  onMoved: (() => Promise<void>) | undefined;
  #minimum = 0;

  constructor(context: Context, location: URL) {
    this.#context = context;
    this.location = location;
  }

  /** Begins an upload. */
  static async begin(
    context: Context,
    what: Mount | { readonly algorithm: string },
    signal?: AbortSignal,
  ): Promise<Upload> {
    const begun = await Upload.mount(context, what, signal);
    if (begun !== undefined) return begun;
    const url = context.transport.resolve(formatRoute({ kind: "uploads", name: context.name }));
    throw wrongAnswer("POST", url, "status 201 to the begin of an upload, expected 202");
  }

  /** Asks for content from elsewhere. Answers with an upload where the registry has none to give, else with nothing. */
  static async mount(
    context: Context,
    what: Mount | { readonly algorithm: string },
    signal?: AbortSignal,
  ): Promise<Upload | undefined> {
    const path = formatRoute({ kind: "uploads", name: context.name });
    const from = "mount" in what && what.from !== undefined ? [repositoryScope(what.from, "pull")] : [];
    const answer = await sendBare(context, {
      method: "POST",
      target: path + queryOf(what),
      body: new Uint8Array(),
      scopes: [...pushScopes(context), ...from],
      expect: [201, 202],
      signal,
    });
    if (answer.status === 201) return undefined;
    const upload = new Upload(context, locationOf("POST", answer));
    upload.#minimum = minimumOf(answer);
    return upload;
  }

  /** Begins it once more, from nothing. */
  async beginAnew(what: { readonly algorithm: string }, signal?: AbortSignal): Promise<void> {
    const fresh = await Upload.begin(this.#context, what, signal);
    this.location = fresh.location;
    this.#minimum = fresh.#minimum;
    await this.onMoved?.();
  }

  /** Whether it goes in chunks: because the registry, or the caller, wants it so. */
  get isChunked(): boolean {
    return this.#chunkBytes !== undefined;
  }

  /** How much of a stream has to be kept to go on after a failure. */
  get keptBytes(): number {
    return Math.max(KEPT_BYTES, this.#chunkBytes ?? 0);
  }

  /** Sends all of a stream whose length is not known. */
  async sendAll(replay: Replayed, signal?: AbortSignal): Promise<void> {
    await this.#patch({ body: () => replay.from(0, Infinity), signal });
  }

  /** Sends the next chunk, or everything from `start` up to `size`; tells the offset behind what arrived. */
  async append(replay: Replayed, { start, size, signal }: UploadPart): Promise<number> {
    const chunkBytes = this.#chunkBytes;
    const end = chunkBytes === undefined ? size : Math.min(start + chunkBytes, size);
    // All at once is a stream, as docker sends it, and no chunk.
    const isChunk = chunkBytes !== undefined || start > 0;
    const answer = await this.#patch({
      headers: isChunk ? { "content-range": formatChunkRange({ first: start, last: end - 1 }) } : {},
      body: () => replay.from(start, end),
      bodyBytes: end - start,
      signal,
    });
    // 0-0 is one byte or none.
    return Math.max(progressOf("PATCH", answer, size) ?? end, end === 1 ? 1 : 0);
  }

  /** How many bytes of `size` the registry has; nothing if it does not know the upload. */
  async progress(size: number, signal?: AbortSignal): Promise<number | undefined> {
    try {
      const answer = await sendBare(this.#context, {
        method: "GET",
        target: this.location,
        scopes: pushScopes(this.#context),
        expect: [204, 202, 200],
        signal,
      });
      if (answer.headers.get("location") !== null) await this.#move("GET", answer);
      return progressOf("GET", answer, size) ?? 0;
    } catch (error) {
      if (isStatus(error, 404, 400, 410)) return undefined;
      throw error;
    }
  }

  /** Lets the registry forget the upload, as far as it knows how to. */
  async cancel(): Promise<void> {
    const call = {
      method: "DELETE",
      target: this.location,
      scopes: pushScopes(this.#context),
      expect: [204, 202, 200],
      repeatable: false,
    };
    try {
      await sendBare(this.#context, call);
    } catch (error) {
      if (!isTeuError(error)) throw error;
    }
  }

  get #chunkBytes(): number | undefined {
    const { chunkBytes } = this.#context.options;
    if (chunkBytes === undefined && this.#minimum === 0) return undefined;
    return Math.max(chunkBytes ?? 0, this.#minimum, 1);
  }

  async #patch({ headers, ...more }: Pick<Call, "headers" | "body" | "bodyBytes" | "signal">): Promise<Answer> {
    const answer = await sendBare(this.#context, {
      method: "PATCH",
      target: this.location,
      headers: { "content-type": "application/octet-stream", ...headers },
      ...more,
      repeatable: false,
      scopes: pushScopes(this.#context),
      expect: TAKEN,
    });
    await this.#move("PATCH", answer);
    return answer;
  }

  async #move(method: string, answer: Answer): Promise<void> {
    this.location = locationOf(method, answer);
    await this.onMoved?.();
  }
}

function queryOf(what: Mount | { readonly algorithm: string }): string {
  // Registries that do not know it take no notice.
  if ("algorithm" in what)
    return what.algorithm === "sha256" ? "" : `?digest-algorithm=${encodeURIComponent(what.algorithm)}`;
  const from = what.from === undefined ? "" : `&from=${encodeURIComponent(what.from)}`;
  return `?mount=${encodeURIComponent(what.mount)}${from}`;
}

function locationOf(method: string, answer: Answer): URL {
  return readAnswer(method, answer, () => resolveLocation(answer.headers.get("location") ?? "", answer.url));
}

// A registry cannot make us hold more than this in memory.
const MAX_MINIMUM_BYTES = 128 * 1024 * 1024;

function minimumOf(answer: Answer): number {
  const value = answer.headers.get(OCI_CHUNK_MIN_LENGTH);
  if (value === null) return 0;
  const length = readAnswer("POST", answer, () => parseChunkMinLength(value));
  if (length <= MAX_MINIMUM_BYTES) return length;
  throw wrongAnswer("POST", answer.url, `chunks of at least ${length} bytes, expected at most ${MAX_MINIMUM_BYTES}`);
}

/** The bytes that arrived by the header `Range`; nothing where an answer has none. */
function progressOf(method: string, answer: Answer, size: number): number | undefined {
  const value = answer.headers.get("range");
  if (value === null) return undefined;
  const { bytes, maybeNone } = readAnswer(method, answer, () => parseProgress(value));
  if (bytes > size) throw wrongAnswer(method, answer.url, `${bytes} bytes arrived, expected at most ${size}`);
  return maybeNone ? 0 : bytes;
}
