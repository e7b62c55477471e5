/**
 * Makes the tree of a base from packages in memory: links of the merged `usr`, the files of all packages, users, the effects
 * of scripts, and what scanners read to know which packages are there.
 * @module
 */
import type { DebFile } from "../deb/deb-file.ts";
import { isDocumentation } from "./left-out.ts";
import { type AcceptedScripts, applyScripts } from "./scripts.ts";
import { FileTree } from "./tree.ts";
import { MERGED_DIRECTORIES, type UnpackedDeb, unpackDeb } from "./unpack-deb.ts";
import { addUsers } from "./users.ts";

/** How to make a tree. */
export interface TreeOptions extends AcceptedScripts {
  /** Whether documentation and translations are kept. */
  readonly keepsDocs: boolean;
  /** Time of what no package brings, in seconds since 1970. */
  readonly time: number;
}

// Where the loaders of programs are; the others are there only where something lies in them.
const ALWAYS_MERGED: readonly string[] = ["bin", "sbin", "lib"];

/**
 * Makes a tree.
 * @throws TeuError `ERR_DEB_INVALID`, `ERR_DEB_CONFLICT`, `ERR_BASE_SCRIPT`
 */
export async function buildTree(debs: readonly DebFile[], options: TreeOptions): Promise<FileTree> {
  const tree = new FileTree(options.time);
  for (const name of MERGED_DIRECTORIES) {
    tree.addLink(name, `usr/${name}`);
    tree.addDirectory(`usr/${name}`);
  }
  const packages = new Map<string, UnpackedDeb>();
  const leavesOut = options.keepsDocs ? (): boolean => false : isDocumentation;
  for (const deb of debs) {
    const field = (name: string): string => deb.control.get(name) ?? "";
    const pkg = { name: field("package"), version: field("version"), deb };
    await unpackDeb(tree, pkg, { leavesOut, others: packages });
    packages.set(pkg.name, pkg);
  }
  for (const name of MERGED_DIRECTORIES) settleMerged(tree, name);
  addUsers(tree);
  applyScripts(tree, [...packages.values()], options);
  for (const pkg of packages.values()) addStatus(tree, pkg);
  return tree;
}

function settleMerged(tree: FileTree, name: string): void {
  if (ALWAYS_MERGED.includes(name) || tree.below(`usr/${name}`).length > 0) return;
  tree.remove(name);
  tree.remove(`usr/${name}`);
}

/** A paragraph for each package in a folder, which scanners read; dpkg's own database would need dpkg. */
function addStatus(tree: FileTree, { name, deb }: UnpackedDeb): void {
  const folder = "var/lib/dpkg/status.d";
  const control = deb.controlFiles.get("control");
  const sums = deb.controlFiles.get("md5sums");
  if (control !== undefined) tree.addFile(`${folder}/${name}`, control, { owner: name });
  if (sums !== undefined) tree.addFile(`${folder}/${name}.md5sums`, sums, { owner: name });
}
