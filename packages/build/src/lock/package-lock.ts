/**
 * Reads `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
 * @see {@link https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json}
 * @module
 */
import { posix } from "node:path";
import { type Edge, type LockGraph, type LockNode, type PackageSource, lockfileInvalid } from "./graph.ts";
import { isObject, isTexts, nameAndRange } from "./manifest.ts";
import { entriesOfVersion1 } from "./package-lock-v1.ts";

/** A package as the lockfile has it. Fields that are not of their type are taken for missing. */
export type LockEntry = Readonly<Record<string, unknown>>;

interface Lock {
  readonly file: string;
  readonly entries: ReadonlyMap<string, LockEntry>;
  /** Whether it says where packages run, which version 1 does not. */
  readonly saysLimits: boolean;
}

/**
 * Reads a lockfile.
 * @param manifest The application's package.json, for version 1 says nothing of the application itself.
 * @throws TeuError `ERR_LOCKFILE_INVALID`
 */
export function readPackageLock(source: string, file: string, manifest: LockEntry): LockGraph {
  const document = parseDocument(source, file);
  const version = document["lockfileVersion"] ?? 1;
  if (version !== 1 && version !== 2 && version !== 3) {
    throw lockfileInvalid(file, `version ${JSON.stringify(version)}, expected 1, 2 or 3`);
  }
  const { packages, dependencies = {} } = document;
  if (isObject(packages)) return graphOf({ file, entries: entriesOf(packages, file), saysLimits: true });
  if (version !== 1) throw lockfileInvalid(file, "it has no packages");
  if (!isObject(dependencies)) throw lockfileInvalid(file, "its dependencies are no object");
  const entries = entriesOf({ "": manifest, ...entriesOfVersion1(dependencies, file) }, file);
  return graphOf({ file, entries, saysLimits: false });
}

function parseDocument(source: string, file: string): LockEntry {
  try {
    const document: unknown = JSON.parse(source.replace(/^\ufeff/, ""));
    if (isObject(document)) return document;
  } catch (error) {
    const isConflict = /^<{7} /m.test(source);
    throw lockfileInvalid(file, isConflict ? "a merge in it was not finished" : (error as Error).message, error);
  }
  throw lockfileInvalid(file, "it is no JSON object");
}

function entriesOf(packages: LockEntry, file: string): ReadonlyMap<string, LockEntry> {
  const entries = new Map<string, LockEntry>();
  for (const [location, entry] of Object.entries(packages)) {
    if (!isObject(entry)) throw lockfileInvalid(file, `package "${location}" is no object`);
    if (isOutside(location)) throw lockfileInvalid(file, `package "${location}" is outside of the application`);
    entries.set(location, entry);
  }
  if (!entries.has("")) throw lockfileInvalid(file, 'it has no package "", expected the application itself');
  return entries;
}

function isOutside(location: string): boolean {
  if (location === "") return false;
  const isPlain = posix.normalize(location) === location && !location.endsWith("/");
  return (
    !isPlain || location.startsWith("/") || location === ".." || location.startsWith("../") || location.includes("\0")
  );
}

const MODULES = "node_modules/";

function graphOf(lock: Lock): LockGraph {
  const nodes = new Map<string, LockNode>();
  const importers = new Map<string, readonly Edge[]>();
  for (const location of lock.entries.keys()) {
    const isInstalled = location.includes(MODULES);
    if (isInstalled) nodes.set(location, nodeOf(location, lock));
    else importers.set(location === "" ? "." : location, edgesOf(location, lock));
  }
  return { importers, nodes, layout: "placed" };
}

function nodeOf(location: string, lock: Lock): LockNode {
  const entry = lock.entries.get(location) ?? {};
  const source = sourceOf(entry, location, lock);
  return {
    id: location,
    name: nameOf(entry, location),
    version: typeof entry["version"] === "string" ? entry["version"] : "",
    source,
    ...(lock.saysLimits ? { limits: limitsOf(entry) } : {}),
    edges: edgesOf(source.kind === "folder" ? source.path : location, lock),
    location,
  };
}

