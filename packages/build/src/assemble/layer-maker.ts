/**
 * Makes layers, or finds out that they need not be made: what a key led to is remembered, and a layer that is known is
 * made only when a copy asks for its bytes. Where the target has it, nobody does.
 * @module
 */
import { createReadStream } from "node:fs";
import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ImageLayer } from "@teu/content/mutate/image";
import type { BlobReader, ByteStream, CallOptions, ReadOptions } from "@teu/content/store";
import { rangeOf } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, isDigest, joinDigest } from "@teu/spec/digest";
import { type Compression, OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from "@teu/spec/media-types";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import { countBytes } from "@teu/std/streams";
import type { BuildErrorCode } from "../errors.ts";
import { explainCache } from "./cache-error.ts";
import { type LayerRecipe, keyOf } from "./recipe.ts";
import { type Sha256, sha256 } from "./sha256.ts";

/** How layers are made. */
export interface LayerMakerOptions {
  /** The folder of the cache; it is made when needed. */
  readonly folder: string;
  readonly compression: Compression;
  /** Default: that of `compress`. */
  readonly level?: number | undefined;
  readonly mtimeSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

const MEDIA_TYPES: Readonly<Record<Compression, string>> = {
  none: OCI_LAYER,
  gzip: OCI_LAYER_GZIP,
  zstd: OCI_LAYER_ZSTD,
};

/** A layer, and whether it had to be made. */
export interface MadeLayer extends ImageLayer {
  readonly title: string;
  readonly outcome: "made" | "known";
}

interface Known {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

const STALE_MS = 24 * 60 * 60 * 1000;

/** Makes layers, and is the store that has them. Bytes that were made stay in files until it is disposed of. */
export class LayerMaker implements BlobReader, AsyncDisposable {
  readonly #options: LayerMakerOptions;
  readonly #spool: string;
  readonly #recipes = new Map<Digest, { readonly recipe: LayerRecipe; readonly size: number }>();
  readonly #files = new Map<Digest, string>();

  constructor(options: LayerMakerOptions) {
    this.#options = options;
    this.#spool = join(options.folder, "spool", uniqueName());
  }

  /** The layer of a recipe. @throws TeuError `ERR_BUILD_CACHE`; what the recipe's entries throw. */
  async layer(recipe: LayerRecipe): Promise<MadeLayer> {
    const record = this.#recordPath(recipe);
    const known = await readKnown(record);
    const layer = known ?? (await this.#make(recipe));
    const { descriptor, diffId } = layer;
    this.#recipes.set(descriptor.digest, { recipe, size: descriptor.size });
    if (known === undefined) {
      await explainCache(record, async () => {
        await mkdir(dirname(record), { recursive: true });
        await writeFileAtomic(record, JSON.stringify(layer), { durable: false });
      });
    }
    return { descriptor, diffId, store: this, title: recipe.title, outcome: known === undefined ? "made" : "known" };
  }

  /** The same plain bytes are compressed to the same only by the same libraries. */
  #recordPath(recipe: LayerRecipe): string {
    const { compression, level, mtimeSeconds, folder } = this.#options;
    const { zlib, zstd } = process.versions;
    const key = keyOf("record", [
      recipe.key,
      compression,
      String(level),
      String(mtimeSeconds),
      `${zlib} ${zstd ?? ""} ${process.arch}`,
    ]);
    return join(folder, "layers", key.slice(0, 2), `${key.slice(2)}.json`);
  }

  async #make(recipe: LayerRecipe): Promise<Known> {
    const path = join(this.#spool, uniqueName());
    const plain = sha256();
    const packed = sha256();
    let size = 0;
    const bytes = countBytes(hashed(await this.#bytes(recipe, plain), packed), (total) => void (size = total));
    await explainCache(path, async () => {
      await mkdir(this.#spool, { recursive: true });
      await writeFileAtomic(path, bytes, { durable: false, signal: this.#options.signal });
    });
    const digest = joinDigest("sha256", packed.hex());
    this.#files.set(digest, path);
    const descriptor = { mediaType: MEDIA_TYPES[this.#options.compression], digest, size };
    return { descriptor, diffId: joinDigest("sha256", plain.hex()) };
  }

  // What makes layers is loaded when the first one has to be made.
  async #bytes(recipe: LayerRecipe, plain?: Sha256): Promise<ByteStream> {
    const { compression, level, signal } = this.#options;
    const [{ layerTar }, { compress }] = await Promise.all([import("./layer-tar.ts"), import("@teu/content/compress")]);
    // What is written to a file as it is need not stand any longer.
    const tar = layerTar(recipe, { ...this.#options, fleeting: plain !== undefined && compression === "none" });
    return compress(plain === undefined ? tar : hashed(tar, plain), compression, { level, signal });
  }

  async has({ digest, size }: Descriptor, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.#recipes.get(digest)?.size === size;
  }

  async *openUnverified(descriptor: Descriptor, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { start, end } = rangeOf(descriptor, options);
    const file = this.#files.get(descriptor.digest);
    const known = this.#recipes.get(descriptor.digest);
    if (start === end) return;
    if (file !== undefined) yield* createReadStream(file, { start, end: end - 1, signal: options.signal });
    else if (known !== undefined) yield* part(await this.#bytes(known.recipe), start, end);
    else
      throw new TeuError<BuildErrorCode>(
        "ERR_BUILD_CACHE",
        `Reading layer "${descriptor.digest}": it was not made here`,
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What cannot be removed is removed later; it must not hide why a build failed.
    await rm(this.#spool, { recursive: true, force: true }).catch(() => {});
    await removeStale(dirname(this.#spool));
  }
}

function uniqueName(): string {
  return `${process.pid}-${Math.random().toString(36).slice(2)}`;
}

/** What builds that were killed left behind. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const changedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - changedMs > STALE_MS) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function readKnown(path: string): Promise<Known | undefined> {
  try {
    const known = JSON.parse(await readFile(path, "utf8")) as Known;
    return isDigest(known.diffId) && isDigest(known.descriptor.digest) && Number.isSafeInteger(known.descriptor.size)
      ? known
      : undefined;
  } catch {
    return undefined;
  }
}

async function* hashed(source: ByteStream, hash: Sha256): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

async function* part(source: ByteStream, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of source) {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (at >= end) return;
  }
}
