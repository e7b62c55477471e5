/**
 * Names that several programs can have, such as `editor`: of those that packages bring the one with the highest priority.
 * @see https://manpages.debian.org/update-alternatives
 * @module
 */
import type { FileTree } from "./tree.ts";

/** A name, and one that wants it. */
export interface Alternative {
  readonly link: string;
  readonly name: string;
  readonly path: string;
  readonly priority: number;
  readonly followers: readonly Omit<Alternative, "priority" | "followers">[];
}

/** Reads `update-alternatives --install LINK NAME PATH PRIORITY [--slave LINK NAME PATH]…`; nothing for any other command. */
export function readAlternative(command: readonly string[]): Alternative | undefined {
  const words = command.filter((word) => !["--quiet", "--force"].includes(word));
  if (words[0] !== "update-alternatives" || words[1] !== "--install") return undefined;
  const [link = "", name = "", path = "", priority = ""] = words.slice(2);
  if (!isPath(link) || !isPath(path) || !isName(name) || !/^-?\d+$/.test(priority)) return undefined;
  const followers = readFollowers(words.slice(6));
  return followers === undefined ? undefined : { link, name, path, priority: Number(priority), followers };
}

function readFollowers(words: readonly string[]): Alternative["followers"] | undefined {
  const followers: Alternative["followers"][number][] = [];
  for (let at = 0; at < words.length; at += 4) {
    const [word, link = "", name = "", path = ""] = words.slice(at, at + 4);
    if (word !== "--slave" || !isPath(link) || !isPath(path) || !isName(name)) return undefined;
    followers.push({ link, name, path });
  }
  return followers;
}

function isPath(text: string): boolean {
  return text.startsWith("/") && !/[$`*?]/.test(text) && !text.split("/").includes("..");
}

function isName(text: string): boolean {
  return /^[\w.+-]+$/.test(text);
}

/** Does to the tree what the alternatives come to. */
export function installAlternatives(tree: FileTree, alternatives: readonly Alternative[]): void {
  for (const alternative of chosenOf(alternatives)) install(tree, alternative);
}

/** The one of each name with the highest priority; of several the first. */
function chosenOf(alternatives: readonly Alternative[]): readonly Alternative[] {
  const chosen = new Map<string, Alternative>();
  for (const alternative of alternatives) {
    const best = chosen.get(alternative.name);
    if (best === undefined || best.priority < alternative.priority) chosen.set(alternative.name, alternative);
  }
  return [...chosen.values()];
}

function install(tree: FileTree, { link, name, path, followers }: Alternative): void {
  if (!tree.has(path)) return;
  for (const one of [{ link, name, path }, ...followers]) {
    if (!tree.has(one.path)) continue;
    tree.addLink(`etc/alternatives/${one.name}`, one.path);
    tree.addLink(one.link, `/etc/alternatives/${one.name}`);
  }
}
