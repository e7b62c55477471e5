/**
 * A plain archive of a folder back into files, as strict as people have to be with archives of strangers: whatever would
 * lead out of the folder is refused, not led back into it as in layers, and no name hides another.
 * @module
 */
import { type Stats, lstatSync } from "node:fs";
import { constants, open, readdir, rename } from "node:fs/promises";
import { TeuError } from "@teu/std/error";
import type { StdErrorCode } from "@teu/std/errors";
import type { ByteSource } from "@teu/std/streams";
import { type TarMember, readTar } from "@teu/tar/read-tar";
import { openNodeOps } from "../apply/node-ops.ts";
import type { NewThing, TreeOps } from "../apply/ops.ts";
import { byteString, bytesOf, fromText, joinPath, shown, splitPath } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import { DEFAULT_LAYER_LIMITS } from "../limits.ts";
import { stageBeside } from "../stage-folder.ts";

/** Where to extract to. */
export interface ExtractOptions {
  /** Of the folder. Files of one that is there already are replaced, and others stay. */
  readonly path: string;
  /** The path that entries begin with. */
  readonly title: string;
}

/**
 * Extracts an archive: beside its place first, and all of it, to the end of `source`, before anything is there. Only the
 * owner of what is made can write to it.
 * @throws TeuError `ERR_LAYER_…` for what leads out of the folder or cannot be made, `ERR_FILE_EXISTS`, `ERR_TAR_…`, and
 * what `source` fails with
 */
export async function extractFolder(source: ByteSource, { path, title }: ExtractOptions): Promise<void> {
  await using staging = await stageBeside(path);
  const { maxEntries } = DEFAULT_LAYER_LIMITS;
  {
    await using ops = openNodeOps(staging.path);
    const extraction = new Extraction(ops, fromText(title));
    for await (const member of readTar(source, { limits: { maxEntries } })) await extraction.add(member);
  }
  await syncFiles(fromText(staging.path));
  await merge(fromText(staging.path), fromText(path));
}

/** Makes the files of one archive in a new folder, which nobody else has to do with. */
class Extraction {
  readonly #ops: TreeOps;
  readonly #title: readonly string[];
  /** What was made, by its path. */
  readonly #made = new Map<string, NewThing["type"]>();

  constructor(ops: TreeOps, title: string) {
    this.#ops = ops;
    this.#title = title.split("/");
    this.#ops.settle("", "", { mode: 0o755 });
  }

  async add(member: TarMember): Promise<void> {
    const { entry } = member;
    const names = this.#within(byteString(entry.name));
    if (entry.type === "directory") return this.#folder(names, entry.mode);
    const name = names.pop();
    if (name === undefined) throw refused(entry.name, "it is in the place of the folder");
    this.#folder(names);
    const folder = names.join("/");
    const thing = this.#thingOf(member, names.length);
    if (this.#made.has(joinPath(folder, name))) this.#replace(folder, name);
    this.#made.set(joinPath(folder, name), thing.type);
    this.#ops.make(folder, name, thing);
    if (thing.type !== "file") return;
    for await (const { bytes, offset } of member.data) this.#ops.write(bytes, offset);
    this.#ops.settle(folder, name, { mode: entry.mode & 0o755, mtime: entry.mtime }, entry.size);
  }

  /** The names below the folder that an entry is at. */
  #within(path: string): string[] {
    const names = splitPath(path, DEFAULT_LAYER_LIMITS, "entry");
    const isInside = !path.startsWith("/") && this.#title.every((part, at) => names[at] === part);
    if (!isInside) throw refused(bytesOf(path), `expected a path below "${shown(this.#title.join("/"))}"`);
    return names.slice(this.#title.length);
  }

  /** Makes a folder and those on the way, none of which may be a link. */
  #folder(names: readonly string[], mode?: number): void {
    for (let depth = 1; depth <= names.length; depth += 1) {
      const [folder, name] = [names.slice(0, depth - 1).join("/"), names[depth - 1] ?? ""];
      const found = this.#made.get(joinPath(folder, name));
      if (found === "directory") continue;
      if (found !== undefined) throw blocked(names);
      this.#ops.make(folder, name, { type: "directory" });
      this.#made.set(joinPath(folder, name), "directory");
      this.#ops.settle(folder, name, { mode: depth < names.length ? 0o755 : 0o700 | ((mode ?? 0o755) & 0o755) });
    }
  }

