/**
 * What install scripts of packages make, as a layer. They run once, in a container of the base with all packages in it; what
 * they changed below the application is kept, so the same base and packages give the same layer from then on.
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Image } from "@teu/content/mutate/image";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { cleanPath } from "@teu/std/safe-path";
import type { BuildErrorCode } from "../errors.ts";
import { interpreterOf } from "../npm/package-facts.ts";
import { namesOf } from "../npm/resolve-tree.ts";
import { explainCache } from "./cache-error.ts";
import type { KnownPackage } from "./dependency-layers.ts";
import { CHANGES_FILE, INSTALL_DRIVER, type InstallChange, OUTPUT_FOLDER } from "./install-driver.ts";
import type { StepRunner } from "./interfaces.ts";
import { type LayerEntry, type LayerRecipe, keyOf } from "./recipe.ts";

/** What install scripts run with. */
export interface InstallContext {
  readonly runner: StepRunner;
  readonly platform: Platform;
  /** Makes an image of the base and what the layers of packages hold. */
  readonly image: (recipes: readonly LayerRecipe[]) => Promise<Image>;
  /** Names the base: its digest. */
  readonly base: string;
  /** The layers of packages. */
  readonly recipes: readonly LayerRecipe[];
  /** A folder of the image, such as `/app`. */
  readonly to: string;
  /** The folder of the cache. */
  readonly cache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** What install scripts leave. */
export interface Installed {
  readonly recipe: LayerRecipe;
  /** What runs each executable file of theirs, by its path below the application: "" is the machine itself. */
  readonly interpreters: ReadonlyMap<string, string>;
}

/**
 * Runs the scripts of packages, unless it is known what they make.
 * @throws TeuError `ERR_BUILD_SCRIPTS` if one fails or gives what cannot be taken; `ERR_BUILD_CACHE`; what the runner throws.
 */
export async function installLayer(demanded: readonly KnownPackage[], context: InstallContext): Promise<Installed> {
  const locations = inOrder(demanded);
  const { recipes, base, to, cache } = context;
  const key = keyOf(`scripts ${to}`, [base, INSTALL_DRIVER, ...recipes.map((recipe) => recipe.key), ...locations]);
  const folder = join(cache, "scripts", key);
  const made = (await readResult(folder)) ?? (await run(demanded, locations, { ...context, folder }));
  const programs = made.filter(({ isExecutable }) => isExecutable === true);
  const interpreters = new Map(programs.map(({ path, interpreter = "" }) => [path, interpreter]));
  return { recipe: recipeOf(made, folder, to), interpreters };
}

/** Those that others need come first, as npm has it. */
function inOrder(packages: readonly KnownPackage[]): readonly string[] {
  const byId = Map.groupBy(packages, ({ node }) => node.id);
  const done = new Set<string>();
  const ordered: string[] = [];
  const visit = (id: string): void => {
    if (done.has(id)) return;
    done.add(id);
    const found = byId.get(id) ?? [];
    for (const { to } of found[0]?.node.edges ?? []) visit(to);
    ordered.push(...found.map(({ location }) => location));
  };
  for (const { node } of packages) visit(node.id);
  return ordered;
}

/** A change whose content is known. */
type Made = InstallChange & Partial<Content>;

interface Content {
  readonly size: number;
  readonly sha256: string;
  /** What its first line names, if it is a script. */
  readonly interpreter?: string | undefined;
}

const RESULT_FILE = "made.json";
const MAX_CHANGES = 500_000;
const MAX_LIST_BYTES = 128 * 1024 * 1024;

async function readResult(folder: string): Promise<readonly Made[] | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RESULT_FILE), "utf8")) as readonly Made[];
  } catch {
    return undefined;
  }
}

async function run(
  demanded: readonly KnownPackage[],
  locations: readonly string[],
  context: InstallContext & { readonly folder: string },
): Promise<readonly Made[]> {
  const { runner, platform, image, recipes, to, folder, env, signal, onLine } = context;
  const part = `${folder}.${randomBytes(6).toString("hex")}`;
  try {
    await explainCache(folder, () => mkdir(part, { recursive: true }));
    const { exitCode, lines } = await runner.run(
      {
        image: await image(recipes),
        platform,
        command: ["node", "-e", INSTALL_DRIVER, to, ...locations],
        workdir: to,
        env: proxiesOf(env),
        name: `install scripts of ${namesOf(demanded)}`,
        output: { folder: part, at: OUTPUT_FOLDER },
      },
      { signal, onLine },
    );
    if (exitCode !== 0) throw failed(demanded, exitCode, lines);
    const made = await readChanges(part, demanded);
    await explainCache(folder, async () => {
      await writeFile(join(part, RESULT_FILE), JSON.stringify(made));
      await rm(folder, { recursive: true, force: true });
      await rename(part, folder);
    });
    return made;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** What scripts that fetch something have to know of the host, and no more of it. */
function proxiesOf(env: InstallContext["env"]): Readonly<Record<string, string>> {
  const names = Object.keys(env).filter((name) => /^(?:https?|no|all)_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ""]));
}

