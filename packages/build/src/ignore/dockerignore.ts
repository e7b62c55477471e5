/**
 * `.dockerignore`: patterns in the order of the file, of which the last that matches a path or a folder above it counts.
 * @see {@link https://docs.docker.com/build/concepts/context/#dockerignore-files}
 * @module
 */
import { posix } from "node:path";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";

/** What an {@link IgnoreList} says of a folder, to be passed on for what is in it. */
export interface FolderVerdict {
  /** For each pattern, whether it matches the folder or one above it. */
  readonly matched: readonly boolean[];
  readonly isIgnored: boolean;
}

interface Pattern {
  readonly negated: boolean;
  readonly parts: readonly string[];
  readonly matches: (path: string, name: string) => boolean;
}

const MAX_PATTERNS = 10_000;

/** Patterns, ready to be held against paths. */
export class IgnoreList {
  readonly #patterns: readonly Pattern[];
  readonly #negated: readonly Pattern[];

  /** @throws TeuError `ERR_IGNORE_INVALID` */
  constructor(patterns: readonly string[]) {
    if (patterns.length > MAX_PATTERNS)
      throw invalid("", `${patterns.length} patterns, expected at most ${MAX_PATTERNS}`);
    this.#patterns = patterns.map(compile).filter((pattern) => pattern !== undefined);
    this.#negated = this.#patterns.filter(({ negated }) => negated);
  }

  /** What holds for the root. */
  root(): FolderVerdict {
    return { matched: this.#patterns.map(() => false), isIgnored: false };
  }

  /** What holds for a folder in a folder. */
  folder(path: string, above: FolderVerdict): FolderVerdict {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const matched = this.#patterns.map((pattern, at) => above.matched[at] === true || pattern.matches(path, name));
    return { matched, isIgnored: this.#last(matched) };
  }

  /** Whether a file in a folder is ignored. */
  ignores(path: string, above: FolderVerdict): boolean {
    const name = path.slice(path.lastIndexOf("/") + 1);
    for (let at = this.#patterns.length - 1; at >= 0; at -= 1) {
      const pattern = this.#patterns[at];
      if (pattern !== undefined && (above.matched[at] === true || pattern.matches(path, name))) return !pattern.negated;
    }
    return false;
  }

  /** Whether something in an ignored folder may be wanted all the same. */
  mayWantIn(folder: string): boolean {
    const names = folder.split("/");
    return this.#negated.some(({ parts }) => leadsInto(parts, names));
  }

  #last(matched: readonly boolean[]): boolean {
    const at = matched.lastIndexOf(true);
    return at >= 0 && this.#patterns[at]?.negated === false;
  }
}

function leadsInto(parts: readonly string[], names: readonly string[]): boolean {
  for (const [at, name] of names.entries()) {
    const part = parts[at];
    if (part === undefined) return true;
    if (part === "**") return true;
    if (!globOf([part]).test(name)) return false;
  }
  return true;
}

/** The patterns of a file, without comments and empty lines. */
export function parseIgnoreFile(source: string): readonly string[] {
  return source
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function compile(text: string): Pattern | undefined {
  const negated = text.startsWith("!");
  const cleaned = posix
    .normalize(negated ? text.slice(1).trim() : text)
    .replace(/^\/+/, "")
    .replace(/\/+$/, "");
  if (negated && cleaned === ".") throw invalid(text, "nothing after the exclamation mark");
  if (cleaned === "." || cleaned === "") return undefined;
  const parts = cleaned.split("/");
  if (!/[*?[\\]/.test(cleaned)) return { negated, parts, matches: (path) => path === cleaned };
  const [first, second] = parts;
  if (first === "**" && second !== undefined && parts.length === 2 && !/[*?[\\]/.test(second)) {
    return { negated, parts, matches: (_, name) => name === second };
  }
  const glob = globOf(parts, text);
  return { negated, parts, matches: (path) => glob.test(path) };
}

function globOf(parts: readonly string[], whole: string = parts.join("/")): RegExp {
  let source = "^";
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    if (part === "**") source += isLast ? ".*" : "(?:.*/)?";
    else source += partSource(part, whole) + (isLast ? "" : "/");
  }
  try {
    return new RegExp(`${source}$`, "su");
  } catch (error) {
    throw invalid(whole, "a class of characters that is malformed", error);
  }
}

const TOKEN = /\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|\*+|\?|[^*?[\\]+|[[\\]/gsu;

function partSource(part: string, whole: string): string {
  return part.replaceAll(TOKEN, (token, escaped?: string, not?: string, members?: string) => {
    if (escaped !== undefined) return quoted(escaped);
    if (members !== undefined) return `[${not ?? ""}${members.replaceAll(/[[&~^]/g, "\\$&")}]`;
    // Two stars within a name go over slashes, as Docker has it.
    if (token.startsWith("*")) return token.length > 1 ? ".*" : "[^/]*";
    if (token === "?") return "[^/]";
    if (token === "[" || token === "\\") throw invalid(whole, `"${token}" that is not closed`);
    return quoted(token);
  });
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function invalid(pattern: string, problem: string, cause?: unknown): TeuError<BuildErrorCode> {
  return new TeuError("ERR_IGNORE_INVALID", `Reading .dockerignore pattern "${pattern}": ${problem}`, { cause });
}
