/**
 * Paths as a container means them: links that lead to the root lead to that of the container.
 * @module
 */
import { lstatSync, readlinkSync } from "node:fs";
import { posix } from "node:path";

const MAX_LINKS = 40;

/**
 * The path of the host for a path below `root`, every link on the way and at the end resolved as in a root of its own;
 * undefined where that goes in circles. Names that are not there stay as they are. Only for trees that nobody changes
 * meanwhile, or where a changed one does no harm.
 */
export function resolveInside(root: string, path: string): string | undefined {
  let left = names(path);
  let done: string[] = [];
  for (let links = 0; left.length > 0;) {
    const [name = "", ...rest] = left;
    left = rest;
    if (name === "..") {
      done = done.slice(0, -1);
      continue;
    }
    const target = linkAt([root, ...done, name].join("/"));
    if (target === undefined) {
      done = [...done, name];
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    if (posix.isAbsolute(target)) done = [];
    left = [...names(target), ...left];
  }
  return [root, ...done].join("/");
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function linkAt(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}
