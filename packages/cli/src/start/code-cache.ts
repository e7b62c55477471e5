/**
 * Keeps what V8 made of the pack's functions, for each command those that it used: the next start need not compile them.
 *
 * V8 takes such data as it is, so files count only if nobody but this user or root can have written them.
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Script } from "node:vm";

const FOREIGN_WRITE = 0o022;
const OLD_MS = 30 * 24 * 3600 * 1000;

/** The folder for what is kept: beside the pack in a clone, in the user's cache where teu is installed. */
export function codeFolder(clone: string | undefined): string {
  if (clone !== undefined) return join(clone, "code");
  if (process.geteuid?.() === 0) return "/var/cache/teu/start";
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "teu", "start");
}

/** What is kept of one command. */
export class CodeCache {
  readonly #path: string;
  #known: readonly string[] | undefined;

  constructor(folder: string, pack: string, command: string) {
    this.#path = join(folder, `${pack}-${process.version}-${process.arch}`, command);
  }

  /** The data, undefined where there is none that can be trusted. */
  read(): Buffer | undefined {
    try {
      const file = readOwn(this.#path);
      const end = file.length - 4;
      const names = file.readUInt32LE(end);
      this.#known = file.toString("utf8", end - names, end).split("\n");
      return file.subarray(0, end - names);
    } catch {
      return undefined;
    }
  }

  /** Keeps what `script` has compiled by now, if that is more than what is kept. `modules` says what it ran. */
  keep(script: Script, modules: readonly string[]): void {
    const known = script.cachedDataRejected === true ? undefined : this.#known;
    if (known !== undefined && modules.every((name) => known.includes(name))) return;
    try {
      this.#write(script.createCachedData(), Buffer.from([...new Set([...(known ?? []), ...modules])].join("\n")));
    } catch {
      // The next start takes longer, no more than that.
    }
  }

  #write(data: Buffer, names: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(names.length);
    const folder = dirname(this.#path);
    if (mkdirSync(folder, { recursive: true, mode: 0o755 }) !== undefined) removeOld(dirname(folder));
    const temporary = `${this.#path}.${process.pid}`;
    rmSync(temporary, { force: true });
    writeFileSync(temporary, Buffer.concat([data, names, length]), { mode: 0o644, flag: "wx" });
    renameSync(temporary, this.#path);
  }
}

/** Removes what is kept of packs that have gone. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).mtimeMs < Date.now() - OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

function readOwn(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = fstatSync(fd);
    const trusted = (uid === process.geteuid?.() || uid === 0) && (mode & FOREIGN_WRITE) === 0;
    if (!trusted) throw new Error("Somebody else may have written it");
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
