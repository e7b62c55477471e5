/**
 * The layers of an application's own files: one for most, several by the hash of their names for those with thousands, so
 * that a change rewrites one of them.
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";
import { join, posix } from "node:path";
import { unreadableFile } from "./file-index.ts";
import { type LayerEntry, type LayerRecipe, bucketOf, keyOf } from "./recipe.ts";
import type { SourceFile } from "./source-files.ts";

const FILES_PER_LAYER = 4096;
const MAX_LAYERS = 16;
const SMALL_BYTES = 256 * 1024;

/** Where files come from and go to. */
export interface ApplicationPlace {
  /** The folder of the files, absolute. */
  readonly root: string;
  /** A folder of the image, such as `/app`. */
  readonly to: string;
}

/** The layers of files. */
export function applicationLayers(files: readonly SourceFile[], place: ApplicationPlace): readonly LayerRecipe[] {
  const count = layerCount(files.length);
  const buckets = Array.from({ length: count }, (): SourceFile[] => []);
  for (const file of files) buckets[bucketOf(file.path, count)]?.push(file);
  return buckets.flatMap((bucket, at) =>
    bucket.length === 0 ? [] : [recipe(bucket, place, count === 1 ? "" : ` (${at + 1} of ${count})`)],
  );
}

/** A power of two, so that it changes seldom. */
function layerCount(files: number): number {
  let count = 1;
  while (count < MAX_LAYERS && files > count * FILES_PER_LAYER) count *= 2;
  return count;
}

function recipe(files: readonly SourceFile[], { root, to }: ApplicationPlace, suffix: string): LayerRecipe {
  return {
    title: `application${suffix}`,
    key: keyOf(`application ${to}`, files.map(lineOf)),
    entries: () => entriesOf(files, root, to.replace(/^\/+/, "")),
  };
}

function lineOf(file: SourceFile): string {
  switch (file.type) {
    case "file":
      return `${file.mode.toString(8)} ${file.sha256} ${JSON.stringify(file.path)}`;
    case "symlink":
      return `link ${JSON.stringify(file.target)} ${JSON.stringify(file.path)}`;
    default:
      return `folder ${JSON.stringify(file.path)}`;
  }
}

function* entriesOf(files: readonly SourceFile[], root: string, to: string): Generator<LayerEntry> {
  // One for all small files: so many buffers would wait to be freed.
  const room = Buffer.allocUnsafe(SMALL_BYTES);
  for (const file of files) {
    const path = posix.join(to, file.path);
    if (file.type === "file") yield { ...file, path, content: contentOf(join(root, file.path), file, room) };
    else yield { ...file, path };
  }
}

function* contentOf(place: string, { path, size }: SizedFile, room: Buffer): Generator<Uint8Array> {
  try {
    if (size === 0) return;
    if (size < SMALL_BYTES) yield readSmall(place, room);
    else yield* readChunks(place);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? unreadableFile(path, error) : error;
  }
}

interface SizedFile {
  readonly path: string;
  readonly size: number;
}

function readSmall(path: string, room: Buffer): Uint8Array {
  const file = openSync(path, "r");
  try {
    let filled = 0;
    for (let read = -1; read !== 0 && filled < room.length; filled += read)
      read = readSync(file, room, filled, room.length - filled, null);
    return room.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

function* readChunks(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    for (;;) {
      const chunk = new Uint8Array(SMALL_BYTES);
      const read = readSync(file, chunk, 0, chunk.length, null);
      if (read === 0) return;
      yield chunk.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}
