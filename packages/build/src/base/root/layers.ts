/**
 * Shares the files of a base out to layers, so that a new version of one package changes one layer: the largest sources have
 * a layer of their own, the others share one, and what the base itself adds is at the bottom.
 * @module
 */
import type { NewMemberSync } from "@teu/tar/write-tar";
import type { FileTree, TreeEntry } from "./tree.ts";

/** Files of one layer. */
export interface LayerPlan {
  /** What it is of, for the history of the image. */
  readonly title: string;
  readonly members: readonly NewMemberSync[];
}

/** How to share out. */
export interface LayerOptions {
  /** Most layers, one at least. */
  readonly maxLayers: number;
  /** The source that a package is made from. */
  readonly sourceOf: (name: string) => string;
  /** No file is newer than this, in seconds since 1970. */
  readonly maxTime: number;
}

type PathEntry = readonly [string, TreeEntry];

/** Shares out. */
export function planLayers(tree: FileTree, options: LayerOptions): readonly LayerPlan[] {
  const entries = tree.entries();
  const groups = groupBySource(entries, options);
  const own = options.maxLayers > 1 ? (groups.get("") ?? []) : [];
  if (options.maxLayers > 1) groups.delete("");
  const bySize = [...groups].sort(([a, first], [b, second]) => sizeOf(second) - sizeOf(first) || (a < b ? -1 : 1));
  const room = Math.max(0, options.maxLayers - 2);
  const alone = bySize.slice(0, bySize.length <= room + 1 ? bySize.length : room);
  const shared = bySize.slice(alone.length);
  const plans: [string, readonly PathEntry[]][] = [
    ["users and generated files", own],
    [titleOf(shared.map(([source]) => source)), shared.flatMap(([, files]) => files)],
    ...alone.toReversed(),
  ];
  const all = new Map(entries);
  return plans
    .filter(([, files]) => files.length > 0)
    .map(([title, files]) => ({ title, members: membersOf(files, all, options.maxTime) }));
}

function titleOf(sources: readonly string[]): string {
  return sources
    .filter((source) => source !== "")
    .sort()
    .join(" ");
}

function groupBySource(entries: readonly PathEntry[], { sourceOf }: LayerOptions): Map<string, PathEntry[]> {
  const groups = new Map<string, PathEntry[]>();
  for (const entry of entries) {
    const { owner } = entry[1];
    const source = owner === "" ? "" : sourceOf(owner);
    const group = groups.get(source);
    if (group === undefined) groups.set(source, [entry]);
    else group.push(entry);
  }
  return groups;
}

// What a file takes beside its content.
const ENTRY_BYTES = 512;

function sizeOf(files: readonly PathEntry[]): number {
  return files.reduce((sum, [, entry]) => sum + ENTRY_BYTES + (entry.type === "file" ? entry.content.length : 0), 0);
}

/** The files with the directories on the way to them, so that a layer alone makes them as they are to be. */
function membersOf(files: readonly PathEntry[], all: ReadonlyMap<string, TreeEntry>, maxTime: number): NewMemberSync[] {
  const paths = new Map<string, TreeEntry>(files);
  for (const [path] of files) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const parent = path.slice(0, end);
      const entry = all.get(parent);
      if (entry !== undefined) paths.set(parent, entry);
    }
  }
  const sorted = [...paths].sort(([a, first], [b, second]) => rank(first) - rank(second) || compare(a, b));
  return sorted.map(([path, entry]) => memberOf(path, entry, maxTime));
}

/** Another name of a file has to come after it. */
function rank(entry: TreeEntry): number {
  return entry.type === "hard-link" ? 1 : 0;
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function memberOf(path: string, entry: TreeEntry, maxTime: number): NewMemberSync {
  const { mode, uid, gid, mtime } = entry;
  const common = { name: path, mode, uid, gid, mtime: { seconds: Math.min(mtime, maxTime), nanoseconds: 0 } };
  switch (entry.type) {
    case "file":
      return { entry: { ...common, type: "file", size: entry.content.length }, content: entry.content };
    case "directory":
      return { entry: { ...common, type: "directory" } };
    default:
      return { entry: { ...common, type: entry.type, linkname: entry.target } };
  }
}
