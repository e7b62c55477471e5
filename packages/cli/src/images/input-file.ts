/**
 * Files that commands are given to read.
 * @module
 */
import { type Stats, createReadStream, statSync } from "node:fs";
import { createHasher } from "@teu/content/hash";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
import type { CliErrorCode } from "../errors.ts";

const CHUNK_BYTES = 1024 * 1024;

/** What is at `path`, behind symbolic links; a folder only where `folders` says so. @throws TeuError `ERR_USAGE` */
export function inputFacts(path: string, { folders = false }: { readonly folders?: boolean } = {}): Stats {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && (folders || !found.isDirectory())) return found;
  const actual = found === undefined ? "there is none" : "it is a folder";
  const expected = folders ? "a file or a folder" : "a file";
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading the file "${path}": ${actual}, expected ${expected}`);
}

/** The bytes of a file, or of what else can be read like one. @throws TeuError `ERR_USAGE` if there is none. */
export function readInput(path: string): ByteSource {
  inputFacts(path);
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

/** Reads a file once to describe it. It has to be one that can be read again. @throws TeuError `ERR_DIGEST_UNSUPPORTED` */
export async function describeInput(path: string, mediaType: string, algorithm = "sha256"): Promise<Descriptor> {
  const hasher = createHasher(algorithm);
  let size = 0;
  for await (const chunk of readInput(path)) {
    hasher.update(chunk);
    size += chunk.length;
  }
  return { mediaType, digest: hasher.digest(), size };
}
