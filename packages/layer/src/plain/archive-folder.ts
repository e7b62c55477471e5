/**
 * A folder as a plain archive, as people share folders: no owners, and no name that hides another. The same files give the
 * same bytes: entries stand in the order of their names, with one time for all.
 * @module
 */
import { closeSync, constants, createReadStream, fstatSync, openSync } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { TeuError } from "@teu/std/error";
import type { Timestamp } from "@teu/std/time";
import { type NewMember, writeTar } from "@teu/tar/write-tar";
import { bytesOf, fromText, shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";

/** How to archive. */
export interface ArchiveOptions {
  /** The path that entries begin with. */
  readonly title: string;
  /** The time of all entries. Default: 1970. */
  readonly epoch?: Timestamp | undefined;
}

const CHUNK_BYTES = 1024 * 1024;
const BEGINNING: Timestamp = { seconds: 0, nanoseconds: 0 };

/**
 * Archives files, folders and symbolic links. What changes meanwhile is told of by the writer.
 * @throws TeuError `ERR_LAYER_ENTRY` for what is of another kind; `ERR_TAR_…`
 */
export function archiveFolder(path: string, { title, epoch = BEGINNING }: ArchiveOptions): AsyncIterable<Uint8Array> {
  return writeTar(membersOf(fromText(path), fromText(title), epoch));
}

async function* membersOf(path: string, name: string, mtime: Timestamp): AsyncGenerator<NewMember> {
  const facts = await lstat(bytesOf(path));
  const entry = { name: bytesOf(name), mode: facts.mode & 0o777, mtime };
  if (facts.isDirectory()) {
    yield { entry: { ...entry, type: "directory" } };
    const names = await readdir(bytesOf(path), { encoding: "latin1" });
    for (const each of names.toSorted()) yield* membersOf(`${path}/${each}`, `${name}/${each}`, mtime);
  } else if (facts.isSymbolicLink()) {
    const linkname = await readlink(bytesOf(path), { encoding: "buffer" });
    yield { entry: { ...entry, type: "symlink", mode: 0o777, linkname } };
  } else yield fileMember(path, entry);
}

/** A file as it is when it is opened. */
function fileMember(path: string, entry: NewMember["entry"]): NewMember {
  // Not blocked by a pipe that has taken the place of the file.
  const fd = openSync(bytesOf(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const facts = fstatSync(fd);
  if (!facts.isFile() || facts.size === 0) closeSync(fd);
  if (!facts.isFile()) {
    const message = `Packing "${shown(path)}": it is of another kind, expected a file, a folder or a symbolic link`;
    throw new TeuError<LayerErrorCode>("ERR_LAYER_ENTRY", message);
  }
  const content = facts.size === 0 ? [] : createReadStream("", { fd, highWaterMark: CHUNK_BYTES });
  return { entry: { ...entry, size: facts.size }, content };
}
