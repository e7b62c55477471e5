/**
 * The files of a tar archive by name, found through an index of offsets that one pass over the headers makes.
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { cleanPath } from "@teu/std/safe-path";
import { TeuError, isTeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { type TarSource, readTar } from "@teu/tar/read-tar";
import type { ContentErrorCode } from "../errors.ts";
import type { FileSet, ReadableFile } from "./file-set.ts";
import { readFileRange } from "./read-file.ts";

/** Most files in an archive: an archive of images has one a blob. */
const MAX_ENTRIES = 1_000_000;
const MAX_LINKS = 16;
const HEADER_CHUNK_BYTES = 32 * 1024;

type Member =
  | { readonly kind: "file"; readonly start: number; readonly size: number }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "other"; readonly what: string };

/** The files of an archive that is a file itself. */
export class TarFiles implements FileSet {
  readonly path: string;
  readonly #archive: FileHandle;
  readonly #members: ReadonlyMap<string, Member>;

  /** @param archive Is closed with the files. */
  constructor(path: string, archive: FileHandle, members: ReadonlyMap<string, Member>) {
    this.path = path;
    this.#archive = archive;
    this.#members = members;
  }

  async open(name: string): Promise<ReadableFile | undefined> {
    const member = this.#find(name);
    if (member === undefined) return undefined;
    return {
      size: member.size,
      read: ({ start, end }, signal) =>
        readFileRange(this.#archive, { start: member.start + start, end: member.start + end }, signal),
      async [Symbol.asyncDispose]() {},
    };
  }

  async list(folder: string): Promise<readonly string[]> {
    const prefix = folder === "." ? "" : `${folder}/`;
    const inside = [...this.#members.keys()].filter((name) => name.startsWith(prefix));
    return [...new Set(inside.map((name) => name.slice(prefix.length).split("/", 1)[0] ?? ""))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#archive.close();
  }

  #find(name: string): Extract<Member, { kind: "file" }> | undefined {
    let at = cleanName(name);
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const member = at === undefined ? undefined : this.#members.get(at);
      if (member === undefined || member.kind === "file") return member;
      if (member.kind === "other") throw this.#unusable(name, `it is ${member.what}, expected a file`);
      at = member.target;
    }
    throw this.#unusable(name, `more than ${MAX_LINKS} links`);
  }

  #unusable(name: string, problem: string): TeuError<ContentErrorCode> {
    return new TeuError("ERR_LAYOUT_LINK", `Reading "${name}" of ${JSON.stringify(this.path)}: ${problem}`);
  }
}

/**
 * Reads the headers of an archive. Of two entries with one name the last counts. Names that lead out of the archive, or
 * are no text, are passed over.
 * @throws TeuError `ERR_ARCHIVE_INVALID`
 */
export async function indexTar(path: string, archive: FileHandle, signal?: AbortSignal): Promise<TarFiles> {
  const members = new Map<string, Member>();
  try {
    for await (const { entry } of readTar(seekingSource(archive), { limits: { maxEntries: MAX_ENTRIES } })) {
      signal?.throwIfAborted();
      const name = cleanName(entry.nameText);
      if (name !== undefined) members.set(name, toMember(name, entry));
    }
  } catch (error) {
    if (!isTeuError(error) || !error.code.startsWith("ERR_TAR_")) throw error;
    const message = `Reading archive ${JSON.stringify(path)}: ${error.message}`;
    throw new TeuError<ContentErrorCode>("ERR_ARCHIVE_INVALID", message, { cause: error });
  }
  return new TarFiles(path, archive, members);
}

function toMember(name: string, entry: TarEntry): Member {
  if (entry.type === "file" && entry.sparse === undefined) {
    return { kind: "file", start: entry.offsets.data, size: entry.size };
  }
  const target = linkTarget(name, entry);
  return target === undefined ? { kind: "other", what: `a ${entry.type}` } : { kind: "link", target };
}

/** Where a link leads, from the root of the archive; nothing if it leads out of it, or the entry is no link. */
function linkTarget(name: string, entry: TarEntry): string | undefined {
  const target = entry.linknameText;
  if (target === undefined) return undefined;
  if (entry.type === "hard-link") return cleanName(target);
  if (entry.type !== "symlink") return undefined;
  return cleanName(target.startsWith("/") ? target.slice(1) : posix.join(posix.dirname(name), target));
}

function cleanName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return cleanPath(name);
  } catch (error) {
    if (isTeuError(error)) return undefined;
    throw error;
  }
}

/** The archive for a reader that skips what it does not want. */
function seekingSource(archive: FileHandle): TarSource {
  let position = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const buffer = new Uint8Array(HEADER_CHUNK_BYTES);
        const { bytesRead } = await archive.read(buffer, 0, buffer.length, position);
        position += bytesRead;
        return bytesRead === 0
          ? { done: true, value: undefined }
          : { done: false, value: buffer.subarray(0, bytesRead) };
      },
    }),
    skip: async (bytes) => {
      const { size } = await archive.stat();
      const passed = Math.max(0, Math.min(bytes, size - position));
      position += passed;
      return passed;
    },
  };
}
