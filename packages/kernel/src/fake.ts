/**
 * A kernel for unit tests on Node: the same wrappers as global functions, over a tree of files in memory.
 * It records every call that would change something, and refuses calls that a test wants refused.
 *
 * For tests only, and not in the native subset.
 * @module
 */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { EBADF, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENOTEMPTY } from "./errno.ts";
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG } from "./files.ts";

/** What stands at a path. */
export interface FakeNode {
  /** Type and permissions. */
  readonly mode: number;
  /** The text of a file, or where a link leads. */
  text: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
}

/** One recorded call. */
export interface FakeCall {
  /** Without `sys_`, such as `mount`. */
  readonly name: string;
  /** As they came; descriptors as the path they were opened at, functions left out. */
  readonly args: readonly (string | number)[];
}

type Wrapper = (...args: never[]) => number;
type Each = (text: string) => void;

/** A kernel in memory. One is in place at a time: {@link FakeKernel.install} the one that a test needs. */
export class FakeKernel {
  /** Everything that exists, by absolute path. Folders above are made as needed. */
  readonly nodes: Map<string, FakeNode> = new Map();
  readonly calls: FakeCall[] = [];
  /** What else than 0 a call answers, by name without `sys_`. */
  readonly answers: Map<string, (...args: (string | number)[]) => number> = new Map();
  cwd = "/";
  readonly #open: Map<number, string> = new Map([[-100, "."]]);
  readonly #appending: Set<number> = new Set();
  #nextFd = 10;

  /** @param texts files by absolute path; a path that ends in a slash is an empty folder */
  constructor(texts: Readonly<Record<string, string>> = {}) {
    this.nodes.set("/", { mode: S_IFDIR | 0o755, text: "" });
    for (const [path, text] of Object.entries(texts)) this.add(path, text);
  }

  /** Adds a file, or a folder where the path ends in a slash. */
  add(path: string, text = ""): this {
    const clean = path.endsWith("/") && path !== "/" ? path.slice(0, -1) : path;
    if (clean !== "/") this.add(`${posix.dirname(clean)}/`.replace("//", "/"));
    if (!this.nodes.has(clean) || !path.endsWith("/"))
      this.nodes.set(clean, { mode: path.endsWith("/") ? S_IFDIR | 0o755 : S_IFREG | 0o644, text });
    return this;
  }

  /** Makes a call fail. `when` picks calls by their arguments, all by default. */
  refuse(name: string, errno: number, when: (...args: (string | number)[]) => boolean = () => true): this {
    this.answers.set(name, (...args) => (when(...args) ? -errno : 0));
    return this;
  }