function nameOf(entry: LockEntry, location: string): string {
  const { name } = entry;
  return typeof name === "string" ? name : location.slice(location.lastIndexOf(MODULES) + MODULES.length);
}

function limitsOf(entry: LockEntry): NonNullable<LockNode["limits"]> {
  const { os, cpu, libc } = entry;
  return {
    ...(isTexts(os) ? { os } : {}),
    ...(isTexts(cpu) ? { cpu } : {}),
    ...(isTexts(libc) ? { libc } : {}),
  };
}

function sourceOf(entry: LockEntry, location: string, { file }: Lock): PackageSource {
  const { resolved, link, inBundle, version } = entry;
  if (inBundle === true) return { kind: "bundled" };
  const where = typeof resolved === "string" ? resolved : undefined;
  if (link === true) return linkSource(where, location, file);
  if (where === undefined && typeof version !== "string") {
    throw lockfileInvalid(file, `package "${location}" has no version`);
  }
  return archiveSource(where, entry["integrity"]);
}

function linkSource(where: string | undefined, location: string, file: string): PackageSource {
  if (where !== undefined && !isOutside(where)) return { kind: "folder", path: where };
  throw lockfileInvalid(file, `link "${location}" leads out of the application`);
}

function archiveSource(where: string | undefined, integrity: unknown): PackageSource {
  const pinned = typeof integrity === "string" && integrity !== "" ? { integrity } : {};
  if (where === undefined) return { kind: "registry", ...pinned };
  if (where.startsWith("file:")) return { kind: "archive", path: where.slice("file:".length), ...pinned };
  return /^https?:/.test(where) ? { kind: "registry", url: where, ...pinned } : { kind: "unpinned", where };
}

/** What a package at a place needs: each found as Node finds it, from there upwards. */
function edgesOf(location: string, lock: Lock): readonly Edge[] {
  const entry = lock.entries.get(location) ?? {};
  const optional = new Set(Object.keys(nameAndRange(entry["optionalDependencies"])));
  const needed = new Set(Object.keys(nameAndRange(entry["dependencies"])));
  const peers = new Set(Object.keys(nameAndRange(entry["peerDependencies"])));
  const edges: Edge[] = [];
  for (const alias of new Set([...needed, ...optional, ...peers])) {
    const to = findUpwards(location, alias, lock);
    if (to === undefined) {
      // Peers may be left uninstalled, by a flag of npm or because they are optional.
      if (optional.has(alias) || peers.has(alias)) continue;
      throw lockfileInvalid(lock.file, `package "${location}" needs "${alias}", which is not in it`);
    }
    const target = lock.entries.get(to) ?? {};
    const isOptionalPeer = !needed.has(alias) && !optional.has(alias) && isOptionalPeerOf(entry, alias);
    // An optional peer that only development needs stays out.
    if (isOptionalPeer && target["dev"] === true) continue;
    edges.push({ alias, to, optional: optional.has(alias) || isOptionalPeer || isOptionalInVersion1(target, lock) });
  }
  return edges;
}

function isOptionalPeerOf(entry: LockEntry, alias: string): boolean {
  const meta = isObject(entry["peerDependenciesMeta"]) ? entry["peerDependenciesMeta"][alias] : undefined;
  return isObject(meta) && meta["optional"] === true;
}

/** Version 1 says it of the package that is needed, not of who needs it. */
function isOptionalInVersion1(target: LockEntry, { saysLimits }: Lock): boolean {
  return !saysLimits && target["optional"] === true;
}

function findUpwards(location: string, name: string, { entries }: Lock): string | undefined {
  for (let folder = location; ; folder = parentOf(folder)) {
    const candidate = folder === "" ? MODULES + name : `${folder}/${MODULES}${name}`;
    if (entries.has(candidate)) return candidate;
    if (folder === "") return undefined;
  }
}

/** The next folder upwards that may have a `node_modules`. */
function parentOf(folder: string): string {
  const cut = folder.lastIndexOf("/");
  const parent = cut < 0 ? "" : folder.slice(0, cut);
  return parent === "node_modules" || parent.endsWith("/node_modules") || /(?:^|\/)node_modules\/@[^/]+$/.test(parent)
    ? parentOf(parent)
    : parent;
}
