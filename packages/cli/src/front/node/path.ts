/** `node:path` of Linux. @module */

export const sep = "/";
export const delimiter = ":";

export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

export function normalize(path: string): string {
  if (path === "" || isClean(path)) return path === "" ? "." : path;
  const names = namesOf(path);
  const text = names.join("/") + (path.endsWith("/") && names.length > 0 ? "/" : "");
  return isAbsolute(path) ? `/${text}` : text === "" ? (path.endsWith("/") ? "./" : ".") : text;
}

/** What is left of the names of a path once dots have done what they stand for. */
function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!isAbsolute(path)) names.push(name);
  }
  return names;
}

/** Most paths are clean, and found to be so quickly. */
function isClean(path: string): boolean {
  if (path.startsWith(".") || path.includes("//") || path.endsWith("/")) return false;
  return !path.includes("/.") || !/\/\.\.?(?:\/|$)/.test(path);
}

export function join(...parts: readonly string[]): string {
  return normalize(parts.filter((part) => part !== "").join("/"));
}

export function resolve(...parts: readonly string[]): string {
  let path = "";
  for (const part of parts.toReversed()) {
    if (part !== "") path = path === "" ? part : `${part}/${path}`;
    if (isAbsolute(path)) break;
  }
  if (!isAbsolute(path)) path = `${process.cwd()}/${path}`;
  const clean = normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

export function dirname(path: string): string {
  const [, start = "", root = ""] = /^(?:(.*[^/])\/+[^/]+|(\/)\/*[^/]*|[^/]+)\/*$/s.exec(path) ?? [];
  return start === "" ? (root === "" ? (isAbsolute(path) ? "/" : ".") : root) : start;
}

export function basename(path: string, suffix = ""): string {
  const [, name = ""] = /([^/]*)\/*$/s.exec(path) ?? [];
  return suffix !== "" && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

export function extname(path: string): string {
  const name = basename(path);
  const at = name.lastIndexOf(".");
  return at <= 0 || name === ".." ? "" : name.slice(at);
}

export function relative(from: string, to: string): string {
  const [own, other] = [from, to].map((path) =>
    resolve(path)
      .split("/")
      .filter((name) => name !== ""),
  ) as [string[], string[]];
  let shared = 0;
  while (shared < own.length && own[shared] === other[shared]) shared += 1;
  return [...own.slice(shared).map(() => ".."), ...other.slice(shared)].join("/");
}

export const posix: Record<string, unknown> = {
  sep,
  delimiter,
  isAbsolute,
  normalize,
  join,
  resolve,
  dirname,
  basename,
  extname,
  relative,
};
