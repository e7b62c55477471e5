/**
 * What the layers of a plan are made of, for one platform: recipes, and what is to be said of them elsewhere.
 * @module
 */
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
import type { ConfigPlan, DependencyPlan, LayerPlan } from "../plan/plan.ts";
import type { Project } from "../plan/project.ts";
import { applicationLayers } from "./application-layers.ts";
import type { FileIndex } from "./file-index.ts";
import { type LayerRecipe, keyOf } from "./recipe.ts";
import { sha256 } from "./sha256.ts";
import { ALWAYS_IGNORED, collectFiles } from "./source-files.ts";

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

/** Where packages go, besides. */
export interface DependencyContext extends IngredientContext {
  readonly to: string;
}

/** What the packages of an application come to. */
export interface Dependencies extends Pick<Ingredients, "recipes" | "components" | "materials"> {
  /** Fits commands to where the programs of packages are. */
  readonly fit: (config: ConfigPlan) => ConfigPlan;
}

/** Finds what an image is made of. @throws TeuError `ERR_BUILD_SOURCE`, `ERR_BUILD_SCRIPTS`, `ERR_LOCKFILE_…`, `ERR_PACKAGE_…` */
export async function ingredientsFor(options: IngredientOptions, context: IngredientContext): Promise<Ingredients> {
  const { plan } = options;
  const recipes: LayerRecipe[] = [];
  let dependencies: Dependencies | undefined;
  for (const layer of plan.layers) {
    if (layer.from === "dependencies" && plan.dependencies !== undefined) {
      dependencies = await dependenciesOf(options, plan.dependencies, { ...context, to: layer.to });
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

// What reads lockfiles and fetches packages is loaded where there are some.
async function dependenciesOf(
  options: IngredientOptions,
  plan: DependencyPlan,
  context: DependencyContext,
): Promise<Dependencies> {
  if (isPythonLock(plan)) {
    const { pythonIngredients } = await import("../python/python-ingredients.ts");
    return await pythonIngredients(options, plan, context);
  }
  const { npmIngredients } = await import("./npm-ingredients.ts");
  return await npmIngredients(options, plan, context);
}

function isPythonLock({ lock }: DependencyPlan): boolean {
  return lock === "uv" || lock === "poetry" || lock === "pipenv" || lock === "requirements";
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
    case "static-server": {
      const { STATIC_SERVER } = await import("./static-server.ts");
      return [fileRecipe(layer.to, new TextEncoder().encode(STATIC_SERVER))];
    }
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
  const digest = sha256().update(bytes).hex();
  const path = to.replace(/^\/+/, "");
  return {
    title: posix.basename(to),
    key: keyOf("file", [`${digest} ${to}`]),
    entries: () => [{ type: "file", path, mode: 0o755, size: bytes.length, sha256: digest, content: [bytes] }],
  };
}
