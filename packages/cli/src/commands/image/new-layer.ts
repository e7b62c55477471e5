/**
 * New layers from what is on the disk: archives, compressed or not, and folders.
 * @module
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { decompress } from "@teu/content/decompress";
import type { ImageLayer } from "@teu/content/mutate/image";
import { type Scratch, writeLayer } from "@teu/content/mutate/rewrite-layers";
import { LayerCheck } from "@teu/content/validate/layer-check";
import { layerType, packFolder } from "@teu/layer/repack/pack-folder";
import type { Compression } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../../errors.ts";

/** How to make a layer. */
export interface NewLayerOptions {
  /** Default: as the archive is, and gzip for one that is not compressed and for a folder. */
  readonly compression?: Compression | undefined;
  readonly level?: number | undefined;
  /** Times in a folder that are later become this one. */
  readonly latest?: Date | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes a layer of the archive or folder at `path`.
 * @throws TeuError `ERR_USAGE` if it is no archive; what reading and writing throw
 */
export async function layerFrom(path: string, scratch: Scratch, options: NewLayerOptions): Promise<ImageLayer> {
  if ((await stat(path)).isDirectory()) {
    return await packFolder(path, scratch, { ...options, compression: options.compression ?? "gzip" });
  }
  await using file = await open(path);
  const found = await compressionOf(file);
  const compression = options.compression ?? (found === "none" ? "gzip" : found);
  const plain = checked(decompress(bytesOf(file), found, { signal: options.signal }), path);
  return await writeLayer(plain, layerType(compression), scratch, { ...options, compression });
}

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

async function compressionOf(file: FileHandle): Promise<Compression> {
  const head = new Uint8Array(4);
  await file.read(head, 0, head.length, 0);
  return MAGIC.find(([, magic]) => magic.every((byte, at) => head[at] === byte))?.[0] ?? "none";
}

const CHUNK_BYTES = 1024 * 1024;

async function* bytesOf(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The bytes of an archive, which fail where no one could unpack them. */
async function* checked(plain: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const check = new LayerCheck();
  for await (const chunk of plain) {
    check.push(chunk);
    yield chunk;
  }
  check.end();
  const broken = check.issues.find(({ level, clause }) => level === "MUST" && clause === "image.layer.tar");
  if (broken === undefined && check.entries > 0) return;
  const problem = broken?.message ?? "it has no entries";
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Making a layer of "${path}": ${problem}, expected a tar archive or a folder`,
  );
}