async function readChanges(folder: string, demanded: readonly KnownPackage[]): Promise<readonly Made[]> {
  const invalid = (why: string, cause?: unknown): TeuError<BuildErrorCode> =>
    new TeuError("ERR_BUILD_SCRIPTS", `Taking what the install scripts of ${namesOf(demanded)} made: ${why}`, {
      cause,
    });
  let changes: unknown;
  try {
    changes = JSON.parse(new TextDecoder().decode(await readPlain(join(folder, CHANGES_FILE), MAX_LIST_BYTES)));
  } catch (error) {
    throw invalid("there is no list of it that can be read", error);
  }
  if (!Array.isArray(changes) || changes.length > MAX_CHANGES) throw invalid("its list is malformed or too long");
  const made: Made[] = [];
  for (const change of changes) {
    try {
      made.push(await readChange(Object(change) as Partial<InstallChange>, folder));
    } catch (error) {
      throw invalid(error instanceof Error ? error.message : String(error), error);
    }
  }
  return made.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Scripts could have written the list themselves, so nothing in it is believed. */
async function readChange(
  { path, type, target, content, isExecutable }: Partial<InstallChange>,
  folder: string,
): Promise<Made> {
  const clean = cleanPath(String(path));
  if (clean.startsWith(".wh.") || clean.includes("/.wh."))
    throw new Error(`the name "${clean}" has a meaning in layers`);
  switch (type) {
    case "gone":
    case "directory":
      return { path: clean, type };
    case "symlink":
      return { path: clean, type, target: String(target) };
    case "file": {
      if (!/^\d{1,7}$/.test(content ?? "")) throw new Error(`"${clean}" has no content`);
      const read = await digestPlain(join(folder, content ?? ""));
      return { path: clean, type, isExecutable: isExecutable === true, content: content ?? "", ...read };
    }
    default:
      throw new Error(`"${clean}" is nothing that a layer can hold`);
  }
}

// A container can leave links and pipes where files are expected; neither is followed or waited for.
const PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function* plainContent(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, PLAIN);
  if (!(await file.stat()).isFile()) throw new Error(`"${path}" is no file`);
  yield* file.createReadStream({ autoClose: false });
}

async function readPlain(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of plainContent(path)) {
    total += chunk.length;
    if (total > maxBytes) throw new Error(`"${path}" has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function digestPlain(path: string): Promise<Content> {
  const hash = createHash("sha256");
  let size = 0;
  let interpreter: string | undefined;
  for await (const chunk of plainContent(path)) {
    if (size === 0) interpreter = interpreterOf(chunk);
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest("hex"), size, interpreter };
}

function recipeOf(made: readonly Made[], folder: string, to: string): LayerRecipe {
  return {
    title: "install scripts",
    key: keyOf(
      `installed ${to}`,
      made.map((one) => JSON.stringify({ ...one, content: undefined, interpreter: undefined })),
    ),
    entries: () => made.map((one) => entryOf(one, folder, to.replace(/^\/+/, ""))),
  };
}

function entryOf(
  { path, type, target = "", content, size = 0, sha256, isExecutable }: Made,
  folder: string,
  to: string,
): LayerEntry {
  const place = posix.join(to, path);
  if (type === "directory") return { type, path: place };
  if (type === "symlink") return { type, path: place, target };
  if (type === "gone") {
    const whiteout = posix.join(posix.dirname(place), `.wh.${posix.basename(place)}`);
    return { type: "file", path: whiteout, mode: 0o644, size: 0, content: [] };
  }
  return {
    type: "file",
    path: place,
    mode: isExecutable === true ? 0o755 : 0o644,
    size,
    ...(sha256 === undefined ? {} : { sha256 }),
    content: plainContent(join(folder, content ?? "")),
  };
}

function failed(
  demanded: readonly KnownPackage[],
  exitCode: number,
  lines: readonly string[],
): TeuError<BuildErrorCode> {
  const message = `Running the install scripts of ${namesOf(demanded)}: they ended with ${exitCode}, expected 0`;
  return new TeuError("ERR_BUILD_SCRIPTS", lines.length === 0 ? message : `${message}:\n${lines.join("\n")}`, {
    detail: { exitCode },
    hint: "Name a base that has what they need with --base, or leave them out of installScripts",
  });
}
