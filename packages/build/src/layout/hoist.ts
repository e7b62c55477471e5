/**
 * Places packages as yarn and npm do: as far up as nothing is in the way, so that most are there once.
 *
 * A name that is found further up from some folder is held along the way: nothing else may take its place there later. So
 * each package finds what it needs, whatever comes after it.
 * @module
 */
import { posix } from "node:path";
import { type Edge, type LockGraph, type LockNode, lockfileInvalid } from "../lock/graph.ts";
import type { Placed, Tree, TreeLink } from "./place.ts";

/** Places the selected packages. Those of the folders come first, so they are at hand for tools. */
export function hoist(graph: LockGraph, selected: ReadonlyMap<string, LockNode>, folders: readonly string[]): Tree {
  return new Hoisting(selected).run(folders.map((folder) => ({ folder, edges: graph.importers.get(folder) ?? [] })));
}

/** A folder that may have a `node_modules`. */
interface Place {
  readonly location: string;
  /** The package whose folder it is; nothing for folders of the workspace. */
  readonly id: string | undefined;
  readonly above: Place | undefined;
  /** What is in its `node_modules`: ids by name. */
  readonly holds: Map<string, string>;
  /** Names that something in or below it found further up. */
  readonly passes: Set<string>;
}

interface Waiting {
  readonly from: Place;
  readonly edge: Edge;
}

const MAX_PACKAGES = 200_000;

class Hoisting {
  readonly #selected: ReadonlyMap<string, LockNode>;
  readonly #packages: Placed[] = [];
  readonly #links: TreeLink[] = [];
  readonly #waiting: Waiting[] = [];

  constructor(selected: ReadonlyMap<string, LockNode>) {
    this.#selected = selected;
  }

  run(importers: readonly { readonly folder: string; readonly edges: readonly Edge[] }[]): Tree {
    const root = makePlace(".", undefined);
    const ordered = importers.toSorted((a, b) => rank(a.folder) - rank(b.folder));
    for (const { folder, edges } of ordered) {
      const from = folder === "." ? root : makePlace(folder, root);
      this.#need(from, edges);
    }
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#settle(next);
    const direct = [...root.holds.keys()].map((name) => [name, `node_modules/${name}`] as const);
    return { packages: this.#packages, links: this.#links, direct: new Map(direct) };
  }

  /** Queues what a place needs; packages that take others from there come behind these. */
  #need(from: Place, edges: readonly Edge[]): void {
    const known = edges.filter(({ to }) => this.#selected.has(to));
    const peersOf = ({ to }: Edge): number => this.#selected.get(to)?.peers?.length ?? 0;
    for (const edge of known.toSorted((a, b) => Math.sign(peersOf(a)) - Math.sign(peersOf(b)))) {
      this.#waiting.push({ from, edge });
    }
  }

  #settle({ from, edge }: Waiting): void {
    const { alias, to } = edge;
    const node = this.#selected.get(to);
    if (node === undefined || findUp(from, alias) === to) {
      hold(from, alias);
      return;
    }
    const place = this.#highest(from, edge, node);
    place.holds.set(alias, to);
    hold(from, alias, place);
    const location = posix.join(place.location, "node_modules", alias);
    // A package that needs itself through others of other versions would be placed below itself without end.
    const linked = node.source.kind === "folder" ? node.source.path : ancestor(from, to)?.location;
    if (linked !== undefined) {
      this.#links.push({ location, to: linked });
      return;
    }
    this.#packages.push({ location, node });
    if (this.#packages.length > MAX_PACKAGES) {
      throw lockfileInvalid("yarn.lock", `it makes more than ${MAX_PACKAGES} folders of packages`);
    }
    this.#need(makePlace(location, place, to), node.edges);
  }

  /** The place furthest up that is free for the package and from which it finds its peers. */
  #highest(from: Place, { alias }: Edge, node: LockNode): Place {
    let best = from;
    for (let place: Place | undefined = from; place !== undefined; place = place.above) {
      if (place.holds.has(alias) || place.passes.has(alias)) break;
      best = place;
      if ((node.peers ?? []).some((peer) => place?.holds.has(peer))) break;
    }
    return best;
  }
}

function rank(folder: string): number {
  return folder === "." ? 0 : 1;
}

function makePlace(location: string, above: Place | undefined, id?: string): Place {
  return { location, id, above, holds: new Map(), passes: new Set() };
}

/** The place of a package among those that a place is in. */
function ancestor(from: Place, id: string): Place | undefined {
  for (let place: Place | undefined = from; place !== undefined; place = place.above) {
    if (place.id === id) return place;
  }
  return undefined;
}

function findUp(from: Place, name: string): string | undefined {
  for (let place: Place | undefined = from; place !== undefined; place = place.above) {
    const found = place.holds.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Holds a name along the way to where it is found. */
function hold(from: Place, name: string, until?: Place): void {
  for (let place: Place | undefined = from; place !== undefined; place = place.above) {
    if (place === until || place.holds.has(name)) return;
    place.passes.add(name);
  }
}
