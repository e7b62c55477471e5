/**
 * Reads the `yarn.lock` of yarn 2 and later.
 * @see {@link https://github.com/yarnpkg/berry/blob/%40yarnpkg/core/4.0.0/packages/yarnpkg-core/sources/Project.ts}
 * @module
 */
import { type Edge, type LockGraph, type LockNode, type PackageSource, lockfileInvalid } from "./graph.ts";
import { type JsonRecord, isObject, nameAndRange } from "./manifest.ts";
import { type YamlMap, type YamlValue, YamlError, parseYaml } from "./yaml.ts";

/** Reads a lockfile. @param members The package.json of each folder of the workspace. @throws TeuError `ERR_LOCKFILE_INVALID` */
export function readYarnBerry(source: string, file: string, members: ReadonlyMap<string, JsonRecord>): LockGraph {
  let document: YamlValue | undefined;
  try {
    [document] = parseYaml(source);
  } catch (error) {
    if (error instanceof YamlError) throw lockfileInvalid(file, error.message, error);
    throw error;
  }
  if (!(document instanceof Map)) throw lockfileInvalid(file, "it is no mapping");
  return new Berry(document, file, members).graph();
}

class Berry {
  readonly #file: string;
  readonly #members: ReadonlyMap<string, JsonRecord>;
  readonly #entries = new Map<string, YamlMap>();
  readonly #byDescriptor = new Map<string, string>();
  readonly #byName = new Map<string, string[]>();

  constructor(document: YamlMap, file: string, members: ReadonlyMap<string, JsonRecord>) {
    this.#file = file;
    this.#members = members;
    for (const [key, value] of document) if (key !== "__metadata" && value instanceof Map) this.#add(key, value);
  }

