/**
 * From a lockfile to the packages of an image: read, selected for its platform, placed, and fetched.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import type { KnownPackage } from "../assemble/dependency-layers.ts";
import type { BuildErrorCode } from "../errors.ts";
import type { NodePlatform } from "../layout/platform-limits.ts";
import { type Tree, placePackages } from "../layout/place.ts";
import { selectPackages } from "../layout/select.ts";
import type { LockGraph } from "../lock/graph.ts";
import { readPackageLock } from "../lock/package-lock.ts";
import { readPnpmLock } from "../lock/pnpm-lock.ts";
import { readManifest } from "../lock/workspace.ts";
import { nameAndRange } from "../lock/manifest.ts";
import { readYarnLock } from "../lock/yarn-lock.ts";
import type { DependencyPlan } from "../plan/plan.ts";
import type { Project } from "../plan/project.ts";
import { type PackageCache, label } from "./package-cache.ts";

const CONCURRENCY = 12;

/** Reads the lockfile that a plan names. @throws TeuError `ERR_LOCKFILE_INVALID`, `ERR_LOCKFILE_STALE`, `ERR_LOCKFILE_MISSING` */
export function readLock(project: Project, { lock, file }: DependencyPlan): LockGraph {
  const source = project.text(file);
  if (source === undefined) {
    throw new TeuError<BuildErrorCode>("ERR_LOCKFILE_MISSING", `Reading lockfile "${file}": there is no such file`);
  }
  const manifest = readManifest(project, ".") ?? {};
  const graph = readGraph(lock, source, file, project);
  const there = new Set((graph.importers.get(".") ?? []).map(({ alias }) => alias));
  const missing = Object.keys(nameAndRange(manifest["dependencies"])).filter((name) => !there.has(name));
  if (missing.length === 0) return graph;
  throw new TeuError<BuildErrorCode>(
    "ERR_LOCKFILE_STALE",
    `Reading lockfile "${file}": package.json needs ${missing.join(", ")}, which is not in it`,
    {
      hint: `${lock} install brings the lockfile up to date`,
    },
  );
}

function readGraph(lock: DependencyPlan["lock"], source: string, file: string, project: Project): LockGraph {
  switch (lock) {
    case "npm":
      return readPackageLock(source, file, readManifest(project, ".") ?? {});
    case "pnpm":
      return readPnpmLock(source, file);
    case "yarn":
      return readYarnLock(source, file, project);
    default:
      throw new TeuError<BuildErrorCode>(
        "ERR_PACKAGE_SOURCE",
        `Reading lockfile "${file}": it is for packages of Python, expected those of Node.js`,
      );
  }
}

/** What packages are resolved with. */
export interface ResolveOptions {
  readonly file: string;
  readonly platform: NodePlatform;
  readonly cache: PackageCache;
  readonly signal?: AbortSignal | undefined;
}

/** The packages of an image, at their places. */
export interface ResolvedTree {
  readonly tree: Tree;
  readonly packages: readonly KnownPackage[];
}

/** Selects, places and fetches packages. @throws TeuError `ERR_PACKAGE_…`, `ERR_LOCKFILE_INVALID` */
export async function resolveTree(graph: LockGraph, options: ResolveOptions): Promise<ResolvedTree> {
  const { cache, platform, file, signal } = options;
  const selected = await selectPackages(graph, {
    platform,
    limitsOf: async (node) => (await cache.facts(node)).limits,
  });
  const tree = placePackages(graph, selected, { file });
  const archived = tree.packages.filter(({ node }) => node.source.kind !== "bundled");
  const packages = await mapLimit(
    archived,
    async (placed): Promise<KnownPackage> => {
      const [first] = await cache.integrityOf(placed.node);
      return { ...placed, facts: await cache.facts(placed.node), pin: `${first?.algorithm ?? ""}:${first?.hex ?? ""}` };
    },
    { concurrency: CONCURRENCY, signal },
  );
  return { tree, packages };
}

/**
 * The packages that have install scripts and are to run them.
 * @param demanded Names, or true for all.
 */
export function scriptsDemanded(
  packages: readonly KnownPackage[],
  demanded: readonly string[] | true,
): readonly KnownPackage[] {
  return packages.filter(
    ({ node, facts }) => facts.hasInstallScripts && (demanded === true || demanded.includes(node.name)),
  );
}

/** The names of packages for a message. */
export function namesOf(packages: readonly KnownPackage[]): string {
  return packages.map(({ node }) => label(node).replace(/^package /, "")).join(", ");
}
