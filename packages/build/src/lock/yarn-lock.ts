/**
 * Reads `yarn.lock` of every yarn: the format of version 1, and the YAML of those since.
 * @see {@link https://classic.yarnpkg.com/lang/en/docs/yarn-lock/}
 * @module
 */
import type { Project } from "../plan/project.ts";
import {
  type Edge,
  type LockGraph,
  type LockNode,
  type PackageSource,
  integrityOfFragment,
  lockfileInvalid,
} from "./graph.ts";
import { type JsonRecord, isObject, nameAndRange } from "./manifest.ts";
import { readManifest, workspaceFolders } from "./workspace.ts";
import { readYarnBerry } from "./yarn-berry.ts";

/** Reads a lockfile of the application in `project`. @throws TeuError `ERR_LOCKFILE_INVALID` */
export function readYarnLock(source: string, file: string, project: Project): LockGraph {
  if (/^<{7} /m.test(source)) throw lockfileInvalid(file, "a merge in it was not finished");
  const root = readManifest(project, ".") ?? {};
  const members = new Map(
    [".", ...workspaceFolders(project, root)].map((folder) => [folder, readManifest(project, folder) ?? {}]),
  );
  if (/^__metadata:/m.test(source)) return readYarnBerry(source, file, members);
  return new Classic(parseClassic(source, file), members, file).graph();
}

/** An entry of version 1. */
interface ClassicEntry {
  readonly patterns: readonly string[];
  readonly fields: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

const WORD = /^(?:"((?:[^"\\]|\\.)*)"|([^\s",:]+(?::[^\s",:]+)*))/;

function parseClassic(source: string, file: string): readonly ClassicEntry[] {
  const parser = new ClassicParser();
  for (const [at, line] of source.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (!parser.take(line)) throw lockfileInvalid(file, `line ${at + 1} cannot be understood`);
  }
  return parser.entries;
}

class ClassicParser {
  readonly entries: { patterns: string[]; fields: Map<string, string>; groups: Map<string, Map<string, string>> }[] =
    [];
  #group: Map<string, string> | undefined;

  /** Answers false for a line that cannot be understood. */
  take(line: string): boolean {
    const words = wordsOf(line.trim());
    const indent = line.search(/\S/);
    if (words === undefined || (indent > 0 && this.entries.length === 0)) return false;
    return line.endsWith(":") ? this.#head(indent, words) : this.#pair(indent, words);
  }

  #head(indent: number, words: string[]): boolean {
    if (indent === 0) this.entries.push({ patterns: words, fields: new Map(), groups: new Map() });
    else if (indent === 2 && words.length === 1) this.#beginGroup(words[0] ?? "");
    else return false;
    return true;
  }

  #pair(indent: number, [name = "", value, ...more]: readonly string[]): boolean {
    const place = indent === 2 ? this.entries.at(-1)?.fields : indent === 4 ? this.#group : undefined;
    if (place === undefined || value === undefined || more.length > 0) return false;
    place.set(name, value);
    return true;
  }

  #beginGroup(name: string): void {
    this.#group = new Map();
    this.entries.at(-1)?.groups.set(name, this.#group);
  }
}

function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line;
  while (rest !== "" && rest !== ":") {
    const found = WORD.exec(rest);
    if (found === null) return undefined;
    words.push(found[1]?.replaceAll(/\\(.)/g, "$1") ?? found[2] ?? "");
    rest = rest.slice(found[0].length).replace(/^[,\s]+/, "");
  }
  return words;
}

class Classic {
  readonly #file: string;
  readonly #members: ReadonlyMap<string, JsonRecord>;
  readonly #byPattern = new Map<string, string>();
  readonly #entries = new Map<string, ClassicEntry>();
  readonly #folders: ReadonlyMap<string, string>;

