/**
 * What the layers of a plan are made of, for one platform: recipes, and what is to be said of them elsewhere.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Image } from "@teu/content/mutate/image";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import type { Component } from "../attest/spdx.ts";
import type { Material } from "../attest/provenance.ts";
import type { BuildOptions } from "../build-image.ts";
import type { BuildErrorCode } from "../errors.ts";
import { parseIgnoreFile } from "../ignore/dockerignore.ts";
import { nodePlatform } from "../layout/platform-limits.ts";
import { packageUrl } from "../attest/spdx.ts";
import { HttpClient } from "../npm/http.ts";
import { readNpmSettings } from "../npm/npmrc.ts";
import { PackageCache } from "../npm/package-cache.ts";
import { NpmRegistries } from "../npm/registries.ts";
import { type ResolvedTree, namesOf, readLock, resolveTree, scriptsDemanded } from "../npm/resolve-tree.ts";
import type { ConfigPlan, DependencyPlan, LayerPlan } from "../plan/plan.ts";
import type { Project } from "../plan/project.ts";
import { isPythonLock, pythonIngredients } from "../python/python-ingredients.ts";
import { applicationLayers } from "./application-layers.ts";
import { type KnownPackage, dependencyLayers } from "./dependency-layers.ts";
import type { FileIndex } from "./file-index.ts";
import { type Installed, installLayer } from "./install-scripts.ts";
import type { StepRunner } from "./interfaces.ts";
import { type LayerRecipe, keyOf } from "./recipe.ts";
import { ALWAYS_IGNORED, collectFiles } from "./source-files.ts";
import { withPrograms } from "./start-program.ts";
import { STATIC_SERVER } from "./static-server.ts";

/** What an image for one platform is made of. */
export interface Ingredients {
  readonly recipes: readonly LayerRecipe[];
  readonly config: ConfigPlan;
  readonly components: readonly Component[];
  readonly materials: readonly Material[];
}

/** What is the same for all platforms. */
export interface IngredientOptions extends BuildOptions {
  readonly project: Project;
}

/** What belongs to one platform. */
export interface IngredientContext {
  readonly platform: Platform;
  /** Where steps put what they make. */
  readonly out: string;
  readonly index: FileIndex;
  /** Makes an image of the base and layers. */
  readonly image: (recipes: readonly LayerRecipe[]) => Promise<Image>;
  /** The base, or an image of nothing. */
  readonly start: Image;
}

/** Finds what an image is made of. @throws TeuError `ERR_BUILD_SOURCE`, `ERR_BUILD_SCRIPTS`, `ERR_LOCKFILE_…`, `ERR_PACKAGE_…` */
export async function ingredientsFor(options: IngredientOptions, context: IngredientContext): Promise<Ingredients> {
  const { plan } = options;
  const recipes: LayerRecipe[] = [];
  let dependencies: Dependencies | undefined;
  for (const layer of plan.layers) {
    if (layer.from === "dependencies" && plan.dependencies !== undefined) {
      const place = { ...context, to: layer.to };
      dependencies = isPythonLock(plan.dependencies)
        ? await pythonIngredients(options, plan.dependencies, place)
        : await dependencyIngredients(options, plan.dependencies, place);
      recipes.push(...dependencies.recipes);
    } else recipes.push(...(await layerRecipes(layer, options, context)));
  }
  return {
    recipes,
    config: dependencies?.fit(plan.config) ?? plan.config,
    components: dependencies?.components ?? [],
    materials: dependencies?.materials ?? [],
  };
}

async function layerRecipes(
  layer: LayerPlan,
  options: IngredientOptions,
  context: IngredientContext,
): Promise<readonly LayerRecipe[]> {
  switch (layer.from) {
    case "application": {
      const root = join(options.folder, layer.folder);
      const patterns = [...ALWAYS_IGNORED, ...ignoreFile(root), ...layer.ignore];
      if (!existsSync(root)) throw missingFolder(layer.folder);
      const index = layer.folder === "." ? context.index : context.index.below(layer.folder);
      return applicationLayers(collectFiles({ root, ignore: patterns, index }), { root, to: layer.to });
    }
    case "file":
      return [fileRecipe(layer.to, await madeFile(layer.file, options, context))];
    case "static-server":
      return [fileRecipe(layer.to, new TextEncoder().encode(STATIC_SERVER))];
    default:
      return [];
  }
}

function missingFolder(folder: string): TeuError<BuildErrorCode> {
  return new TeuError("ERR_BUILD_SOURCE", `Reading folder "${folder}" of the application: there is no such folder`);
}

function ignoreFile(root: string): readonly string[] {
  const path = join(root, ".dockerignore");
  return existsSync(path) ? parseIgnoreFile(readFileSync(path, "utf8")) : [];
}

