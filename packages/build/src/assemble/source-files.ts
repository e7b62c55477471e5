/**
 * The files of an application that go into its image, each with what stands for its content.
 * @module
 */
import { type Dirent, type Stats, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type FolderVerdict, IgnoreList } from "../ignore/dockerignore.ts";
import { type FileDigests, unreadableFile } from "./file-index.ts";

/** Something of the application. Paths are relative to its folder. */
export type SourceFile =
  | {
      readonly type: "file";
      readonly path: string;
      readonly mode: 0o644 | 0o755;
      readonly size: number;
      readonly sha256: string;
    }
  | { readonly type: "symlink"; readonly path: string; readonly target: string }
  | { readonly type: "directory"; readonly path: string };

/** What to collect. */
export interface CollectOptions {
  /** The folder, absolute. */
  readonly root: string;
  /** Patterns as in .dockerignore, the last that matches counts. */
  readonly ignore: readonly string[];
  readonly index: FileDigests;
}

/**
 * Never wanted unless a pattern with `!` wants it: history, and files that hold secrets.
 */
export const ALWAYS_IGNORED: readonly string[] = [
  "**/.git",
  "**/.hg",
  "**/.svn",
  "**/.DS_Store",
  "**/.npmrc",
  "**/.yarnrc.yml",
  "**/.env",
  "**/.env.*",
  "**/npm-debug.log",
  ".dockerignore",
  "teu.build.json",
  "teu.base.lock.json",
];

/**
 * Collects files, folders and links, in the order of their paths. Sockets, pipes and devices are passed over. A folder in
 * which all is ignored is not there; one that is empty is.
 * @throws TeuError `ERR_BUILD_SOURCE` for what cannot be read; `ERR_IGNORE_INVALID`.
 */
export function collectFiles({ root, ignore, index }: CollectOptions): readonly SourceFile[] {
  const list = new IgnoreList(ignore);
  const found: SourceFile[] = [];
  const visit = (folder: string, verdict: FolderVerdict): void => {
    const entries = listFolder(root, folder);
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) visitFolder(path, list.folder(path, verdict));
      else if (!list.ignores(path, verdict)) collectFile(path, entry);
    }
    if (entries.length === 0 && folder !== "" && !verdict.isIgnored) found.push({ type: "directory", path: folder });
  };
  const visitFolder = (path: string, verdict: FolderVerdict): void => {
    if (!verdict.isIgnored || list.mayWantIn(path)) visit(path, verdict);
  };
  const collectFile = (path: string, entry: Dirent): void => {
    if (entry.isSymbolicLink())
      found.push({ type: "symlink", path, target: tryOn(path, () => readlinkSync(`${root}/${path}`)) });
    else if (entry.isFile())
      found.push(
        describe(
          path,
          tryOn(path, () => lstatSync(`${root}/${path}`)),
          index,
        ),
      );
  };
  visit("", list.root());
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function listFolder(root: string, folder: string): readonly Dirent[] {
  return tryOn(folder, () => readdirSync(join(root, folder), { withFileTypes: true }));
}

// The group's and others' rights are the umask's doing, so only that of execution counts.
function describe(path: string, stats: Stats, index: FileDigests): SourceFile {
  const mode = (stats.mode & 0o100) === 0 ? 0o644 : 0o755;
  return { type: "file", path, mode, size: stats.size, sha256: index.digestOf(path, stats) };
}

function tryOn<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? unreadableFile(path, error) : error;
  }
}