  constructor(entries: readonly ClassicEntry[], members: ReadonlyMap<string, JsonRecord>, file: string) {
    this.#file = file;
    this.#members = members;
    this.#folders = new Map(
      [...members].flatMap(([folder, { name }]) => (typeof name === "string" ? [[name, folder]] : [])),
    );
    for (const entry of entries) {
      const id = entry.patterns[0] ?? "";
      this.#entries.set(id, entry);
      for (const pattern of entry.patterns) this.#byPattern.set(pattern, id);
    }
  }

  graph(): LockGraph {
    const nodes = new Map<string, LockNode>();
    for (const [id, entry] of this.#entries) nodes.set(id, this.#node(id, entry));
    const importers = new Map<string, readonly Edge[]>();
    for (const [folder, manifest] of this.#members) {
      const edges = this.#edges(
        nameAndRange(manifest["dependencies"]),
        nameAndRange(manifest["optionalDependencies"]),
        folder,
      );
      importers.set(folder, edges);
      const name = typeof manifest["name"] === "string" ? manifest["name"] : folder;
      nodes.set(`link:${folder}`, {
        id: `link:${folder}`,
        name,
        version: "",
        source: { kind: "folder", path: folder },
        limits: {},
        edges,
      });
    }
    return { importers, nodes, layout: "hoisted" };
  }

  #node(id: string, entry: ClassicEntry): LockNode {
    const version = entry.fields.get("version");
    if (version === undefined) throw lockfileInvalid(this.#file, `package "${id}" has no version`);
    const [, installed = "", range = ""] = /^(@?[^@]+)@(.*)$/s.exec(id) ?? [];
    const aliased = /^npm:((?:@[^@/]+\/)?[^@/]+)(?:@|$)/.exec(range)?.[1];
    const groups = Object.fromEntries([...entry.groups].map(([name, pairs]) => [name, Object.fromEntries(pairs)]));
    return {
      id,
      name: aliased ?? installed,
      version,
      source: sourceOf(entry, range),
      edges: this.#edges(nameAndRange(groups["dependencies"]), nameAndRange(groups["optionalDependencies"]), id),
    };
  }

  #edges(
    needed: Readonly<Record<string, string>>,
    optional: Readonly<Record<string, string>>,
    by: string,
  ): readonly Edge[] {
    return Object.entries({ ...needed, ...optional }).map(([alias, range]) => {
      const folder = this.#folders.get(alias);
      const to =
        this.#byPattern.get(`${alias}@${range}`) ??
        this.#resolution(alias) ??
        (folder === undefined ? undefined : `link:${folder}`);
      if (to === undefined) throw lockfileInvalid(this.#file, `"${by}" needs "${alias}@${range}", which is not in it`);
      return { alias, to, optional: Object.hasOwn(optional, alias) };
    });
  }

  /** What the field `resolutions` of the root makes of a package. */
  #resolution(alias: string): string | undefined {
    const { resolutions } = this.#members.get(".") ?? {};
    const chosen = isObject(resolutions) ? (resolutions[alias] ?? resolutions[`**/${alias}`]) : undefined;
    return typeof chosen === "string" ? this.#byPattern.get(`${alias}@${chosen}`) : undefined;
  }
}

function sourceOf({ fields }: ClassicEntry, range: string): PackageSource {
  const resolved = fields.get("resolved");
  if (resolved === undefined) return { kind: "unpinned", where: range };
  const integrity = fields.get("integrity") ?? integrityOfFragment(resolved);
  const pinned = integrity === undefined ? {} : { integrity };
  if (/^https?:/.test(resolved)) {
    // yarn writes the host of its own default registry, whichever one the user has.
    return { kind: "registry", url: resolved.replace(/#.*$/s, ""), isUrlHint: true, ...pinned };
  }
  if (resolved.startsWith("file:"))
    return { kind: "archive", path: resolved.slice("file:".length).replace(/#.*$/s, ""), ...pinned };
  return { kind: "unpinned", where: resolved };
}