  #add(key: string, entry: YamlMap): void {
    const resolution = text(entry.get("resolution"));
    if (resolution === undefined) throw lockfileInvalid(this.#file, `package "${key}" has no resolution`);
    this.#entries.set(resolution, entry);
    const { name } = splitLocator(resolution);
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), resolution]);
    for (const descriptor of key.split(", ")) this.#byDescriptor.set(descriptor, resolution);
  }

  graph(): LockGraph {
    const nodes = new Map<string, LockNode>();
    const importers = new Map<string, readonly Edge[]>();
    for (const [id, entry] of this.#entries) {
      const node = this.#node(id, entry);
      nodes.set(id, node);
      if (node.source.kind === "folder") importers.set(node.source.path, node.edges);
    }
    if (!importers.has(".")) throw lockfileInvalid(this.#file, "it has no workspace at the root");
    return { importers, nodes, layout: "hoisted" };
  }

  #node(id: string, entry: YamlMap): LockNode {
    const { name, reference } = splitLocator(id);
    const source = this.#source(entry, reference);
    const peers = [...pairs(entry.get("peerDependencies")).keys()];
    const limits = limitsOf(text(entry.get("conditions")) ?? "");
    const version = text(entry.get("version")) ?? "";
    return { id, name, version, source, limits, edges: this.#edges(id, entry, source), peers };
  }

  #source(entry: YamlMap, reference: string): PackageSource {
    if (reference.startsWith("workspace:")) return this.#folder(reference.slice("workspace:".length));
    const checksum = text(entry.get("checksum"));
    const pinned = { yarnChecksum: checksum ?? "" };
    if (reference.startsWith("npm:")) return { kind: "registry", ...archiveOf(reference), ...pinned };
    return this.#sourceOfPatched(reference) ?? { kind: "unpinned", where: reference };
  }

  #folder(path: string): PackageSource {
    if (!path.startsWith("/") && !path.split("/").includes("..")) return { kind: "folder", path };
    throw lockfileInvalid(this.#file, `workspace "${path}" is outside of the application`);
  }

  /** The patches that yarn brings along make packages work without node_modules, which there is here; so the plain one. */
  #sourceOfPatched(reference: string): PackageSource | undefined {
    const [, inner] = /^patch:(.+?)#(?:optional!)?builtin<compat\//.exec(reference) ?? [];
    if (inner === undefined) return undefined;
    const id = decodeURIComponent(inner);
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.#source(entry, splitLocator(id).reference);
  }

  #edges(id: string, entry: YamlMap, source: PackageSource): readonly Edge[] {
    const meta = entry.get("dependenciesMeta");
    const isOptional = (name: string): boolean => {
      const fields = meta instanceof Map ? (meta.get(name) as YamlValue | undefined) : undefined;
      return fields instanceof Map && fields.get("optional") === "true";
    };
    const wanted = source.kind === "folder" ? this.#productionOf(source.path) : undefined;
    const edges: Edge[] = [];
    for (const [alias, range] of pairs(entry.get("dependencies"))) {
      if (wanted !== undefined && !wanted.has(alias)) continue;
      edges.push({
        alias,
        to: this.#resolve(id, alias, range),
        optional: isOptional(alias) || wanted?.get(alias) === true,
      });
    }
    return edges;
  }

  /** What a folder needs beyond development, with whether it is optional; nothing if its package.json is not there. */
  #productionOf(folder: string): ReadonlyMap<string, boolean> | undefined {
    const manifest = this.#members.get(folder);
    if (manifest === undefined) return undefined;
    const needed = Object.keys(nameAndRange(manifest["dependencies"])).map((name) => [name, false] as const);
    const optional = Object.keys(nameAndRange(manifest["optionalDependencies"])).map((name) => [name, true] as const);
    return new Map([...needed, ...optional]);
  }

  #resolve(by: string, alias: string, range: string): string {
    const { resolutions } = this.#members.get(".") ?? {};
    const chosen = isObject(resolutions) ? (resolutions[alias] ?? resolutions[`**/${alias}`]) : undefined;
    const ranges = typeof chosen === "string" ? [chosen, range] : [range];
    const candidates = ranges.flatMap((one) => [`${alias}@${one}`, `${alias}@npm:${one}`]);
    const exact = candidates.map((candidate) => this.#byDescriptor.get(candidate)).find((found) => found !== undefined);
    const [only, ...others] = this.#byName.get(alias) ?? [];
    const found = exact ?? this.#patched(alias, range) ?? (others.length === 0 ? only : undefined);
    if (found === undefined) throw lockfileInvalid(this.#file, `"${by}" needs "${alias}@${range}", which is not in it`);
    return found;
  }

  /** A package that yarn patches of itself stands under a descriptor that names the patch. */
  #patched(alias: string, range: string): string | undefined {
    const inner = `${alias}@patch:${alias}@${encodeURIComponent(range.startsWith("npm:") ? range : `npm:${range}`)}`;
    for (const [descriptor, id] of this.#byDescriptor) if (descriptor.startsWith(inner.replace(/%5E/g, "^"))) return id;
    return undefined;
  }
}

function splitLocator(locator: string): { readonly name: string; readonly reference: string } {
  const at = locator.indexOf("@", 1);
  return at < 0 ? { name: locator, reference: "" } : { name: locator.slice(0, at), reference: locator.slice(at + 1) };
}

/** The address that a reference carries where the registry has the archive elsewhere than usual. */
function archiveOf(reference: string): { readonly url?: string } {
  const url = /::__archiveUrl=([^&]+)/.exec(reference)?.[1];
  return url === undefined ? {} : { url: decodeURIComponent(url) };
}

/** Conditions such as `os=linux & cpu=x64 & libc=glibc`, of which several of a kind stand in brackets. */
function limitsOf(conditions: string): NonNullable<LockNode["limits"]> {
  const found: { os?: string[]; cpu?: string[]; libc?: string[] } = {};
  for (const [, kind, value] of conditions.matchAll(/\b(os|cpu|libc)=([\w!-]+)/g)) {
    if (kind === "os" || kind === "cpu" || kind === "libc") (found[kind] ??= []).push(value ?? "");
  }
  return found;
}

function pairs(value: YamlValue | undefined): ReadonlyMap<string, string> {
  if (!(value instanceof Map)) return new Map();
  return new Map([...(value as YamlMap)].filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

function text(value: YamlValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
