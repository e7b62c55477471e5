/**
 * Makes the pack that `teu` starts from: one file with all modules, and the launcher beside it.
 *   sh tools/run tools/start/pack.ts              for this clone, below .setup/start, with a stamp of the sources
 *   sh tools/run tools/start/pack.ts --publish    for what is published, below packages/cli/dist/packed
 *
 * esbuild joins modules into chunks, such that loading a chunk runs only what its importer needs. Each chunk becomes a
 * function in the pack: what a command does not load is neither compiled nor run.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Metafile, type Plugin, build, transform } from "esbuild";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { projectRoot } from "../project.ts";
import { licensesOf } from "./licenses.ts";
import { stampsOf } from "./stamp.ts";

const ENTRY = "packages/cli/src/program.ts";

const PRINT = {
  platform: "node",
  target: "node24",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
} as const;
const BUNDLE = { ...PRINT, absWorkingDir: projectRoot, bundle: true, write: false } as const;

/** Makes `import.meta` a call that knows the file, which all files of a chunk would lose otherwise. */
const placesOfFiles: Plugin = {
  name: "places-of-files",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta")) return undefined;
      const [, room, file] = /\/packages\/([^/]+)\/src\/(.*)$/.exec(path) ?? [];
      const call = `packed.metaOf(${JSON.stringify(room)}, ${JSON.stringify(file)})`;
      return { contents: text.replaceAll("import.meta", call), loader: "ts" };
    }),
};

/**
 * Tables of what specifications demand are long, and looked into only when something breaks them: in a pack their modules run
 * when that happens. What they export stands for itself until then.
 */
const lateTables: Plugin = {
  name: "late-tables",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^late:/ }, ({ path }) => ({ path: path.slice("late:".length), namespace: "late" }));
    onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => ({
      contents: readFileSync(path, "utf8"),
      resolveDir: dirname(path),
      loader: "ts",
    }));
    onLoad({ filter: /\/packages\/spec\/src\/[^/]+\/clauses\.ts$/ }, ({ path }) => ({ contents: standIn(path) }));
  },
};

/** A module that exports what the one at `path` does, and loads that when it is first used. */
function standIn(path: string): string {
  const exported = readFileSync(path, "utf8").matchAll(/^export (const|function) (\w+)/gm);
  const stands = exported.map(([, kind, name]) => {
    if (kind === "function") return `export function ${name}(...words) { return load().${name}(...words); }`;
    return `export const ${name} = new Proxy({}, {
  get: (_, key) => load().${name}[key],
  has: (_, key) => key in load().${name},
  ownKeys: () => Reflect.ownKeys(load().${name}),
  getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(load().${name}, key),
});`;
  });
  return `const load = () => require(${JSON.stringify(`late:${path}`)});\n${[...stands].join("\n")}`;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { publish: { type: "boolean", default: false } } });
  await writePack(values.publish);
}

/** Makes the pack and puts it in its place. */
export async function writePack(
  publish: boolean,
  folder: string = join(projectRoot, publish ? "packages/cli/dist/packed" : ".setup/start"),
): Promise<void> {
  const startMs = Date.now();
  const { chunks, metafile } = await bundle();
  const pack = `({${(await Promise.all(chunks.map(asFunction))).join(",\n")}})`;
  const id = createHash("sha256").update(pack).digest("hex").slice(0, 16);
  const files = new Map([
    ["pack.js", pack],
    ["teu.cjs", await launcher(id)],
    ...(publish ? publishedFiles(metafile) : stampsOf(metafile, startMs)),
  ]);
  replaceFolder(folder, files);
}

function publishedFiles(metafile: Metafile): readonly (readonly [name: string, text: string])[] {
  const script = readFileSync(join(projectRoot, "packages/cli/src/start/teu.sh"), "utf8");
  return [
    ["LICENSES", licensesOf(metafile)],
    ["teu", script],
  ];
}

interface Chunk {
  readonly name: string;
  readonly code: string;
}

/** The chunks of the whole command. */
async function bundle(): Promise<{ chunks: readonly Chunk[]; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    ...BUNDLE,
    // Each chunk is made small later, by itself.
    minify: false,
    entryPoints: [ENTRY],
    format: "esm",
    splitting: true,
    outdir: "out",
    metafile: true,
    conditions: ["@teu/source"],
    define: { "performance.now": "packed.clockMs" },
    plugins: [lateTables, placesOfFiles],
  });
  return { chunks: outputFiles.map(({ path, text }) => ({ name: chunkName(path), code: text })), metafile };
}

/** The name of a chunk among the modules of the pack. */
function chunkName(path: string): string {
  const name = basename(path);
  return name === "program.js" ? "program" : `./${name}`;
}

async function asFunction({ name, code }: Chunk): Promise<string> {
  // Imports become calls of the pack's own "require", which waits for nothing.
  const plain = withPlainExports(code);
  const { code: body } = await transform(plain, { ...PRINT, format: "cjs", supported: { "dynamic-import": false } });
  return `${JSON.stringify(name)}:function(module,exports,require,packed){${body}}`;
}

/**
 * Exports values, where esbuild would make two functions for each that are called at every use. Chunks do not import each other
 * in circles, so whoever imports one finds all of it. What has no value until later, or changes, keeps a function.
 */
function withPlainExports(code: string): string {
  const [statement, names = ""] = /\nexport \{\n([^}]*)\n\};\s*$/.exec(code) ?? [];
  if (statement === undefined) return code;
  const exported = names.split(/,\n/).map((line) => {
    const [local = "", name = local] = line.trim().split(" as ");
    return isFixed(local, code) ? `${name}: ${local}` : `get ${name}() { return ${local}; }`;
  });
  return `${code.slice(0, -statement.length)}\nmodule.exports = { __esModule: true, ${exported.join(", ")} };\n`;
}

/** Tells whether a name of a chunk gets a value when the chunk runs, and keeps it. */
function isFixed(name: string, code: string): boolean {
  const local = `(?<![.\\w$])${name.replaceAll("$", "\\$")}`;
  if (new RegExp(`^(?:async )?(?:function\\*? |class )${local}[ (]`, "m").test(code)) return true;
  const changes = new RegExp(`${local} \\W{0,3}=(?!=) |${local}(?:\\+\\+|--)|(?:\\+\\+|--)${local}(?![\\w$])`, "g");
  return code.match(changes)?.length === 1 && new RegExp(`^(?:var|let|const) ${local} = `, "m").test(code);
}

async function launcher(id: string): Promise<string> {
  const names = JSON.stringify(COMMANDS.map(({ name }) => name));
  const { outputFiles } = await build({
    ...BUNDLE,
    entryPoints: ["packages/cli/src/start/launcher.ts"],
    format: "cjs",
    define: { PACK_ID: JSON.stringify(id), COMMAND_NAMES: names },
  });
  return outputFiles[0]?.text ?? "";
}

/** Puts the files where a program that starts meanwhile finds the old ones or the new ones. */
function replaceFolder(folder: string, files: ReadonlyMap<string, string>): void {
  const temporary = `${folder}.${process.pid}`;
  for (const [name, text] of files) {
    const path = join(temporary, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: name === "teu" ? 0o755 : 0o644 });
  }
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(temporary, folder);
}