  /** The calls of one name as text, such as `proc /proc proc 14`. */
  callsOf(name: string): string[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.args.join(" ").trim());
  }

  /** Puts this kernel in the place of the one before. */
  install(): this {
    for (const name of wrapperNames()) {
      const wrapper = this.#wrapper(name.slice(4));
      Object.defineProperty(globalThis, name, { value: wrapper, configurable: true, writable: true });
    }
    return this;
  }

  #wrapper(name: string): Wrapper {
    const known = (this.#wrappers() as Record<string, Wrapper | undefined>)[name];
    return (...args: never[]) => {
      const plain = (args as unknown[])
        .filter((arg) => typeof arg !== "function")
        .map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg).toString("hex") : (arg as string | number)));
      if (!READS.has(name)) this.calls.push({ name, args: plain });
      const answer = this.answers.get(name)?.(...plain) ?? 0;
      return answer !== 0 || known === undefined ? answer : known(...args);
    };
  }

  /** The absolute path that `path` from the folder `dir` names; dots and links are taken out. */
  #path(dir: number, path: string): string {
    const from = this.#open.get(dir) ?? "/";
    let full = posix.resolve(this.cwd, from, path);
    for (let links = 0; links < 40; links++) {
      const node = this.nodes.get(full);
      if (node === undefined || (node.mode & 0o170000) !== S_IFLNK) break;
      full = posix.resolve(posix.dirname(full), node.text);
    }
    return full;
  }

  #lookup(dir: number, path: string, flags: number): FakeNode | undefined {
    const full =
      (flags & 0x100) === 0 ? this.#path(dir, path) : posix.resolve(this.cwd, this.#open.get(dir) ?? "/", path);
    return this.nodes.get(full);
  }

  #openAt(dir: number, path: string, flags: number, mode: number): number {
    const full = this.#path(dir, path);
    let node = this.nodes.get(full);
    if (node === undefined && (flags & 0o100) !== 0) {
      node = { mode: S_IFREG | mode, text: "" };
      if (!this.nodes.has(posix.dirname(full))) return -ENOENT;
      this.nodes.set(full, node);
    }
    if (node === undefined) return -ENOENT;
    if ((node.mode & 0o170000) === S_IFLNK) return -ELOOP;
    const isFolder = (node.mode & 0o170000) === S_IFDIR;
    if ((flags & 0o200000) !== 0 && !isFolder) return -ENOTDIR;
    if ((flags & 3) !== 0 && isFolder) return -EISDIR;
    if ((flags & 0o1000) !== 0) node.text = "";
    if ((flags & 0o2000) !== 0) this.#appending.add(this.#nextFd);
    this.#open.set(this.#nextFd, full);
    return this.#nextFd++;
  }

  #make(dir: number, path: string, node: FakeNode): number {
    const full = posix.resolve(this.cwd, this.#open.get(dir) ?? "/", path);
    if (this.nodes.has(full)) return -EEXIST;
    if (!this.nodes.has(posix.dirname(full))) return -ENOENT;
    this.nodes.set(full, node);
    return 0;
  }

  #remove(dir: number, path: string): number {
    const full = posix.resolve(this.cwd, this.#open.get(dir) ?? "/", path);
    if ([...this.nodes.keys()].some((other) => other.startsWith(`${full}/`))) return -ENOTEMPTY;
    return this.nodes.delete(full) ? 0 : -ENOENT;
  }

  #text(fd: number, each: Each): number {
    const node = this.nodes.get(this.#open.get(fd) ?? "");
    if (node === undefined) return -EBADF;
    each(node.text);
    return Buffer.byteLength(node.text);
  }

  #write(fd: number, text: string): number {
    const path = this.#open.get(fd);
    const node = this.nodes.get(path ?? "");
    this.calls.push({ name: "write", args: [path ?? fd, text] });
    if (node !== undefined) node.text = this.#appending.has(fd) ? node.text + text : text;
    return this.answers.get("write")?.(path ?? fd, text) ?? 0;
  }

  #stat(node: FakeNode | undefined, out: Uint8Array): number {
    if (node === undefined) return -ENOENT;
    const view = new DataView(out.buffer);
    const [major, minor] = node.device ?? [0, 0];
    const values = [node.mode, node.uid ?? 0, node.gid ?? 0, 1, 1, major * 256 + minor, node.text.length, 1, 1];
    values.forEach((value, i) => view.setFloat64(i * 8, value, true));
    return 0;
  }

  #list(fd: number, each: Each): number {
    const folder = this.#open.get(fd) ?? "";
    for (const path of this.nodes.keys())
      if (path !== "/" && posix.dirname(path) === folder) each(posix.basename(path));
    return 0;
  }

  #pair(out: Uint8Array): number {
    new Int32Array(out.buffer).set([this.#nextFd++, this.#nextFd++]);
    return 0;
  }

  // The calls that do more than to be recorded.
  #wrappers(): object {
    return {
      openat: (dir: number, path: string, flags: number, mode: number) => this.#openAt(dir, path, flags, mode),
      openat2: (dir: number, path: string, flags: number) => this.#openAt(dir, path.replace(/^\/+/u, ""), flags, 0),
      close: (fd: number) => (this.#open.delete(fd) ? 0 : -EBADF),
      read_text: (fd: number, _limit: number, each: Each) => this.#text(fd, each),
      write_text: (fd: number, text: string) => this.#write(fd, text),
      list: (fd: number, each: Each) => this.#list(fd, each),
      stat: (dir: number, path: string, flags: number, out: Uint8Array) =>
        this.#stat(this.#lookup(dir, path, flags), out),
      faccessat: (dir: number, path: string) => (this.#lookup(dir, path, 0) === undefined ? -ENOENT : 0),
      readlinkat: (dir: number, path: string, each: Each) => this.#readLink(dir, path, each),
      realpath: (path: string, each: Each) => this.#realPath(path, each),
      getcwd: (each: Each) => {
        each(this.cwd);
        return 0;
      },
      chdir: (path: string) => this.#changeFolder(path),
      mkdirat: (dir: number, path: string, mode: number) => this.#make(dir, path, { mode: S_IFDIR | mode, text: "" }),
      // oxlint-disable-next-line max-params -- the shape of the call
      mknodat: (dir: number, path: string, mode: number, major: number, minor: number) =>
        this.#make(dir, path, { mode, text: "", device: [major, minor] }),
      symlinkat: (target: string, dir: number, path: string) =>
        this.#make(dir, path, { mode: S_IFLNK | 0o777, text: target }),
      unlinkat: (dir: number, path: string) => this.#remove(dir, path),
      renameat: (from: number, path: string, to: number, target: string) => this.#rename(from, path, to, target),
      pipe: (out: Uint8Array) => this.#pair(out),
      socketpair: (_type: number, out: Uint8Array) => this.#pair(out),
      getpid: () => 4242,
      getppid: () => 4241,
      geteuid: () => 0,
      getegid: () => 0,
      getenv: () => -ENOENT,
      clock: () => 1_700_000_000_000_000,
      open_tree: () => this.#nextFd++,
      fsopen: () => this.#nextFd++,
      fsmount: () => this.#nextFd++,
      terminal_size: () => -EINVAL,
    };
  }

  #readLink(dir: number, path: string, each: Each): number {
    const node = this.nodes.get(posix.resolve(this.cwd, this.#open.get(dir) ?? "/", path));
    if (node === undefined) return -ENOENT;
    if ((node.mode & 0o170000) !== S_IFLNK) return -EINVAL;
    each(node.text);
    return 0;
  }

  #realPath(path: string, each: Each): number {
    const full = this.#path(-100, path);
    if (!this.nodes.has(full)) return -ENOENT;
    each(full);
    return 0;
  }

  #changeFolder(path: string): number {
    const full = this.#path(-100, path);
    if (!this.nodes.has(full)) return -ENOENT;
    this.cwd = full;
    return 0;
  }

  // oxlint-disable-next-line max-params -- the shape of the call
  #rename(from: number, path: string, to: number, target: string): number {
    const source = posix.resolve(this.cwd, this.#open.get(from) ?? "/", path);
    const node = this.nodes.get(source);
    if (node === undefined) return -ENOENT;
    this.nodes.delete(source);
    this.nodes.set(posix.resolve(this.cwd, this.#open.get(to) ?? "/", target), node);
    return 0;
  }
}

/** A character device or fifo to put among {@link FakeKernel.nodes}. */
export function fakeDevice(type: "c" | "p", major: number, minor: number): FakeNode {
  return { mode: (type === "c" ? S_IFCHR : S_IFIFO) | 0o666, text: "", device: [major, minor] };
}

// Calls that change nothing are not recorded; writes record themselves, with the path.
const READS = new Set(
  `openat openat2 close read read_text write_text list stat faccessat readlinkat realpath getcwd getpid getppid geteuid
getegid getenv clock terminal_size fstatfs poll capget bpf_query ns_type ended_child`.split(/\s/u),
);

let names: readonly string[] | undefined;

function wrapperNames(): readonly string[] {
  if (names !== undefined) return names;
  const source = readFileSync(new URL("internal/sys.ts", import.meta.url), "utf8");
  names = [...source.matchAll(/function (sys_\w+)/gu)].map(([, name = ""]) => name);
  return names;
}
