/**
 * The folders of a workspace, by the patterns in its root's package.json, as yarn and npm read them.
 * @module
 */
import type { Project } from "../plan/project.ts";
import { type JsonRecord, isObject, isTexts } from "./manifest.ts";

const MAX_DEPTH = 8;
const MAX_FOLDERS = 10_000;

/** Reads package.json of a folder; nothing if there is none or it is no object. */
export function readManifest(project: Project, folder: string): JsonRecord | undefined {
  const source = project.text(folder === "." ? "package.json" : `${folder}/package.json`);
  try {
    const value: unknown = source === undefined ? undefined : JSON.parse(source.replace(/^\ufeff/, ""));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The folders of a workspace's members, sorted, the root not among them. */
export function workspaceFolders(project: Project, manifest: JsonRecord): readonly string[] {
  const { workspaces } = manifest;
  const patterns = isTexts(workspaces)
    ? workspaces
    : isObject(workspaces) && isTexts(workspaces["packages"])
      ? workspaces["packages"]
      : [];
  const found = new Set<string>();
  for (const pattern of patterns.filter((text) => !text.startsWith("!"))) expand(project, parts(pattern), found);
  const negative = patterns.filter((text) => text.startsWith("!"));
  const removed = new Set<string>();
  for (const pattern of negative) expand(project, parts(pattern.slice(1)), removed);
  return [...found].filter((folder) => !removed.has(folder)).sort();
}

function parts(pattern: string): readonly string[] {
  return pattern.split("/").filter((part) => part !== "" && part !== ".");
}

function expand(project: Project, pattern: readonly string[], found: Set<string>): void {
  const visit = (folder: string, rest: readonly string[], depth: number): void => {
    const [part, ...after] = rest;
    if (found.size > MAX_FOLDERS || depth > MAX_DEPTH || part === "..") return;
    if (part === undefined) {
      if (folder !== "." && project.has(`${folder}/package.json`)) found.add(folder);
      return;
    }
    if (part === "**") visit(folder, after, depth);
    const names = part.includes("*") ? foldersIn(project, folder) : [part];
    const wanted = new RegExp(`^${part.replace(/[.+^${}()|[\]\\?]/g, "\\$&").replace(/\*+/g, "[^/]*")}$`);
    for (const name of names.filter((candidate) => part === "**" || wanted.test(candidate))) {
      visit(folder === "." ? name : `${folder}/${name}`, part === "**" ? rest : after, depth + 1);
    }
  };
  visit(".", pattern, 0);
}

function foldersIn(project: Project, folder: string): readonly string[] {
  return project
    .list(folder)
    .filter((name) => name.endsWith("/") && !name.startsWith(".") && name !== "node_modules/")
    .map((name) => name.slice(0, -1));
}
