/**
 * Bundles: the directory that holds a configuration and what it speaks of.
 * @module
 */
import { type Issue, Report, quote } from "../issue.ts";
import { RUNTIME_CLAUSES } from "./clauses.ts";
import type { RuntimeConfig } from "./config.ts";
import { isPosixAbsolute, isVolumePath } from "./paths.ts";

/** Name of the configuration in the root of a bundle. */
export const CONFIG_FILE = "config.json";

/** What stands at a path, links followed. */
export type FileKind = "file" | "directory" | "other" | "missing";

/** A bundle on a POSIX host, or one of a Windows container. */
export interface Bundle {
  /** Absolute path of its directory. */
  readonly path: string;
  /** Looks at the host. A relative path is relative to the bundle. */
  readonly kindOf: (path: string) => FileKind;
  /** Its configuration, if that could be read. */
  readonly config?: RuntimeConfig;
}

/**
 * Lists the clauses that a bundle breaks; those that its configuration breaks are `checkConfig`'s.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/bundle.md#container-format}
 */
export function checkBundle(bundle: Bundle): Issue[] {
  const report = new Report(RUNTIME_CLAUSES);
  const file = bundle.kindOf(CONFIG_FILE);
  if (file !== "file") report.add("runtime.bundle.config", "", `expected a file ${CONFIG_FILE}, got: ${file}`);
  const root = bundle.config?.root?.path;
  if (root === undefined) return report.issues;
  const kind = bundle.kindOf(root);
  if (kind !== "directory")
    report.add("runtime.root.path.directory", "root.path", `expected a directory, got: ${kind}`);
  if (!isVolumePath(root) && !isWithin(bundle.path, root)) {
    report.add("runtime.bundle.together", "root.path", `expected a place in the bundle, got ${quote(root)}`);
  }
  return report.issues;
}

function isWithin(directory: string, path: string): boolean {
  const inner = partsOf(isPosixAbsolute(path) ? path : `${directory}/${path}`);
  return partsOf(directory).every((part, index) => part === inner[index]);
}

function partsOf(path: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}
