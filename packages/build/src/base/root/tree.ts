/**
 * The files of a base while it is made, in memory. Paths are resolved as a kernel would with the tree as its root, so that a
 * package which puts a file behind a link of another one puts it where it would be in the end.
 * @module
 */
import { cleanPath } from "@teu/std/safe-path";

/** What all entries have. */
interface Common {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** The package that it is from; empty for what the base adds. */
  readonly owner: string;
}

/** A directory, a regular file, a link, or another name of a file. */
export type TreeEntry = Common &
  (
    | { readonly type: "directory" }
    | { readonly type: "file"; readonly content: Uint8Array }
    | { readonly type: "symlink"; readonly target: string }
    /** The target is the path of a file in the tree. */
    | { readonly type: "hard-link"; readonly target: string }
  );

const MAX_LINKS = 40;
const TEXT = new TextEncoder();

/** A tree of files. Paths have no slash at either end; the root is `.`. */
export class FileTree {
  readonly #entries = new Map<string, TreeEntry>();
  /** Seconds since 1970 for what has no time of its own. */
  readonly #defaultTime: number;

  constructor(defaultTime: number) {
    this.#defaultTime = defaultTime;
  }

  /** The entries in the order of their paths, so that directories come before what is in them. */
  entries(): readonly (readonly [string, TreeEntry])[] {
    return [...this.#entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  /** The entry at a path whose last part is not followed. */
  at(path: string): TreeEntry | undefined {
    return this.#entries.get(this.resolve(path));
  }

  /** The content of the file at a path, links followed. */
  read(path: string): Uint8Array | undefined {
    const real = this.resolve(path, { followLast: true });
    const entry = this.#entries.get(real);
    if (entry?.type === "hard-link") return this.read(entry.target);
    return entry?.type === "file" ? entry.content : undefined;
  }

  /** Whether there is something at a path, links followed. */
  has(path: string): boolean {
    return this.#entries.has(this.resolve(path, { followLast: true }));
  }

  /**
   * The path without links on the way: all but the last part are followed, that one too if asked for.
   * @throws TeuError `ERR_PATH_INVALID`, `ERR_PATH_ESCAPE`; RangeError for links without end.
   */
  resolve(path: string, options: { readonly followLast?: boolean } = {}): string {
    const ahead = cleanPath(path, { absolute: "root" })
      .split("/")
      .filter((name) => name !== ".")
      .toReversed();
    const done: string[] = [];
    let links = 0;
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      if (name === "..") {
        done.pop();
        continue;
      }
      done.push(name);
      const entry = this.#entries.get(done.join("/"));
      if (entry?.type !== "symlink" || (ahead.length === 0 && options.followLast !== true)) continue;
      links += 1;
      if (links > MAX_LINKS) throw new RangeError(`Resolving "${path}": more than ${MAX_LINKS} links`);
      done.pop();
      if (entry.target.startsWith("/")) done.length = 0;
      ahead.push(...namesOf(entry.target).toReversed());
    }
    return done.length === 0 ? "." : done.join("/");
  }

  /** Puts an entry at a path, whose parents are made where they are not. What was there is replaced. */
  put(path: string, entry: TreeEntry): void {
    const real = this.resolve(path);
    this.#makeParents(real, entry.owner);
    this.#entries.set(real, entry);
  }

  /** Takes an entry away. */
  remove(path: string): void {
    this.#entries.delete(this.resolve(path));
  }

  /** The paths directly or deeper in a directory, in order. */
  below(path: string): readonly string[] {
    const prefix = `${this.resolve(path, { followLast: true })}/`;
    return this.entries()
      .map(([name]) => name)
      .filter((name) => name.startsWith(prefix));
  }

  /** Adds a file of the base itself. */
  addFile(path: string, content: string | Uint8Array, facts: NewFacts = {}): void {
    const bytes = typeof content === "string" ? TEXT.encode(content) : content;
    this.put(path, { ...this.#common(facts, 0o644), type: "file", content: bytes });
  }

  /** Adds a directory of the base itself, unless there is one. */
  addDirectory(path: string, facts: NewFacts = {}): void {
    const real = this.resolve(path, { followLast: true });
    if (this.#entries.get(real)?.type === "directory") return;
    this.put(real, { ...this.#common(facts, 0o755), type: "directory" });
  }

  /** Adds a link of the base itself. */
  addLink(path: string, target: string, facts: NewFacts = {}): void {
    this.put(path, { ...this.#common(facts, 0o777), type: "symlink", target });
  }

  #common({ mode, uid = 0, gid = 0, owner = "" }: NewFacts, defaultMode: number): Common {
    return { mode: mode ?? defaultMode, uid, gid, mtime: this.#defaultTime, owner };
  }

  #makeParents(real: string, owner: string): void {
    const names = real.split("/").slice(0, -1);
    for (let count = 1; count <= names.length; count += 1) {
      const parent = names.slice(0, count).join("/");
      const entry = this.#entries.get(parent);
      if (entry === undefined) this.#entries.set(parent, { ...this.#common({ owner }, 0o755), type: "directory" });
      else if (entry.type !== "directory") throw new RangeError(`"${parent}" is no directory`);
    }
  }
}

/** Facts of an entry that differ from the usual ones. */
export interface NewFacts {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly owner?: string;
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
