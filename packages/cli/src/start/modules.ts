/**
 * Loads the modules of a pack, each when it is first asked for.
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Builtins } from "./extra-authorities.ts";
import type { Stamps } from "./stamp.ts";

/** A packed module, made to be CommonJS. */
type PackedModule = (
  module: { exports: unknown },
  exports: unknown,
  require: (name: string) => unknown,
  packed: Surroundings,
) => void;

/** What stands for parts of Node in a pack. */
interface Surroundings {
  /** For `import.meta` of a file of a room: programs and other files are found from there. */
  readonly metaOf: (room: string, path: string) => Partial<ImportMeta>;
  /** For `performance.now`, with which Node loads all of its module of that name. Only differences mean something. */
  readonly clockMs: () => number;
}

/** A pack, as its script returns it. */
export type PackedModules = Readonly<Record<string, PackedModule>>;

/** The modules of a pack. */
export class Modules {
  readonly #packed: PackedModules;
  readonly #builtins: Builtins;
  readonly #stamps: Stamps | undefined;
  readonly #loaded = new Map<string, { exports: unknown }>();

  constructor(packed: PackedModules, builtins: Builtins, stamps: Stamps | undefined) {
    this.#packed = packed;
    this.#builtins = builtins;
    this.#stamps = stamps;
  }

  /** The names of those that were loaded. */
  names(): readonly string[] {
    return [...this.#loaded.keys()];
  }

  /** What a module exports. @throws StaleError */
  readonly load = (name: string): unknown => {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known.exports;
    const define = this.#packed[name];
    if (define === undefined) return this.#builtins.load(name) ?? missing(name);
    this.#stamps?.check(name);
    const module = { exports: {} };
    this.#loaded.set(name, module);
    define(module, module.exports, this.load, this.#surroundings);
    return module.exports;
  };

  readonly #metaOf = (room: string, path: string): Partial<ImportMeta> => {
    const filename =
      this.#stamps === undefined
        ? join(roomFolder(room), "dist", path.replace(/\.ts$/, ".js"))
        : join(__dirname, "..", "..", "packages", room, "src", path);
    return {
      filename,
      dirname: dirname(filename),
      url: pathToFileURL(filename).href,
      resolve: (name) => pathToFileURL(createRequire(filename).resolve(name)).href,
    };
  };

  readonly #surroundings: Surroundings = { metaOf: this.#metaOf, clockMs };
}

function clockMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** The folder of a room as npm installs it, beside this package or below it. */
function roomFolder(room: string): string {
  const own = join(__dirname, "..", "..");
  if (room === "cli") return own;
  for (let folder = own; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, "node_modules", "@teu", room);
    if (existsSync(found)) return found;
  }
  return missing(`@teu/${room}`);
}

function missing(name: string): never {
  throw new Error(`Cannot find "${name}": install teu again`);
}