async function madeFile(
  file: string,
  { plan, bundler, folder }: IngredientOptions,
  { out }: IngredientContext,
): Promise<Uint8Array> {
  if (plan.build !== "bundle") return await readFile(join(out, file));
  if (bundler === undefined) {
    throw new TeuError<BuildErrorCode>("ERR_BUILD_COMMAND", "Bundling the application: there is nobody to bundle it", {
      detail: { code: 1 },
    });
  }
  const node = plan.base.kind === "node" ? plan.base.major : 22;
  return await bundler.bundle({ folder, entry: plan.entry ?? "", node });
}

function fileRecipe(to: string, bytes: Uint8Array): LayerRecipe {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const path = to.replace(/^\/+/, "");
  return {
    title: posix.basename(to),
    key: keyOf("file", [`${sha256} ${to}`]),
    entries: () => [{ type: "file", path, mode: 0o755, size: bytes.length, sha256, content: [bytes] }],
  };
}

interface Dependencies extends Pick<Ingredients, "recipes" | "components" | "materials"> {
  /** Fits commands to where the programs of packages are. */
  readonly fit: (config: ConfigPlan) => ConfigPlan;
}

async function dependencyIngredients(
  options: IngredientOptions,
  plan: DependencyPlan,
  context: IngredientContext & { readonly to: string },
): Promise<Dependencies> {
  const { folder, env, signal, onEvent, project, libc } = options;
  const settings = readNpmSettings({ folder, env });
  const client = new HttpClient(settings, env);
  const cache = new PackageCache({
    folder: options.cache,
    source: folder,
    registries: new NpmRegistries(settings, env),
    client,
    signal,
    onFetch: (what) => onEvent?.({ type: "fetch", what }),
  });
  const graph = readLock(project, plan);
  const platform = nodePlatform(context.platform, libc);
  const resolved = await resolveTree(graph, { file: plan.file, platform, cache, signal });
  const demanded = demandedScripts(resolved, plan, options);
  const { packages, tree } = resolved;
  const layers = dependencyLayers({ tree, packages, cache, to: context.to });
  const scripts = demanded === undefined ? undefined : await installed(demanded, layers, { options, context });
  return {
    fit: (config) => withPrograms(config, { packages, to: context.to, installed: scripts?.interpreters }),
    recipes: scripts === undefined ? layers : [...layers, scripts.recipe],
    components: packages.map(componentOf),
    materials: [lockMaterial(project, plan), ...packages.map(materialOf)],
  };
}

interface Demanded {
  readonly packages: readonly KnownPackage[];
  readonly runner: StepRunner;
}

/** The packages whose scripts are to be run, if any; tells what is left undone. @throws TeuError `ERR_BUILD_SCRIPTS` if nobody can run them */
function demandedScripts(
  { packages }: ResolvedTree,
  plan: DependencyPlan,
  { onEvent, stepRunner }: IngredientOptions,
): Demanded | undefined {
  const demanded = scriptsDemanded(packages, plan.installScripts);
  const left = scriptsDemanded(packages, true).filter((one) => !demanded.includes(one));
  if (left.length > 0) onEvent?.({ type: "note", text: `install scripts are not run: ${namesOf(left)}` });
  if (demanded.length === 0) return undefined;
  if (stepRunner !== undefined) return { packages: demanded, runner: stepRunner };
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_SCRIPTS",
    `Running the install scripts of ${namesOf(demanded)}: there is nobody to run them in a container`,
    {
      hint: "Leave them out of installScripts if the packages work without, or build with a Dockerfile",
    },
  );
}

async function installed(
  { packages, runner }: Demanded,
  recipes: readonly LayerRecipe[],
  {
    options,
    context,
  }: { readonly options: IngredientOptions; readonly context: IngredientContext & { readonly to: string } },
): Promise<Installed> {
  const { env, signal, onEvent, cache } = options;
  const onLine = (line: string): void => onEvent?.({ type: "line", line });
  onEvent?.({ type: "step", name: `install scripts of ${namesOf(packages)}` });
  return await installLayer(packages, {
    ...context,
    base: context.start.descriptor.digest,
    runner,
    recipes,
    env,
    signal,
    onLine,
    cache,
  });
}

function componentOf({ node, facts, pin }: KnownPackage): Component {
  const [algorithm = "", hex = ""] = pin.split(":");
  const { license } = facts;
  return {
    name: node.name,
    version: node.version,
    type: "npm",
    checksum: { algorithm, hex },
    ...(license === undefined ? {} : { license }),
  };
}

function materialOf({ node, pin }: KnownPackage): Material {
  const [algorithm = "", hex = ""] = pin.split(":");
  return { uri: packageUrl({ type: "npm", name: node.name, version: node.version }), digest: { [algorithm]: hex } };
}

function lockMaterial(project: Project, { file }: DependencyPlan): Material {
  const sha256 = createHash("sha256")
    .update(project.text(file) ?? "")
    .digest("hex");
  return { uri: `file:${file}`, digest: { sha256 } };
}
