/**
 * Loads the modules of a pack, each when it is first asked for.
 * @module
 */
import { existsSync } from "node:fs";
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

// Modules of Node that take a millisecond or more to load, and that many import without coming to use them.
const LATE = /^node:(?:child_process|crypto|fs\/promises|os|sqlite|stream|worker_threads|zlib)(?:\/|$)/;

/** A pack, as its script returns it. */
export type PackedModules = Readonly<Record<string, PackedModule>>;

/** Writes a script that returns these modules. */
export function sourceOf(modules: PackedModules): string {
  return `({${Object.entries(modules)
    .map(([name, define]) => `${JSON.stringify(name)}:${String(define)}`)
    .join(",\n")}})`;
}

/** What modules are loaded with. */
interface Loading {
  /** The whole pack, for modules that are not among the known ones. */
  readonly whole: () => PackedModules;
  readonly builtins: Builtins;
  readonly stamps: Stamps | undefined;
}

/** The modules of a pack. */
export class Modules {
  readonly #known: PackedModules;
  readonly #builtins: Builtins;
  readonly #stamps: Stamps | undefined;
  readonly #loaded = new Map<string, { exports: unknown }>();
  readonly #readWhole: () => PackedModules;
  readonly #stands = new Map<string, object>();
  #whole: PackedModules | undefined;

  /** @param known Modules that are at hand */
  constructor(known: PackedModules, { whole, builtins, stamps }: Loading) {
    this.#known = known;
    this.#readWhole = whole;
    this.#builtins = builtins;
    this.#stamps = stamps;
  }

  /** The names of those that were loaded. */
  used(): readonly string[] {
    return [...this.#loaded.keys()];
  }

  /** The modules of these names. */
  all(names: readonly string[]): PackedModules {
    return Object.fromEntries(names.map((name) => [name, this.#find(name) ?? missing(name)]));
  }

  /** What a module exports. @throws StaleError */
  readonly load = (name: string): unknown => {
    const loaded = this.#loaded.get(name);
    if (loaded !== undefined) return loaded.exports;
    const define = this.#known[name];
    if (define !== undefined) return this.#run(name, define);
    const builtin = LATE.test(name) ? this.#late(name) : this.#builtins.load(name);
    if (builtin !== undefined) return builtin;
    return this.#run(name, this.#find(name) ?? missing(name));
  };

  /** Stands for a module of Node until something of it is used. */
  #late(name: string): object {
    const known = this.#stands.get(name);
    if (known !== undefined) return known;
    const find = (): object => this.#builtins.load(name) as object;
    const stand = new Proxy(
      {},
      {
        get: (_, key) => Reflect.get(find(), key),
        has: (_, key) => Reflect.has(find(), key),
        ownKeys: () => Reflect.ownKeys(find()),
        getOwnPropertyDescriptor: (_, key) => {
          const found = Reflect.getOwnPropertyDescriptor(find(), key);
          return found === undefined ? undefined : { ...found, configurable: true };
        },
      },
    );
    this.#stands.set(name, stand);
    return stand;
  }

  #find(name: string): PackedModule | undefined {
    return this.#known[name] ?? (this.#whole ??= this.#readWhole())[name];
  }

  #run(name: string, define: PackedModule): unknown {
    this.#stamps?.check(name);
    const module = { exports: {} };
    this.#loaded.set(name, module);
    define(module, module.exports, this.load, this.#surroundings);
    return module.exports;
  }

  readonly #metaOf = (room: string, path: string): Partial<ImportMeta> => {
    const filename =
      this.#stamps === undefined
        ? join(roomFolder(room), "dist", path.replace(/\.ts$/, ".js"))
        : join(__dirname, "..", "..", "packages", room, "src", path);
    return {
      filename,
      dirname: dirname(filename),
      url: pathToFileURL(filename).href,
      resolve: (name) =>
        pathToFileURL(process.getBuiltinModule("node:module").createRequire(filename).resolve(name)).href,
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
