/**
 * The plain bytes of a layer: entries as a tar archive in which nothing depends on the machine. All belongs to root, and
 * all has the one time that is given.
 * @module
 */
import { createHash } from "node:crypto";
import { TeuError } from "@teu/std/error";
import { type NewEntry, TarWriter, endOfArchive } from "@teu/tar/write-tar";
import type { BuildErrorCode } from "../errors.ts";
import type { LayerEntry, LayerRecipe } from "./recipe.ts";

const CHUNK_BYTES = 256 * 1024;
// The loop that serves signals and the network gets its turn after so many entries.
const ENTRIES_PER_TURN = 512;

/** How to write. */
export interface LayerTarOptions {
  /** The time of all entries, in seconds since 1970. */
  readonly mtimeSeconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Each piece that is written stands only until the next is asked for, which takes less memory. Default: for good. */
  readonly fleeting?: boolean | undefined;
}

/** Writes a layer. @throws TeuError `ERR_BUILD_SOURCE` if content is not what it was; what its entries throw. */
export async function* layerTar(
  recipe: LayerRecipe,
  options: LayerTarOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = new Pieces(options.fleeting ?? false);
  const writer = new LayerWriter(pieces, options.mtimeSeconds);
  let turn = 0;
  for await (const entry of recipe.entries()) {
    writer.folders(entry.path);
    if (entry.type === "file") yield* writer.file(entry);
    else writer.other(entry);
    yield* pieces.ready();
    turn += 1;
    if (turn % ENTRIES_PER_TURN === 0) {
      await new Promise(setImmediate);
      options.signal?.throwIfAborted();
    }
  }
  pieces.add(endOfArchive());
  yield* pieces.rest();
}

/** Small pieces put together. */
class Pieces {
  readonly #ready: Uint8Array[] = [];
  readonly #isFleeting: boolean;
  /** Rooms of pieces that were taken, and of those that have been asked to go on from since. */
  readonly #lent: Uint8Array[] = [];
  readonly #free: Uint8Array[] = [];
  #chunk: Uint8Array = new Uint8Array(CHUNK_BYTES);
  #filled = 0;

  constructor(isFleeting: boolean) {
    this.#isFleeting = isFleeting;
  }

  add(piece: Uint8Array): void {
    if (piece.length >= CHUNK_BYTES) {
      this.#cut();
      this.#ready.push(piece);
      return;
    }
    if (this.#filled + piece.length > CHUNK_BYTES) this.#cut();
    this.#chunk.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  #cut(): void {
    if (this.#filled === 0) return;
    this.#ready.push(this.#chunk.subarray(0, this.#filled));
    if (this.#isFleeting) this.#lent.push(this.#chunk);
    this.#chunk = this.#free.pop() ?? new Uint8Array(CHUNK_BYTES);
    this.#filled = 0;
  }

  /** What is to be written before anything is added. */
  *ready(): Generator<Uint8Array> {
    if (this.#ready.length === 0) return;
    const lent = this.#lent.splice(0);
    yield* this.#ready.splice(0);
    this.#free.push(...lent);
  }

  *rest(): Generator<Uint8Array> {
    this.#cut();
    yield* this.ready();
  }
}

type FileEntry = Extract<LayerEntry, { readonly type: "file" }>;

class LayerWriter {
  readonly #writer = new TarWriter();
  readonly #pieces: Pieces;
  readonly #mtime: NewEntry["mtime"] & {};
  readonly #folders = new Set<string>();

  constructor(pieces: Pieces, mtimeSeconds: number) {
    this.#pieces = pieces;
    this.#mtime = { seconds: mtimeSeconds, nanoseconds: 0 };
  }

  /** Writes the folders on the way to a path that are not there yet. */
  folders(path: string): void {
    const cut = path.lastIndexOf("/");
    if (cut > 0) this.#folder(path.slice(0, cut));
  }

  #folder(path: string): void {
    if (this.#folders.has(path)) return;
    this.folders(path);
    this.#folders.add(path);
    this.#put({ name: path, type: "directory", mode: 0o755, mtime: this.#mtime });
  }

  other(entry: Exclude<LayerEntry, FileEntry>): void {
    if (entry.type === "directory") this.#folder(entry.path);
    else this.#put({ name: entry.path, type: "symlink", linkname: entry.target, mode: 0o777, mtime: this.#mtime });
  }

  #put(entry: NewEntry): void {
    this.#pieces.add(this.#writer.open(entry));
    this.#writer.close();
  }

  async *file({ path, mode, size, sha256, content }: FileEntry): AsyncGenerator<Uint8Array> {
    this.#pieces.add(this.#writer.open({ name: path, mode, size, mtime: this.#mtime }));
    const hash = sha256 === undefined ? undefined : createHash("sha256");
    let written = 0;
    const take = (chunk: Uint8Array): void => {
      written += chunk.length;
      if (written > size) throw changed(path, "it grew");
      this.#writer.content(chunk.length);
      hash?.update(chunk);
      this.#pieces.add(chunk);
    };
    // Without waiting where there is nothing to wait for: most files are small and many.
    if (Symbol.iterator in content) {
      for (const chunk of content) {
        take(chunk);
        yield* this.#pieces.ready();
      }
    } else {
      for await (const chunk of content) {
        take(chunk);
        yield* this.#pieces.ready();
      }
    }
    if (written < size) throw changed(path, "it shrank");
    if (hash !== undefined && hash.digest("hex") !== sha256) throw changed(path, "its content changed");
    this.#pieces.add(this.#writer.close());
  }
}

function changed(path: string, how: string): TeuError<BuildErrorCode> {
  return new TeuError("ERR_BUILD_SOURCE", `Reading "/${path}" for the image: ${how} while it was read`, {
    hint: "Run it again when nothing changes the files",
  });
}
