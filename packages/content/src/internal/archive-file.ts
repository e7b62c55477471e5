/**
 * Opens archives as files that can be read at any offset: what is compressed, or comes through a pipe, is written to a
 * temporary file first.
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Compression } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
import { type DecompressOptions, decompress } from "../decompress.ts";
import type { ContentErrorCode } from "../errors.ts";
import { openNameless } from "./output-file.ts";
import { readFileRange } from "./read-file.ts";
import { type TarFiles, indexTar } from "./tar-files.ts";
import { explainWrites } from "./write-errors.ts";

/** How to open an archive. */
export interface ArchiveOptions extends DecompressOptions {
  /** Where a temporary file may go if one is needed. Default: the system's folder for them. */
  readonly temporaryFolder?: string;
}

/**
 * Opens an archive: the path of a file, or its bytes as they come.
 * @throws TeuError `ERR_ARCHIVE_INVALID` if it is no tar archive; `ERR_COMPRESSION_INVALID`, `ERR_COMPRESSION_LIMIT`;
 * `ERR_STORE_FULL` if a temporary file is needed and has no room.
 */
export async function openArchiveFile(input: string | ByteSource, options: ArchiveOptions = {}): Promise<TarFiles> {
  const path = typeof input === "string" ? input : "a stream";
  const file = await seekable(input, options);
  try {
    return await indexTar(path, file, options.signal);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function seekable(input: string | ByteSource, options: ArchiveOptions): Promise<FileHandle> {
  if (typeof input !== "string") return await unpacked(await spool(input, options), options);
  const file = await openFile(input);
  if ((await file.stat()).isFile()) return await unpacked(file, options);
  await using pipe = file;
  return await unpacked(await spool(pipe.createReadStream({ autoClose: false }), options), options);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    const { message } = error as Error;
    throw new TeuError<ContentErrorCode>("ERR_ARCHIVE_INVALID", `Opening archive ${JSON.stringify(path)}: ${message}`, {
      cause: error,
    });
  }
}

/** The same file, or what it is compressed from; of the two files the other one is closed. */
async function unpacked(file: FileHandle, options: ArchiveOptions): Promise<FileHandle> {
  await using owned = new AsyncDisposableStack();
  owned.use(file);
  const head = new Uint8Array(MAGIC_BYTES);
  const { bytesRead } = await file.read(head, 0, MAGIC_BYTES, 0);
  const compression = detectCompression(head.subarray(0, bytesRead));
  if (compression === "none") {
    owned.move();
    return file;
  }
  const { size } = await file.stat();
  return await spool(decompress(readFileRange(file, { start: 0, end: size }), compression, options), options);
}

/** Writes a stream to a temporary file without a name. */
async function spool(source: ByteSource, options: ArchiveOptions): Promise<FileHandle> {
  const file = await openNameless(options.temporaryFolder ?? tmpdir());
  try {
    for await (const chunk of source) {
      options.signal?.throwIfAborted();
      await explainWrites(options.temporaryFolder ?? tmpdir(), () => file.appendFile(chunk));
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** So many bytes tell how content is compressed. */
export const MAGIC_BYTES = 6;

/**
 * How content is compressed, told from its first bytes.
 * @throws TeuError `ERR_ARCHIVE_INVALID` for compressions that are known and not supported.
 */
export function detectCompression(head: Uint8Array): Compression {
  const hex = Buffer.from(head).toString("hex");
  if (hex.startsWith("1f8b")) return "gzip";
  if (hex.startsWith("28b52ffd")) return "zstd";
  const other = hex.startsWith("fd377a585a00") ? "xz" : hex.startsWith("425a68") ? "bzip2" : undefined;
  if (other === undefined) return "none";
  const message = `Reading an archive: it is compressed with ${other}, expected gzip, zstd or none`;
  throw new TeuError<ContentErrorCode>("ERR_ARCHIVE_INVALID", message, {
    hint: `decompress it with ${other} -d first`,
  });
}
