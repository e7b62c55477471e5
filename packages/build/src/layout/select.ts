/**
 * Which packages of a lockfile an image needs: those that the application reaches, without optional ones that do not run
 * on its platform, and without what only these need.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { Edge, LockGraph, LockNode, PackageLimits } from "../lock/graph.ts";
import { type NodePlatform, formatLimits, runsOn } from "./platform-limits.ts";

/** What to select for. */
export interface SelectOptions {
  readonly platform: NodePlatform;
  /** The folders whose needs count. Default: all of the workspace. */
  readonly folders?: readonly string[];
  /** Where a package runs that its lockfile says nothing of. */
  readonly limitsOf: (node: LockNode) => Promise<PackageLimits>;
}

/**
 * The packages that are needed, by id, in the order in which they are found.
 * @throws TeuError `ERR_PACKAGE_PLATFORM` if a package that is needed does not run on the platform.
 */
export async function selectPackages(graph: LockGraph, options: SelectOptions): Promise<ReadonlyMap<string, LockNode>> {
  const folders = options.folders ?? [...graph.importers.keys()];
  const roots = folders.flatMap((folder) => graph.importers.get(folder) ?? []);
  return await new Selection(graph, options).run(roots);
}

class Selection {
  readonly #graph: LockGraph;
  readonly #options: SelectOptions;
  readonly #selected = new Map<string, LockNode>();
  readonly #optional: Edge[] = [];

  constructor(graph: LockGraph, options: SelectOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  async run(roots: readonly Edge[]): Promise<ReadonlyMap<string, LockNode>> {
    // What is needed in any case goes first, so that it is not taken for optional.
    await this.#follow(roots, true);
    for (let edge = this.#optional.shift(); edge !== undefined; edge = this.#optional.shift()) {
      await this.#follow([{ ...edge, optional: false }], false);
    }
    return this.#selected;
  }

  async #follow(edges: readonly Edge[], isNeeded: boolean): Promise<void> {
    const ahead = [...edges];
    for (let edge = ahead.shift(); edge !== undefined; edge = ahead.shift()) {
      if (edge.optional) this.#optional.push(edge);
      else ahead.push(...(await this.#take(edge, isNeeded)));
    }
  }

  async #take({ to }: Edge, isNeeded: boolean): Promise<readonly Edge[]> {
    const node = this.#graph.nodes.get(to);
    if (node === undefined || this.#selected.has(to)) return [];
    const limits = node.limits ?? (await this.#options.limitsOf(node));
    if (!runsOn(limits, this.#options.platform)) {
      if (isNeeded) throw unsuitable(node, limits, this.#options.platform);
      return [];
    }
    this.#selected.set(to, node);
    return node.edges;
  }
}

function unsuitable(node: LockNode, limits: PackageLimits, platform: NodePlatform): TeuError<BuildErrorCode> {
  const target = [platform.os, platform.cpu, platform.libc ?? ""].join(" ").trim();
  const message = `Selecting package "${node.name}@${node.version}" for ${target}: it runs on ${formatLimits(limits)} only`;
  return new TeuError("ERR_PACKAGE_PLATFORM", message, {
    hint: "Choose another platform, or make the dependency optional",
  });
}
