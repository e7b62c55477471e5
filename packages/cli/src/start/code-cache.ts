/**
 * Keeps what a command used of the pack: the text of those modules, and what V8 made of their functions. The next start reads
 * that one file instead of the pack, and compiles nothing.
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
import { dirname, join } from "node:path";
import type { Script } from "node:vm";

const FOREIGN_WRITE = 0o022;
const OLD_MS = 30 * 24 * 3600 * 1000;
const LENGTH_BYTES = 4;

/** What is kept of one command. */
export interface KeptCode {
  /** A script whose value has the modules, as the pack's own has. */
  readonly source: string;
  /** What V8 made of it; nothing while it has only been seen once. */
  readonly code: Buffer | undefined;
}

/** The folder for what is kept: beside the pack in a clone, in the user's cache where teu is installed. */
export function codeFolder(clone: string | undefined): string {
  if (clone !== undefined) return join(clone, "code");
  if (process.geteuid?.() === 0) return "/var/cache/teu/start";
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  return join(cache ?? join(home ?? process.getBuiltinModule("node:os").homedir(), ".cache"), "teu", "start");
}

/** The file for what is kept of one command. */
export class CodeCache {
  readonly path: string;

  constructor(folder: string, pack: string, command: string) {
    this.path = join(folder, `${pack}-${process.version}-${process.arch}`, command);
  }

  /** What is kept, undefined where there is nothing that can be trusted. */
  read(): KeptCode | undefined {
    try {
      const file = readOwn(this.path);
      const end = file.length - LENGTH_BYTES;
      const sourceBytes = file.readUInt32LE(end);
      if (sourceBytes > end) return undefined;
      const code = file.subarray(sourceBytes, end);
      return { source: file.toString("latin1", 0, sourceBytes), code: code.length === 0 ? undefined : code };
    } catch {
      return undefined;
    }
  }

  /** Keeps the text of a script; with what V8 has made of it by now, if that is given. */
  keep(source: string, script?: Script): void {
    try {
      this.#write(Buffer.from(source, "latin1"), script?.createCachedData() ?? Buffer.alloc(0));
    } catch {
      // The next start takes longer, no more than that.
    }
  }

  #write(source: Buffer, code: Buffer): void {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(source.length);
    const folder = dirname(this.path);
    if (mkdirSync(folder, { recursive: true, mode: 0o755 }) !== undefined) removeOld(dirname(folder));
    const temporary = `${this.path}.${process.pid}`;
    rmSync(temporary, { force: true });
    writeFileSync(temporary, Buffer.concat([source, code, length]), { mode: 0o644, flag: "wx" });
    renameSync(temporary, this.path);
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
