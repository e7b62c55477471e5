/**
 * Files from elsewhere, kept by their digests: what is there is not loaded again, what broke off goes on where it was, and what
 * is not as it must be leaves nothing.
 * @module
 */
import { type LayoutStore, openLayout } from "@teu/content/layout-store";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { TeuError, isTeuError } from "@teu/std/error";
import { retry } from "@teu/std/retry";
import { SingleFlight } from "@teu/std/single-flight";
import { collect } from "@teu/std/streams";
import type { BaseErrorCode } from "../errors.ts";
import { type Get, type GetAnswer, downloadFailed } from "./get.ts";

/** A file whose digest is known. */
export interface KnownFile {
  /** Where it is; the others are tried if it is not at the first. */
  readonly urls: readonly [URL, ...URL[]];
  readonly digest: Digest;
  /** Length in bytes. */
  readonly size: number;
}

/** How downloads are made. */
export interface DownloadOptions {
  /** Folder of what is kept. */
  readonly folder: string;
  readonly get: Get;
  /** How often a download is tried. Default: 4. */
  readonly maxAttempts?: number;
  /** Is told of every file that is not at hand. */
  readonly onDownload?: (url: URL) => void;
}

interface Signalled {
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_ATTEMPTS = 4;
const FILE_TYPE = "application/octet-stream";
const MISSING: readonly number[] = [403, 404, 410];
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Opens the folder. @throws TeuError `ERR_BASE_CACHE` */
export async function openDownloads(options: DownloadOptions): Promise<Downloads> {
  try {
    return new Downloads(await openLayout(options.folder, { create: true, durable: false }), options);
  } catch (error) {
    const message = `Opening the folder for downloads "${options.folder}": ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_CACHE", message, { cause: error });
  }
}

/** Files from elsewhere. */
export class Downloads implements AsyncDisposable {
  readonly #store: LayoutStore;
  readonly #options: DownloadOptions;
  readonly #flights = new SingleFlight<Uint8Array>();

  constructor(store: LayoutStore, options: DownloadOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Folder of what is kept. */
  get folder(): string {
    return this.#options.folder;
  }

  /**
   * Reads a file whose digest is not known before, as it is now.
   * @returns Nothing if it is not there.
   * @throws TeuError `ERR_DOWNLOAD`
   */
  async read(url: URL, { maxBytes, signal }: ReadSettings): Promise<Uint8Array | undefined> {
    return await this.#retry(async () => {
      const answer = await this.#options.get(url, { signal });
      try {
        if (MISSING.includes(answer.status)) return undefined;
        expectSuccess(url, answer);
        return await collect(readBody(url, answer, signal), { maxBytes, what: `"${url.href}"`, signal });
      } finally {
        answer.close();
      }
    }, signal);
  }

  /**
   * The content of a file, verified.
   * @throws TeuError `ERR_DOWNLOAD`, `ERR_DOWNLOAD_HASH`, `ERR_BASE_CACHE`
   */
  async fetch(file: KnownFile, { signal }: Signalled = {}): Promise<Uint8Array> {
    // Several platforms may want the same package at the same time.
    return await this.#flights.run(file.digest, async (shared) => await this.#fetch(file, shared), signal);
  }

  async #fetch(file: KnownFile, signal: AbortSignal): Promise<Uint8Array> {
    const descriptor = await this.#retry(async () => await this.#bring(file, signal), signal);
    return await readVerified(this.#store, descriptor, { maxBytes: descriptor.size, signal });
  }

  async #bring(file: KnownFile, signal: AbortSignal | undefined): Promise<Descriptor> {
    const descriptor = { mediaType: FILE_TYPE, digest: file.digest, size: file.size };
    if (await this.#store.has(descriptor, { signal })) return descriptor;
    for (const url of file.urls) {
      if (await this.#load(url, descriptor, signal)) return descriptor;
    }
    throw downloadFailed(file.urls.at(-1) ?? file.urls[0], "it is not there");
  }

  /** @returns False if it is not there. */
  async #load(url: URL, descriptor: Descriptor, signal: AbortSignal | undefined): Promise<boolean> {
    this.#options.onDownload?.(url);
    const start = await this.#store.partialBytes(descriptor, { signal });
    const answer = await this.#options.get(url, { start, signal });
    try {
      if (MISSING.includes(answer.status)) return false;
      expectSuccess(url, answer);
      const body = readBody(url, answer, signal);
      if (answer.status === 206) await this.#store.resume(descriptor, start, body, { signal });
      else await this.#store.put(descriptor, body, { signal });
      return true;
    } catch (error) {
      throw explainStore(error, url);
    } finally {
      answer.close();
    }
  }

  #retry<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { maxAttempts = DEFAULT_ATTEMPTS } = this.#options;
    return retry(work, { maxAttempts, signal, retryable: isPassing });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }
}

/** How to read a file whose digest is not known. */
export interface ReadSettings extends Signalled {
  readonly maxBytes: number;
}

function expectSuccess(url: URL, { status }: GetAnswer): void {
  if (status === 200 || status === 206) return;
  const hint = status === 401 ? { hint: "give credentials in the configuration of the source" } : {};
  const message = `Downloading "${url.href}": the answer is ${status}, expected 200`;
  throw new TeuError<BaseErrorCode>("ERR_DOWNLOAD", message, { detail: { status }, ...hint });
}

async function* readBody(url: URL, answer: GetAnswer, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* answer.body;
  } catch (error) {
    signal?.throwIfAborted();
    throw isTeuError(error) ? error : downloadFailed(url, `it broke off: ${(error as Error).message}`, error);
  }
}

/** An answer of a status that may be another one soon, or none at all. */
function isPassing(error: unknown): boolean {
  if (!isTeuError<BaseErrorCode>(error, "ERR_DOWNLOAD")) return false;
  const status: unknown = Reflect.get(Object(error.detail), "status");
  return typeof status === "number" ? PASSING.includes(status) : error.cause !== undefined;
}

function explainStore(error: unknown, url: URL): unknown {
  if (isTeuError(error, "ERR_BLOB_DIGEST") || isTeuError(error, "ERR_BLOB_SIZE")) {
    const message = `Downloading "${url.href}": it is not what it must be: ${error.message}`;
    return new TeuError<BaseErrorCode>("ERR_DOWNLOAD_HASH", message, {
      cause: error,
      hint: "the archive may be changing at this moment or be damaged; try again later",
    });
  }
  if (isTeuError(error, "ERR_STORE_FULL") || isTeuError(error, "ERR_STORE_READ_ONLY")) {
    return new TeuError<BaseErrorCode>("ERR_BASE_CACHE", `Keeping "${url.href}": ${error.message}`, { cause: error });
  }
  return error;
}
