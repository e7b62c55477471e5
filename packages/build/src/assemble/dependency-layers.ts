/**
 * The layers of an application's packages. Large ones have a layer each; the rest are spread by the hashes of their names;
 * links have one. So a new version of one package rewrites one layer, whatever else is there.
 * @module
 */
import { posix } from "node:path";
import type { Placed, Tree } from "../layout/place.ts";
import type { PackageCache } from "../npm/package-cache.ts";
import type { PackageFacts } from "../npm/package-facts.ts";
import { type LayerEntry, type LayerRecipe, bucketOf, keyOf } from "./recipe.ts";

const LARGE_BYTES = 5 * 1024 * 1024;
const MAX_LARGE = 8;

/** A package at its place, with what is known of it. */
export interface KnownPackage extends Placed {
  readonly facts: PackageFacts;
  /** What pins its archive, such as `sha512:…`. */
  readonly pin: string;
}

/** What layers of packages are made from. */
export interface DependencySource {
  readonly tree: Tree;
  readonly packages: readonly KnownPackage[];
  readonly cache: PackageCache;
  /** A folder of the image, such as `/app`. */
  readonly to: string;
}

/** The layers of packages, the same for the same tree. */
export function dependencyLayers(source: DependencySource): readonly LayerRecipe[] {
  const { packages, to } = source;
  const large = largePackages(packages);
  const rest = packages.filter(({ node }) => !large.includes(node.name));
  const count = layerCount(rest.length);
  const buckets = Array.from({ length: count }, (): KnownPackage[] => []);
  for (const one of rest) buckets[bucketOf(one.node.name, count)]?.push(one);
  const groups = [
    ...large.map((name) => ({ title: name, members: packages.filter(({ node }) => node.name === name) })),
    ...buckets.map((members, at) => ({
      title: count === 1 ? "dependencies" : `dependencies (${at + 1} of ${count})`,
      members,
    })),
  ];
  const links = [...source.tree.links, ...programLinks(source)].sort((a, b) => (a.location < b.location ? -1 : 1));
  return [
    ...groups
      .filter(({ members }) => members.length > 0)
      .map(({ title, members }) => packageLayer(title, members, source)),
    ...(links.length === 0 ? [] : [linkLayer(links, to)]),
  ];
}

function layerCount(packages: number): number {
  if (packages <= 16) return 1;
  return packages <= 64 ? 4 : 8;
}

/** Names of the largest packages, all versions of a name together. */
function largePackages(packages: readonly KnownPackage[]): readonly string[] {
  const sizes = new Map<string, number>();
  for (const { node, facts } of packages) sizes.set(node.name, (sizes.get(node.name) ?? 0) + facts.plainBytes);
  return [...sizes]
    .filter(([, bytes]) => bytes > LARGE_BYTES)
    .sort(([a, aBytes], [b, bBytes]) => bBytes - aBytes || (a < b ? -1 : 1))
    .slice(0, MAX_LARGE)
    .map(([name]) => name)
    .sort();
}

function packageLayer(title: string, members: readonly KnownPackage[], { cache, to }: DependencySource): LayerRecipe {
  return {
    title,
    key: keyOf(
      `packages ${to}`,
      members.map(({ location, pin }) => `${pin} ${JSON.stringify(location)}`),
    ),
    entries: () => packageEntries(members, cache, inImage(to)),
  };
}

async function* packageEntries(
  members: readonly KnownPackage[],
  cache: PackageCache,
  to: string,
): AsyncGenerator<LayerEntry> {
  for (const { location, node, facts } of members) {
    const programs = new Set(Object.values(facts.programs).map((path) => posix.normalize(path)));
    for await (const { path, mode, size, content } of cache.files(node)) {
      // npm makes programs executable, whatever their archive says.
      yield {
        type: "file",
        path: posix.join(to, location, path),
        mode: programs.has(path) ? 0o755 : mode,
        size,
        content,
      };
    }
  }
}

interface Link {
  readonly location: string;
  readonly to: string;
}

/** Links in `.bin` to the programs of packages. */
function programLinks({ packages, tree }: DependencySource): readonly Link[] {
  const isIsolated = packages.some(({ location }) => location.startsWith("node_modules/.pnpm/"));
  const direct = new Set(tree.direct.values());
  const links = new Map<string, string>();
  for (const { location, facts, node } of packages) {
    if (isIsolated && !direct.has(location)) continue;
    const modules = isIsolated
      ? "node_modules"
      : location.slice(0, location.lastIndexOf("node_modules/") + "node_modules".length);
    if (node.source.kind === "bundled") continue;
    for (const [program, path] of Object.entries(facts.programs)) {
      const place = `${modules}/.bin/${program}`;
      if (!links.has(place)) links.set(place, posix.join(location, path));
    }
  }
  return [...links].map(([location, to]) => ({ location, to }));
}

function linkLayer(links: readonly Link[], to: string): LayerRecipe {
  const relative = links.map(({ location, to: target }) => ({
    location,
    target: posix.relative(posix.dirname(location), target),
  }));
  return {
    title: "links of dependencies",
    key: keyOf(
      `links ${to}`,
      relative.map(({ location, target }) => `${JSON.stringify(location)} ${JSON.stringify(target)}`),
    ),
    entries: () =>
      relative.map(({ location, target }) => ({ type: "symlink", path: posix.join(inImage(to), location), target })),
  };
}

function inImage(folder: string): string {
  return folder.replace(/^\/+/, "");
}
