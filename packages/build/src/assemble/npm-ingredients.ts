/**
 * The packages of an application for Node.js as layers: read from its lockfile, chosen for the platform, fetched, verified and
 * laid out.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { Material } from "../attest/provenance.ts";
import { type Component, packageUrl } from "../attest/spdx.ts";
import type { BuildErrorCode } from "../errors.ts";
import { nodePlatform } from "../layout/platform-limits.ts";
import { HttpClient } from "../npm/http.ts";
import { readNpmSettings } from "../npm/npmrc.ts";
import { PackageCache } from "../npm/package-cache.ts";
import { NpmRegistries } from "../npm/registries.ts";
import { type ResolvedTree, namesOf, readLock, resolveTree, scriptsDemanded } from "../npm/resolve-tree.ts";
import type { DependencyPlan } from "../plan/plan.ts";
import type { Project } from "../plan/project.ts";
import { type KnownPackage, dependencyLayers } from "./dependency-layers.ts";
import type { Dependencies, DependencyContext, IngredientOptions } from "./ingredients.ts";
import { type Installed, installLayer } from "./install-scripts.ts";
import type { StepRunner } from "./interfaces.ts";
import type { LayerRecipe } from "./recipe.ts";
import { sha256 } from "./sha256.ts";
import { withPrograms } from "./start-program.ts";

/** The layers of the packages that a lockfile of npm, pnpm or yarn names. @throws TeuError `ERR_LOCKFILE_…`, `ERR_PACKAGE_…`, `ERR_BUILD_SCRIPTS` */
export async function npmIngredients(
  options: IngredientOptions,
  plan: DependencyPlan,
  context: DependencyContext,
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
  { options, context }: { readonly options: IngredientOptions; readonly context: DependencyContext },
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
  return {
    uri: `file:${file}`,
    digest: {
      sha256: sha256()
        .update(project.text(file) ?? "")
        .hex(),
    },
  };
}
