/**
 * Reads `pnpm-lock.yaml`, versions 5.3 to 9.
 * @see {@link https://github.com/pnpm/spec/blob/834f2815cc14a0dce8c6c10c6d5ac5d7bcd72b0d/lockfile/9.0.md}
 * @module
 */
import { posix } from "node:path";
import { type Edge, type LockGraph, type LockNode, type PackageSource, lockfileInvalid } from "./graph.ts";
import { type YamlMap, type YamlValue, YamlError, parseYaml } from "./yaml.ts";

const NOTHING: YamlMap = new Map();

/** Reads a lockfile. @throws TeuError `ERR_LOCKFILE_INVALID` */
export function readPnpmLock(source: string, file: string): LockGraph {
  const document = parseDocument(source, file);
  const version = text(document.get("lockfileVersion")) ?? "";
  const form = FORMS.find(({ versions }) => versions.test(version));
  if (form === undefined) throw lockfileInvalid(file, `version "${version}", expected 5.3 to 9`);
  return new Reading(document, form, file).graph();
}

function parseDocument(source: string, file: string): YamlMap {
  try {
    // What concerns pnpm itself may stand in a document in front.
    const document = parseYaml(source).at(-1);
    if (document instanceof Map) return document;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const isConflict = /^<{7} /m.test(source);
    throw lockfileInvalid(file, isConflict ? "a merge in it was not finished" : error.message, error);
  }
  throw lockfileInvalid(file, "it is no mapping");
}

/** How a version of the format names packages. */
interface Form {
  readonly versions: RegExp;
  /** The key of what `name` is resolved to. */
  readonly key: (name: string, reference: string) => string;
  /** Name and version of a key. */
  readonly parts: (key: string) => RegExpExecArray | null;
}

const FORMS: readonly Form[] = [
  {
    versions: /^5\.[34]/,
    key: (name, reference) =>
      reference.startsWith("/") || /^[a-z]+:/.test(reference) ? reference : `/${name}/${reference}`,
    parts: (key) => /^\/((?:@[^/]+\/)?[^/]+)\/([^/_]+)/.exec(key),
  },
  {
    versions: /^6\./,
    key: (name, reference) =>
      reference.startsWith("/") || /^[a-z]+:/.test(reference) ? reference : `/${name}@${reference}`,
    parts: (key) => /^\/((?:@[^/]+\/)?[^/@]+)@([^(]+)/.exec(key),
  },
  {
    versions: /^9\./,
    key: (name, reference) => (isWholeKey(reference) ? reference : `${name}@${reference}`),
    parts: (key) => /^((?:@[^/]+\/)?[^/@]+)@([^(]+)/.exec(key),
  },
];

/** Whether a reference names another package, as for an alias, and not a version of its own name. */
function isWholeKey(reference: string): boolean {
  const at = reference.indexOf("@", 1);
  if (reference.startsWith("@")) return true;
  const end = reference.search(/[:(]/);
  return at > 0 && (end < 0 || at < end);
}

class Reading {
  readonly #document: YamlMap;
  readonly #form: Form;
  readonly #file: string;
  readonly #packages: YamlMap;
  /** Who needs whom; in its own place since version 9. */
  readonly #snapshots: YamlMap;

  constructor(document: YamlMap, form: Form, file: string) {
    this.#document = document;
    this.#form = form;
    this.#file = file;
    this.#packages = map(document.get("packages"));
    this.#snapshots = document.has("snapshots") ? map(document.get("snapshots")) : this.#packages;
  }

  graph(): LockGraph {
    const folders = map(this.#document.get("importers"));
    const importers = new Map<string, readonly Edge[]>();
    const nodes = new Map<string, LockNode>();
    for (const [folder, fields] of folders.size > 0 ? folders : new Map([[".", this.#document]])) {
      if (isOutside(folder)) throw lockfileInvalid(this.#file, `folder "${folder}" is outside of the application`);
      importers.set(folder, this.#edges(map(fields), folder));
    }
    for (const [key, fields] of this.#snapshots) nodes.set(key, this.#node(key, map(fields)));
    for (const folder of importers.keys()) nodes.set(`link:${folder}`, folderNode(folder, importers.get(folder) ?? []));
    const graph: LockGraph = { importers, nodes, layout: "isolated" };
    for (const { edges } of nodes.values()) this.#checkEdges(edges, nodes);
    return graph;
  }

  #checkEdges(edges: readonly Edge[], nodes: ReadonlyMap<string, LockNode>): void {
    for (const { alias, to } of edges) {
      if (!nodes.has(to)) throw lockfileInvalid(this.#file, `"${alias}" is "${to}", which is not in it`);
    }
  }

  #node(key: string, fields: YamlMap): LockNode {
    const facts = map(this.#packages.get(key) ?? this.#packages.get(key.replace(/\(.*$/s, "")));
    const [, named, stated] = this.#form.parts(key) ?? [];
    const name = text(facts.get("name")) ?? named;
    if (name === undefined) throw lockfileInvalid(this.#file, `package "${key}" has no name`);
    const limits = { os: texts(facts.get("os")), cpu: texts(facts.get("cpu")), libc: texts(facts.get("libc")) };
    return {
      id: key,
      name,
      version: text(facts.get("version")) ?? stated ?? "",
      source: this.#source(key, map(facts.get("resolution"))),
      limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
      edges: this.#edges(fields, "."),
    };
  }

  #source(key: string, resolution: YamlMap): PackageSource {
    if (key.includes("patch_hash=")) return { kind: "unpinned", where: "a patch of pnpm" };
    const integrity = text(resolution.get("integrity"));
    const url = text(resolution.get("tarball"));
    const pinned = integrity === undefined ? {} : { integrity };
    if (resolution.has("directory") || resolution.has("repo") || resolution.has("commit")) {
      return { kind: "unpinned", where: text(resolution.get("repo")) ?? text(resolution.get("directory")) ?? key };
    }
    if (url?.startsWith("file:") === true) return { kind: "archive", path: url.slice("file:".length), ...pinned };
    return { kind: "registry", ...(url === undefined ? {} : { url }), ...pinned };
  }

  #edges(fields: YamlMap, folder: string): readonly Edge[] {
    const edges: Edge[] = [];
    for (const [group, optional] of [
      ["dependencies", false],
      ["optionalDependencies", true],
    ] as const) {
      for (const [alias, value] of map(fields.get(group))) {
        const reference = typeof value === "string" ? value : text(map(value).get("version"));
        if (reference === undefined) throw lockfileInvalid(this.#file, `"${alias}" has no version`);
        edges.push({ alias, to: this.#target(alias, reference, folder), optional });
      }
    }
    return edges;
  }

  #target(alias: string, reference: string, folder: string): string {
    if (!reference.startsWith("link:")) return this.#form.key(alias, reference);
    const path = posix.join(folder, reference.slice("link:".length));
    if (isOutside(path)) {
      throw lockfileInvalid(this.#file, `"${alias}" is a link out of the application`);
    }
    return `link:${path}`;
  }
}

function isOutside(path: string): boolean {
  return path.startsWith("/") || path.split("/").includes("..");
}

function folderNode(folder: string, edges: readonly Edge[]): LockNode {
  return {
    id: `link:${folder}`,
    name: folder,
    version: "",
    source: { kind: "folder", path: folder },
    limits: {},
    edges,
  };
}

function map(value: YamlValue | undefined): YamlMap {
  return value instanceof Map ? value : NOTHING;
}

function text(value: YamlValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: YamlValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item: unknown) => typeof item === "string") : undefined;
}
