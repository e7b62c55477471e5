/**
 * Signatures that are kept apart from the registry, in folders by the name and digest of the image.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/signature-protocols.md}
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, splitDigest } from "@teu/spec/digest";
import type { Reference } from "@teu/spec/reference";
import { createFileAtomic } from "@teu/std/atomic-file";
import { isTeuError } from "@teu/std/error";

const MAX_SIGNATURES = 128;

/**
 * The folder of an image's signatures below a base that is not made for one name in particular.
 * @param base A folder.
 */
export function lookasideFolder(base: string, { path }: Reference, digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return join(base, `${path}@${algorithm}=${encoded}`);
}

/** Reads the signatures of an image, which are numbered from 1 without a gap. */
export async function* readLookaside(folder: string): AsyncGenerator<Uint8Array, void, undefined> {
  for (let number = 1; number <= MAX_SIGNATURES; number += 1) {
    const bytes = await readFile(join(folder, `signature-${number}`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (bytes === undefined) return;
    yield bytes;
  }
}

/** Adds a signature under the next number that is free, and answers with the file's path. */
export async function addToLookaside(folder: string, signature: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let number = 1; ; number += 1) {
    const path = join(folder, `signature-${number}`);
    try {
      await createFileAtomic(path, signature, { mode: 0o644 });
      return path;
    } catch (error) {
      if (!isTeuError(error, "ERR_FILE_EXISTS") || number >= MAX_SIGNATURES) throw error;
    }
  }
}
