/**
 * What differs between two trees, name by name.
 * @module
 */
import { equalBytes } from "@teu/std/bytes";
import { type LayerTree, sortedChildren } from "../tree.ts";
import type { TreeFile, TreeNode } from "../tree-node.ts";

/** A field of a file. */
export type FileField =
  | "type"
  | "mode"
  | "owner"
  | "size"
  | "mtime"
  | "target"
  | "device"
  | "xattrs"
  | "links"
  | "content";

/** One difference. */
export interface TreeDifference {
  /** A byte string, empty for the root. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  /** What is changed; empty otherwise. */
  readonly fields: readonly FileField[];
  readonly before: TreeNode | undefined;
  readonly after: TreeNode | undefined;
}

/** How to compare. */
export interface TreeDiffOptions {
  /** Tells whether two regular files of one size have the same content. Default: not looked at. */
  readonly sameContent?: (before: TreeFile, after: TreeFile) => boolean;
  /** Fields that do not count. */
  readonly ignore?: readonly FileField[];
}

/** The differences from one tree to another, by path. What is in a directory that is only in one of them is told too. */
export function* diffTrees(
  before: LayerTree,
  after: LayerTree,
  options: TreeDiffOptions = {},
): Generator<TreeDifference, void, undefined> {
  yield* diffNodes(before.root, after.root, options);
}

function* diffNodes(
  before: TreeNode | undefined,
  after: TreeNode | undefined,
  options: TreeDiffOptions,
): Generator<TreeDifference, void, undefined> {
  const path = (before ?? after)?.path ?? "";
  if (before === undefined) yield { path, kind: "added", fields: [], before, after };
  else if (after === undefined) yield { path, kind: "removed", fields: [], before, after };
  else {
    const fields = changedFields(before.file, after.file, options);
    if (fields.length > 0) yield { path, kind: "changed", fields, before, after };
  }
  for (const name of namesOf(before, after)) {
    yield* diffNodes(before?.children?.get(name), after?.children?.get(name), options);
  }
}

function namesOf(before: TreeNode | undefined, after: TreeNode | undefined): readonly string[] {
  const one = before === undefined ? [] : sortedChildren(before).map(({ name }) => name);
  const two = after === undefined ? [] : sortedChildren(after).map(({ name }) => name);
  return one.length === 0 ? two : two.length === 0 ? one : [...new Set([...one, ...two])].sort(byBytes);
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The fields in which two files differ. */
export function changedFields(
  a: TreeFile,
  b: TreeFile,
  { sameContent, ignore = [] }: TreeDiffOptions = {},
): FileField[] {
  const differs: Readonly<Record<FileField, boolean>> = {
    type: a.type !== b.type,
    mode: a.mode !== b.mode && !(a.type === "symlink" && b.type === "symlink"),
    owner: a.uid !== b.uid || a.gid !== b.gid,
    size: a.size !== b.size,
    mtime: a.mtime.seconds !== b.mtime.seconds || a.mtime.nanoseconds !== b.mtime.nanoseconds,
    target: a.target !== b.target,
    device: a.major !== b.major || a.minor !== b.minor,
    xattrs: !sameXattrs(a.xattrs, b.xattrs),
    links: a.names !== b.names,
    content: a.type === "file" && b.type === "file" && a.size === b.size && sameContent?.(a, b) === false,
  };
  return FIELDS.filter((field) => differs[field] && !ignore.includes(field));
}

const FIELDS: readonly FileField[] = [
  "type",
  "mode",
  "owner",
  "size",
  "mtime",
  "target",
  "device",
  "xattrs",
  "links",
  "content",
];

type Xattrs = ReadonlyMap<string, Uint8Array> | undefined;

/** Tells whether two files have the same extended attributes. */
export function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  for (const [name, value] of a ?? []) {
    const other = b?.get(name);
    if (other === undefined || !equalBytes(value, other)) return false;
  }
  return true;
}
