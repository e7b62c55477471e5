/**
 * Where packages go: paths below the application, and links between them. The same lockfile and platform give the same
 * places on every machine.
 * @module
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Edge, LockGraph, LockNode } from "../lock/graph.ts";
import { isPackageName } from "../lock/manifest.ts";
import { lockfileInvalid } from "../lock/graph.ts";
import { hoist } from "./hoist.ts";

/** A package at a place. */
export interface Placed {
  /** Relative to the application, such as `node_modules/a/node_modules/b`. */
  readonly location: string;
  readonly node: LockNode;
}

/** A symbolic link. */
export interface TreeLink {
  /** Relative to the application. */
  readonly location: string;
  /** Where it leads, relative to the application. */
  readonly to: string;
}

/** Packages and links of one application, sorted by location. */
export interface Tree {
  readonly packages: readonly Placed[];
  readonly links: readonly TreeLink[];
  /** The packages that can be required from the folder of an importer: locations by name. */
  readonly direct: ReadonlyMap<string, string>;
}

/** What to place. */
export interface PlaceOptions {
  /** The lockfile, for messages. */
  readonly file: string;
  readonly folders?: readonly string[];
}

/** Places the selected packages. @throws TeuError `ERR_LOCKFILE_INVALID` if a name cannot be that of a folder. */
export function placePackages(graph: LockGraph, selected: ReadonlyMap<string, LockNode>, options: PlaceOptions): Tree {
  for (const { edges } of selected.values()) checkNames(edges, options.file);
  const folders = options.folders ?? [...graph.importers.keys()];
  for (const folder of folders) checkNames(graph.importers.get(folder) ?? [], options.file);
  const tree = place(graph, selected, folders);
  return {
    packages: tree.packages.toSorted(byLocation),
    links: tree.links.toSorted(byLocation),
    direct: tree.direct,
  };
}

function place(graph: LockGraph, selected: ReadonlyMap<string, LockNode>, folders: readonly string[]): Tree {
  switch (graph.layout) {
    case "placed":
      return placed(selected);
    case "hoisted":
      return hoist(graph, selected, folders);
    default:
      return isolated(graph, selected, folders);
  }
}

function byLocation(a: { readonly location: string }, b: { readonly location: string }): number {
  return a.location < b.location ? -1 : 1;
}

function checkNames(edges: readonly Edge[], file: string): void {
  for (const { alias } of edges) {
    if (!isPackageName(alias)) throw lockfileInvalid(file, `"${alias}" is no name of a package`);
  }
}

function placed(selected: ReadonlyMap<string, LockNode>): Tree {
  const nodes = [...selected.values()].map((node) => ({ location: node.location ?? "", node }));
  const packages = nodes.filter(({ node }) => node.source.kind !== "folder");
  const links = nodes.flatMap(({ location, node: { source } }) =>
    source.kind === "folder" ? [{ location, to: source.path }] : [],
  );
  const direct = nodes.flatMap(({ location }) => {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(location)?.[1];
    return name === undefined ? [] : [[name, location] as const];
  });
  return { packages, links, direct: new Map(direct) };
}

const STORE = "node_modules/.pnpm";

/** Each package in a folder of its own, with links to what it needs beside it. */
function isolated(graph: LockGraph, selected: ReadonlyMap<string, LockNode>, folders: readonly string[]): Tree {
  const homes = new Map([...selected.values()].map((node) => [node.id, homeOf(node)]));
  const packages: Placed[] = [];
  const links = new Map<string, string>();
  const linkAll = (edges: readonly Edge[], modules: string, self?: string): void => {
    for (const { alias, to } of edges) {
      const target = homes.get(to);
      if (target !== undefined && alias !== self) links.set(posix.join(modules, alias), target);
    }
  };
  for (const node of selected.values()) {
    const home = homes.get(node.id) ?? "";
    if (node.source.kind === "folder") linkAll(node.edges, posix.join(home, "node_modules"));
    else {
      packages.push({ location: home, node });
      linkAll(node.edges, home.slice(0, -node.name.length - 1), node.name);
    }
  }
  for (const folder of folders) linkAll(graph.importers.get(folder) ?? [], posix.join(folder, "node_modules"));
  // Packages that require what they do not declare find it here, as pnpm has it.
  for (const { location, node } of packages) {
    const common = `${STORE}/node_modules/${node.name}`;
    if (!links.has(common)) links.set(common, location);
  }
  const direct = (graph.importers.get(folders[0] ?? ".") ?? []).flatMap(({ alias, to }) => {
    const home = homes.get(to);
    return home === undefined ? [] : [[alias, home] as const];
  });
  return { packages, links: [...links].map(([location, to]) => ({ location, to })), direct: new Map(direct) };
}

const MAX_NAME_LENGTH = 100;

function homeOf({ id, name, source }: LockNode): string {
  if (source.kind === "folder") return source.path;
  const plain = id
    .replace(/^\//, "")
    .replaceAll("/", "+")
    .replace(/[^\w.@+~-]/g, "_");
  const isWhole = plain.length <= MAX_NAME_LENGTH && plain === plain.toLowerCase() && !id.includes("(");
  const hash = createHash("sha256").update(id).digest("hex").slice(0, 16);
  // A name that was cut or changed could be that of another.
  const folder = isWhole ? plain : `${plain.slice(0, MAX_NAME_LENGTH)}_${hash}`;
  return `${STORE}/${folder}/node_modules/${name}`;
}
