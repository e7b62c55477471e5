/**
 * The archive of a package: its files, safely named, each once, with the modes that npm gives them.
 * @module
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { decompress } from "@teu/content/decompress";
import { TeuError, isTeuError } from "@teu/std/error";
import { cleanPath } from "@teu/std/safe-path";
import { type TarMember, readTar } from "@teu/tar/read-tar";
import type { BuildErrorCode } from "../errors.ts";

/** A file of a package, whose content can be read until the next one is asked for. */
export interface PackageFile {
  /** Relative to the package. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  /** Size in bytes. */
  readonly size: number;
  /** Counts the files of the archive from zero. */
  readonly index: number;
  readonly content: AsyncIterable<Uint8Array>;
}

const SMALL_BYTES = 8 * 1024 * 1024;
const MAX_PLAIN_BYTES = 4 * 2 ** 30;
const MAX_SMALL_PLAIN_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 500_000;
const CHUNK_BYTES = 1024 * 1024;
const GZIP_MAGIC = 0x1f;

/** Sees the bytes of an archive as they are read. */
export type ByteWatcher = (chunk: Uint8Array) => void;

/**
 * Reads the files of an archive. Links and devices are left out, as npm leaves them out; the folder that all files are in
 * is taken off. Of files with one name all are given; the last is the one that counts.
 * @param what For messages, such as `package "a@1.0.0"`.
 * @throws TeuError `ERR_PACKAGE_INVALID`
 */
export async function* readPackageArchive(
  path: string,
  what: string,
  watch: ByteWatcher = () => {},
): AsyncGenerator<PackageFile> {
  let index = 0;
  try {
    for await (const { entry, content } of await openArchive(path, watch)) {
      if (entry.type !== "file") continue;
      if (index >= MAX_FILES) throw invalid(what, `more than ${MAX_FILES} files`);
      const file = withoutFolder(entry, what);
      if (file !== undefined)
        yield { path: file, mode: (entry.mode & 0o111) === 0 ? 0o644 : 0o755, size: entry.size, index, content };
      index += 1;
    }
  } catch (error) {
    const isOfArchive = isTeuError(error) && /^ERR_(?:TAR|COMPRESSION|PATH)_/.test(error.code);
    if (isOfArchive || isOfZlib(error)) throw invalid(what, (error as Error).message, error);
    throw error;
  }
}

function isOfZlib(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE";
}

/** Small archives, which most are, are read in one piece. */
async function openArchive(path: string, watch: ByteWatcher): Promise<AsyncIterable<TarMember>> {
  if ((await stat(path)).size <= SMALL_BYTES) {
    const bytes = await readFile(path);
    watch(bytes);
    return readTar([bytes[0] === GZIP_MAGIC ? gunzipSync(bytes, { maxOutputLength: MAX_SMALL_PLAIN_BYTES }) : bytes]);
  }
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return readTar(decompress(watched(stream, watch), "gzip", { maxBytes: MAX_PLAIN_BYTES }));
}

async function* watched(source: AsyncIterable<Uint8Array>, watch: ByteWatcher): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    watch(chunk);
    yield chunk;
  }
}

function withoutFolder({ nameText, name }: TarMember["entry"], what: string): string | undefined {
  if (nameText === undefined)
    throw invalid(what, `file ${JSON.stringify(Buffer.from(name).toString("latin1"))} has a name that is not UTF-8`);
  const path = cleanPath(nameText);
  const slash = path.indexOf("/");
  return slash < 0 ? undefined : path.slice(slash + 1);
}

function invalid(what: string, problem: string, cause?: unknown): TeuError<BuildErrorCode> {
  return new TeuError("ERR_PACKAGE_INVALID", `Reading ${what}: ${problem}`, { cause });
}
