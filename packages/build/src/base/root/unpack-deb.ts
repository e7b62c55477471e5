/**
 * Puts the files of a package into the tree of a base, by dpkg's rules: what two packages have must be the same, or one must
 * say that it replaces the other.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { equalBytes } from "@teu/std/bytes";
import type { TarEntry } from "@teu/tar/entry";
import { readTar } from "@teu/tar/read-tar";
import { type DebFile, debInvalid } from "../deb/deb-file.ts";
import { isWithin, parseClauses } from "../deb/relation.ts";
import type { BaseErrorCode } from "../errors.ts";
import type { FileTree, TreeEntry } from "./tree.ts";

/** A package in a tree. */
export interface UnpackedDeb {
  readonly name: string;
  readonly version: string;
  readonly deb: DebFile;
}

/** How to unpack. */
export interface UnpackOptions {
  /** Tells which files to leave out, by their paths. */
  readonly leavesOut: (path: string) => boolean;
  /** The packages that are unpacked already, by name. */
  readonly others: ReadonlyMap<string, UnpackedDeb>;
}

/** Names at the top that are links into `usr`, and what is in them lies there. */
export const MERGED_DIRECTORIES: readonly string[] = ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"];

/**
 * Unpacks a package.
 * @throws TeuError `ERR_DEB_INVALID` for paths out of the tree and other things that packages do not have;
 * `ERR_DEB_CONFLICT` for a file that another package has too.
 */
export async function unpackDeb(tree: FileTree, pkg: UnpackedDeb, options: UnpackOptions): Promise<void> {
  const { data, label } = pkg.deb;
  try {
    for await (const { entry } of readTar([data])) {
      const path = entry.nameText;
      if (path === undefined) throw debInvalid(label, "a path that is not UTF-8");
      if (options.leavesOut(path.replace(/^\.?\//, "").replace(/\/$/, ""))) continue;
      new Placing(tree, pkg, options).place(path, entry);
    }
  } catch (error) {
    throw error instanceof TeuError && error.code.startsWith("ERR_DEB")
      ? error
      : debInvalid(label, reason(error), error);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class Placing {
  readonly #tree: FileTree;
  readonly #pkg: UnpackedDeb;
  readonly #options: UnpackOptions;

  constructor(tree: FileTree, pkg: UnpackedDeb, options: UnpackOptions) {
    this.#tree = tree;
    this.#pkg = pkg;
    this.#options = options;
  }

  place(path: string, entry: TarEntry): void {
    const real = this.#tree.resolve(path);
    const made = this.#entryOf(entry);
    if (real === "." || this.#isMergedLink(real, made)) return;
    const there = this.#tree.at(real);
    if (made.type === "directory" ? this.#keepsDirectory(real, there) : there?.type === "directory") return;
    if (there === undefined || this.#mayReplace(real, there, made)) this.#tree.put(real, made);
  }

  #entryOf(entry: TarEntry): TreeEntry {
    const { mode, uid, gid } = entry;
    const common = { mode, uid, gid, mtime: entry.mtime.seconds, owner: this.#pkg.name };
    switch (entry.type) {
      case "directory":
        return { ...common, type: "directory" };
      case "file":
        return { ...common, type: "file", content: this.#contentOf(entry) };
      case "symlink":
        return { ...common, type: "symlink", target: this.#targetOf(entry) };
      case "hard-link":
        return { ...common, type: "hard-link", target: this.#fileOf(entry) };
      default:
        throw debInvalid(
          this.#pkg.deb.label,
          `${entry.label()} is a ${entry.type}, expected files, directories and links`,
        );
    }
  }

  #contentOf(entry: TarEntry): Uint8Array {
    if (entry.sparse !== undefined) throw debInvalid(this.#pkg.deb.label, `${entry.label()} is sparse`);
    const { data } = entry.offsets;
    return this.#pkg.deb.data.subarray(data, data + entry.size);
  }

  #targetOf(entry: TarEntry): string {
    const target = entry.linknameText;
    if (target === undefined || target === "") throw debInvalid(this.#pkg.deb.label, `${entry.label()} leads nowhere`);
    return target;
  }

  #fileOf(entry: TarEntry): string {
    const path = this.#tree.resolve(this.#targetOf(entry));
    const there = this.#tree.at(path);
    if (there?.type === "hard-link") return there.target;
    if (there?.type === "file") return path;
    throw debInvalid(this.#pkg.deb.label, `${entry.label()} is another name of "${path}", which is no file before it`);
  }

  /** Packages may have the links of merged directories themselves. */
  #isMergedLink(real: string, made: TreeEntry): boolean {
    if (made.type !== "symlink" || !MERGED_DIRECTORIES.includes(real)) return false;
    const there = this.#tree.at(real);
    return there?.type === "symlink" && there.target === made.target.replace(/^\//, "");
  }

  /** A directory stays what it was, and so does a link that leads to one. */
  #keepsDirectory(real: string, there: TreeEntry | undefined): boolean {
    if (there?.type === "directory") {
      // Made because something in it came first; now there is word of what it is to be.
      return there.owner !== this.#pkg.name;
    }
    return (
      there?.type === "symlink" && this.#tree.at(this.#tree.resolve(real, { followLast: true }))?.type === "directory"
    );
  }

  #mayReplace(real: string, there: TreeEntry, made: TreeEntry): boolean {
    if (there.owner === this.#pkg.name || this.#replaces(this.#pkg, there.owner)) return true;
    const other = this.#options.others.get(there.owner);
    if (other !== undefined && this.#replaces(other, this.#pkg.name)) return false;
    if (isSame(there, made)) return false;
    const message = `Unpacking package "${this.#pkg.name}": it has "${real}", which ${there.owner} has too`;
    throw new TeuError<BaseErrorCode>("ERR_DEB_CONFLICT", message, { detail: { reasons: [real] } });
  }

  #replaces(pkg: UnpackedDeb, name: string): boolean {
    const version = name === this.#pkg.name ? this.#pkg.version : this.#options.others.get(name)?.version;
    const relations = parseClauses(pkg.deb.control.get("replaces") ?? "")?.flat() ?? [];
    return relations.some((relation) => relation.name === name && isWithin(version ?? "", relation.version));
  }
}

function isSame(a: TreeEntry, b: TreeEntry): boolean {
  if (a.type === "file" && b.type === "file") return a.mode === b.mode && equalBytes(a.content, b.content);
  return a.type === "symlink" && b.type === "symlink" && a.target === b.target;
}
