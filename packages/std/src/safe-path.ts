/**
 * Paths from outside that must stay inside a root folder, judged by their text alone, or on a real file system whose
 * symbolic links are followed as if the root were `/`.
 * @module
 */
import { lstatSync, readlinkSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { TeuError } from "./error.ts";
import type { StdErrorCode } from "./errors.ts";

/** What {@link cleanPath} accepts. */
export interface CleanPathOptions {
  /** What a leading slash means: an error, or the root. Default: `refuse`. */
  readonly absolute?: "refuse" | "root";
}

/**
 * Judges a path with slashes by its text and gives its shortest form, relative to the root: `a/./b//../c` is `a/c`, the
 * root itself is `.`. Symbolic links are not looked at, so `..` takes back the name before it, whatever that is.
 * @throws TeuError `ERR_PATH_INVALID` if `path` is empty or has a NUL, or on Windows a backslash or a colon.
 * @throws TeuError `ERR_PATH_ESCAPE` if it leads out of the root, even if it comes back, or is absolute and may not be.
 */
export function cleanPath(path: string, options: CleanPathOptions = {}): string {
  checkText(path);
  const absolute = path.startsWith("/");
  if (absolute && options.absolute !== "root") throw escape(path, "it is absolute");
  const clean = posix.normalize(`./${path}`).replace(/\/$/u, "");
  if (clean === ".." || clean.startsWith("../")) throw escape(path, "it leads out of the root folder");
  return clean;
}

/**
 * The path of `path` inside the folder `root`, by its text alone.
 * @throws TeuError as {@link cleanPath} does.
 */
export function joinInRoot(root: string, path: string, options: CleanPathOptions = {}): string {
  return join(root, cleanPath(path, options));
}

function checkText(path: string): void {
  if (path === "") throw new TeuError<StdErrorCode>("ERR_PATH_INVALID", 'Using path "": it is empty, expected a name');
  const forbidden = sep === "\\" ? /[\0\\:]/u : /\0/u;
  const found = forbidden.exec(path)?.[0];
  if (found === undefined) return;
  const character = found === "\0" ? "NUL" : `"${found}"`;
  throw new TeuError<StdErrorCode>("ERR_PATH_INVALID", `Using path "${path}": ${character} in it, expected none`);
}

function escape(path: string, problem: string): TeuError<StdErrorCode> {
  return new TeuError("ERR_PATH_ESCAPE", `Using path "${path}": ${problem}, expected a path inside it`);
}

/** How {@link resolveInRoot} resolves. */
export interface ResolveOptions {
  /** Whether a symbolic link at the very end is followed too. Default: true. */
  readonly followLast?: boolean;
  /** Symbolic links followed at most. Default: 40, as Linux has it. */
  readonly maxLinks?: number;
}

/**
 * Resolves `path` on the file system as a process would whose root folder is `root`: absolute links start there, and `..`
 * does not lead above it. Gives a path below `root` without links, slashes at the end not heeded. Names that do not exist
 * stand for themselves, so that they can be made.
 *
 * The answer holds for the moment only: who can write below `root` meanwhile can put a link where none was. So it is for
 * trees that nobody else writes to. Against a concurrent writer only the kernel helps, with `openat2` and
 * `RESOLVE_IN_ROOT`, which Node does not offer.
 * @param path Relative or absolute, either way from `root` on.
 * @throws TeuError `ERR_PATH_INVALID` as {@link cleanPath} does, `ERR_PATH_LOOP` on more than `maxLinks` links.
 */
export async function resolveInRoot(root: string, path: string, options: ResolveOptions = {}): Promise<string> {
  checkText(path);
  const { followLast = true, maxLinks = 40 } = options;
  const ahead = names(path).toReversed();
  const resolved: string[] = [];
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === "..") {
      resolved.pop();
      continue;
    }
    const last = ahead.length === 0;
    const target = last && !followLast ? undefined : linkTarget(join(root, ...resolved, name));
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    links += 1;
    if (links > maxLinks) throw loop(path, maxLinks);
    if (target.startsWith("/")) resolved.length = 0;
    ahead.push(...names(target).toReversed());
  }
  return join(root, ...resolved);
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** Where a symbolic link points; undefined if there is something else or nothing. */
function linkTarget(path: string): string | undefined {
  // At once: to have another thread look takes many times as long. Most names are no links, and asking costs no error so.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
  try {
    return readlinkSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EINVAL" || code === "ENOENT") return undefined;
    throw error;
  }
}

function loop(path: string, maxLinks: number): TeuError<StdErrorCode> {
  return new TeuError("ERR_PATH_LOOP", `Resolving path "${path}": more than ${maxLinks} symbolic links`);
}
