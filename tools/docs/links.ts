/**
 * Finds links between the project's documents that lead nowhere.
 * @module
 */

/** The targets of relative links in a Markdown text for which `exists` says no. Code is passed over, and anchors are cut off. */
export function deadLinks(markdown: string, exists: (target: string) => boolean): string[] {
  const prose = markdown.replace(/^```[^]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => (match[1] ?? "").replace(/#.*$/, ""));
  return targets.filter((target) => target !== "" && !/^[a-z]+:/.test(target) && !exists(decodeURI(target)));
}
