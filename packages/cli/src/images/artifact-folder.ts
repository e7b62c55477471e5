/**
 * Folders in artifacts, as oras has them: a layer that is a tar archive in gzip, with annotations that say so.
 *
 * The same files give the same bytes: entries stand in the order of their names, without owners, and with one time for all.
 * @module
 */
import { type Stats, closeSync, constants, createReadStream, fstatSync, lstatSync, openSync } from "node:fs";
import { link, lstat, mkdir, mkdtemp, open, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compress } from "@teu/content/compress";
import { decompress } from "@teu/content/decompress";
import type { ContentErrorCode } from "@teu/content/errors";
import { createHasher } from "@teu/content/hash";
import type { CallOptions, Source, Target } from "@teu/content/store";
import { openVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { TEMPORARY_PREFIX } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { StdErrorCode } from "@teu/std/errors";
import type { ByteSource } from "@teu/std/streams";
import type { Timestamp } from "@teu/std/time";
import { type TarMember, readTar } from "@teu/tar/read-tar";
import { type NewMember, writeTar } from "@teu/tar/write-tar";
import type { CliErrorCode } from "../errors.ts";

/** Says that a layer is a folder, which is unpacked where it is pulled. */
export const UNPACK = "io.deis.oras.content.unpack";

const PLAIN_DIGEST = "io.deis.oras.content.digest";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const CHUNK_BYTES = 1024 * 1024;
const MAX_ENTRIES = 10_000_000;
const BEGINNING: Timestamp = { seconds: 0, nanoseconds: 0 };

/** How a folder becomes a layer. */
export interface FolderOptions extends CallOptions {
  /** The path that entries begin with. */
  readonly title: string;
  /** Default: that of a layer of an image. */
  readonly mediaType?: string | undefined;
  /** The time of all entries. Default: 1970. */
  readonly epoch?: Timestamp | undefined;
  /** Where the archive is until it is put. */
  readonly temporary: string;
}

/**
 * Puts a folder into a store and answers with its layer, which has the annotations of a folder but no title.
 * @throws TeuError `ERR_USAGE` for what is neither a file, a folder nor a symbolic link
 */
export async function putFolder(store: Target, path: string, options: FolderOptions): Promise<Descriptor> {
  const { title, mediaType = LAYER_TYPE, epoch = BEGINNING, signal } = options;
  const staging = await mkdtemp(join(options.temporary, "teu-folder-"));
  try {
    const archive = join(staging, "archive");
    const [plain, packed] = [createHasher("sha256"), createHasher("sha256")];
    const bytes = writeTar(membersOf(bytePath(path), bytePath(title), epoch));
    const size = await writeNew(archive, 0o600, hashed(compress(hashed(bytes, plain), "gzip", { signal }), packed));
    const annotations = { [PLAIN_DIGEST]: plain.digest(), [UNPACK]: "true" };
    const layer: Descriptor = { mediaType, digest: packed.digest(), size, annotations };
    await store.put(layer, createReadStream(archive, { highWaterMark: CHUNK_BYTES }), { signal });
    return layer;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function* hashed(source: ByteSource, hasher: ReturnType<typeof createHasher>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hasher.update(chunk);
    yield chunk;
  }
}

/** A path with one character for each byte, since names of files need not be text. */
function bytePath(path: string): string {
  return Buffer.from(path).toString("latin1");
}

function toBytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

async function* membersOf(path: string, name: string, mtime: Timestamp): AsyncGenerator<NewMember> {
  const facts = await lstat(toBytes(path));
  const entry = { name: toBytes(name), mode: facts.mode & 0o777, mtime };
  if (facts.isDirectory()) {
    yield { entry: { ...entry, type: "directory" } };
    const names = await readdir(toBytes(path), { encoding: "latin1" });
    for (const each of names.toSorted()) yield* membersOf(`${path}/${each}`, `${name}/${each}`, mtime);
  } else if (facts.isSymbolicLink()) {
    const linkname = await readlink(toBytes(path), { encoding: "buffer" });
    yield { entry: { ...entry, type: "symlink", mode: 0o777, linkname } };
  } else yield fileMember(path, entry);
}

/** A file as it is when it is opened; one that grows or shrinks meanwhile is told of by the writer. */
function fileMember(path: string, entry: NewMember["entry"]): NewMember {
  // Not blocked by a pipe that has taken the place of the file.
  const fd = openSync(toBytes(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const facts = fstatSync(fd);
  if (!facts.isFile() || facts.size === 0) closeSync(fd);
  if (!facts.isFile()) {
    const shown = JSON.stringify(toBytes(path).toString());
    const message = `Packing ${shown}: it is of another kind, expected a file, a folder or a symbolic link`;
    throw new TeuError<CliErrorCode>("ERR_USAGE", message);
  }
  const content = facts.size === 0 ? [] : createReadStream("", { fd, highWaterMark: CHUNK_BYTES });
  return { entry: { ...entry, size: facts.size }, content };
}

/** Tells whether a layer of an artifact is a folder. */
export function isFolder({ annotations }: Descriptor): boolean {
  return annotations?.[UNPACK] === "true";
}

/**
 * Unpacks a layer that is a folder: beside its place first, and all of it verified before anything is there. Files of a folder
 * that is there already are replaced, and others stay.
 * @param path Where the folder named `title` goes
 * @throws TeuError `ERR_PATH_ESCAPE` for what leads out of the folder, `ERR_FILE_EXISTS`, `ERR_BLOB_DIGEST`, `ERR_TAR_…`
 */
export async function writeFolder(
  store: Source,
  layer: Descriptor,
  { path, title, signal }: CallOptions & { readonly path: string; readonly title: string },
): Promise<void> {
  const staging = await mkdtemp(join(dirname(path), TEMPORARY_PREFIX));
  try {
    const plain = createHasher("sha256");
    const compression = layer.mediaType.endsWith("+zstd") ? "zstd" : "gzip";
    const bytes = decompress(openVerified(store, layer, { signal }), compression, { signal });
    const unpacking = new Unpacking(join(staging, "folder"), title);
    for await (const member of readTar(hashed(bytes, plain), { limits: { maxEntries: MAX_ENTRIES } }))
      await unpacking.add(member);
    checkPlain(layer, plain.digest());
    await merge(bytePath(join(staging, "folder")), bytePath(path));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function checkPlain({ digest, annotations }: Descriptor, actual: string): void {
  const expected = annotations?.[PLAIN_DIGEST];
  if (expected === undefined || expected === actual) return;
  const message = `Unpacking "${digest}": the archive in it has digest ${actual}, expected ${JSON.stringify(expected)}`;
  throw new TeuError<ContentErrorCode>("ERR_BLOB_DIGEST", message, { detail: { actual } });
}

/** Makes the files of one archive in a new folder, which nobody else has to do with. */
class Unpacking {
  readonly #root: string;
  readonly #title: readonly string[];

  constructor(root: string, title: string) {
    this.#root = bytePath(root);
    this.#title = bytePath(title).split("/");
  }

  async add({ entry, content }: TarMember): Promise<void> {
    const parts = this.#within(entry.name);
    if (entry.type === "directory") return await this.#folder(parts, entry.mode);
    await this.#folder(parts.slice(0, -1));
    const path = this.#pathOf(parts);
    if (parts.length === 0) throw escapes(entry.name, "it is in the place of the folder");
    await rm(toBytes(path), { force: true });
    if (entry.type === "file") {
      const mtime = entry.mtime.seconds;
      await writeNew(toBytes(path), entry.mode & 0o777, content, mtime);
    } else if (entry.type === "symlink") await symlink(checkedTarget(entry.linkname, parts), toBytes(path));
    else if (entry.type === "hard-link") await this.#link(this.#within(entry.linkname), path);
    else throw escapes(entry.name, `it is a ${entry.type}, expected a file, a folder or a link`);
  }

  /** The names below the folder that an entry is at. */
  #within(name: Uint8Array): readonly string[] {
    const parts = Buffer.from(name).toString("latin1").split("/");
    const names = parts.filter((part) => part !== "" && part !== ".");
    const isInside = parts[0] !== "" && !names.includes("..") && this.#title.every((part, at) => names[at] === part);
    if (!isInside) throw escapes(name, `expected a path below ${JSON.stringify(this.#title.join("/"))}`);
    return names.slice(this.#title.length);
  }

  #pathOf(parts: readonly string[]): string {
    return [this.#root, ...parts].join("/");
  }

  /** Makes a folder and those on the way, none of which may be a link. */
  async #folder(parts: readonly string[], mode = 0o755): Promise<void> {
    for (let length = 0; length <= parts.length; length += 1) {
      const path = this.#pathOf(parts.slice(0, length));
      const found = factsOf(path);
      if (found === undefined) await mkdir(toBytes(path), length < parts.length ? 0o755 : 0o700 | (mode & 0o777));
      else if (!found.isDirectory())
        throw escapes(toBytes(parts.join("/")), "something else is in the place of a folder");
    }
  }

  async #link(target: readonly string[], path: string): Promise<void> {
    for (let length = 0; length < target.length; length += 1) {
      if (factsOf(this.#pathOf(target.slice(0, length)))?.isDirectory() === true) continue;
      throw escapes(toBytes(target.join("/")), "something else is in the place of a folder");
    }
    await link(toBytes(this.#pathOf(target)), toBytes(path));
  }
}

/**
 * The target of a symbolic link that stays in the folder: any number of steps up, as many as there are, and then down. Steps
 * up behind a name are refused, since that may be a link itself.
 */
function checkedTarget(target: Uint8Array, at: readonly string[]): Buffer {
  const parts = Buffer.from(target).toString("latin1").split("/");
  const names = parts.filter((part) => part !== ".");
  const down = names.findIndex((part) => part !== "..");
  const up = down < 0 ? names.length : down;
  const isInside = target.length > 0 && parts[0] !== "" && up < at.length && !names.slice(up).includes("..");
  if (!isInside) throw escapes(target, "a link leads out of the folder, expected one within it");
  return Buffer.from(target);
}

function escapes(name: Uint8Array, problem: string): TeuError<StdErrorCode> {
  return new TeuError("ERR_PATH_ESCAPE", `Unpacking ${JSON.stringify(Buffer.from(name).toString())}: ${problem}`);
}

function factsOf(path: string): Stats | undefined {
  return lstatSync(toBytes(path), { throwIfNoEntry: false });
}

/** Moves what is at `from` to `to`, and into a folder that is there. */
async function merge(from: string, to: string): Promise<void> {
  const [source, target] = [factsOf(from), factsOf(to)];
  if (source === undefined) return;
  if (target === undefined || !(source.isDirectory() || target.isDirectory()))
    return await rename(toBytes(from), toBytes(to));
  if (!source.isDirectory() || !target.isDirectory()) {
    const [found, wanted] = source.isDirectory() ? ["no folder", "a folder"] : ["a folder", "none"];
    const message = `Writing ${JSON.stringify(toBytes(to).toString())}: there is ${found}, expected ${wanted}`;
    throw new TeuError<StdErrorCode>("ERR_FILE_EXISTS", message);
  }
  const names = await readdir(toBytes(from), { encoding: "latin1" });
  for (const name of names) await merge(`${from}/${name}`, `${to}/${name}`);
}

/** Writes a new file that reaches the disk, and tells its size. */
async function writeNew(path: string | Buffer, mode: number, content: ByteSource, seconds?: number): Promise<number> {
  await using file = await open(path, "wx", mode);
  let size = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
    size += chunk.length;
  }
  if (seconds !== undefined) await file.utimes(seconds, seconds);
  await file.sync();
  return size;
}