  #thingOf({ entry }: TarMember, depth: number): NewThing {
    if (entry.type === "file") return { type: "file" };
    if (entry.type === "symlink") return { type: "symlink", target: checkedTarget(entry.linkname, depth) };
    if (entry.type === "hard-link") return this.#linkTo(this.#within(byteString(entry.linkname)), entry.linkname);
    const message = `Unpacking "${shown(byteString(entry.name))}": it is a ${entry.type}, expected a file, a folder or a link`;
    throw new TeuError<LayerErrorCode>("ERR_LAYER_ENTRY", message);
  }

  #linkTo(names: readonly string[], target: Uint8Array): NewThing {
    const found = this.#made.get(names.join("/"));
    if (found === "file" || found === "hard-link")
      return { type: "hard-link", folder: names.slice(0, -1).join("/"), name: names.at(-1) ?? "" };
    const message = `Unpacking a hard link to "${shown(byteString(target))}": there is no such file`;
    throw new TeuError<LayerErrorCode>("ERR_LAYER_LINK", message);
  }

  #replace(folder: string, name: string): void {
    if (this.#made.get(joinPath(folder, name)) === "directory") throw blocked([folder, name]);
    this.#ops.remove(folder, name, false);
  }
}

/**
 * The target of a symbolic link that stays in the folder: any number of steps up, as many as there are, and then down. Steps
 * up behind a name are refused, since that may be a link itself.
 */
function checkedTarget(target: Uint8Array, depth: number): string {
  const text = byteString(target);
  const names = text.split("/").filter((part) => part !== ".");
  const down = names.findIndex((part) => part !== "..");
  const up = down < 0 ? names.length : down;
  const isInside = text !== "" && !text.startsWith("/") && up <= depth && !names.slice(up).includes("..");
  if (isInside) return text;
  throw refused(target, "a link leads out of the folder, expected one within it");
}

function refused(name: Uint8Array, problem: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_LAYER_PATH", `Unpacking "${shown(byteString(name))}": ${problem}`);
}

function blocked(names: readonly string[]): TeuError<LayerErrorCode> {
  const message = `Unpacking "${shown(names.join("/"))}": something else is in its place or on the way`;
  return new TeuError("ERR_LAYER_PARENT", message);
}

/** Has the files in a folder reach the disk. */
async function syncFiles(path: string): Promise<void> {
  const facts = factsOf(path);
  if (facts?.isDirectory() === true) {
    const names = await readdir(bytesOf(path), { encoding: "latin1" });
    for (const name of names) await syncFiles(`${path}/${name}`);
  } else if (facts?.isFile() === true) {
    await using file = await open(bytesOf(path), constants.O_RDONLY | constants.O_NOFOLLOW);
    await file.sync();
  }
}

/** Moves what is at `from` to `to`, and into a folder that is there. */
async function merge(from: string, to: string): Promise<void> {
  const [isFolder, target] = [factsOf(from)?.isDirectory() === true, factsOf(to)];
  if (target === undefined || !(isFolder || target.isDirectory())) return await rename(bytesOf(from), bytesOf(to));
  if (!isFolder || !target.isDirectory()) {
    const [found, wanted] = isFolder ? ["no folder", "a folder"] : ["a folder", "none"];
    const message = `Writing "${shown(to)}": there is ${found}, expected ${wanted}`;
    throw new TeuError<StdErrorCode>("ERR_FILE_EXISTS", message);
  }
  const names = await readdir(bytesOf(from), { encoding: "latin1" });
  for (const name of names) await merge(`${from}/${name}`, `${to}/${name}`);
}

function factsOf(path: string): Stats | undefined {
  return lstatSync(bytesOf(path), { throwIfNoEntry: false });
}
