/**
 * From a lock to an image: packages from the cache or the archive, their files as a tree in memory, layers of it. A base that
 * was made before is not made again.
 * @module
 */
import { createHash } from "node:crypto";
import { readObject } from "@teu/content/mutate/document";
import { type LayoutStore, openLayout } from "@teu/content/layout-store";
import { parseLinks } from "@teu/content/links";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { joinDigest } from "@teu/spec/digest";
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import { writeTarSync } from "@teu/tar/write-tar";
import type { AptSource } from "./apt/sources.ts";
import { type DebFile, openDeb } from "./deb/deb-file.ts";
import type { Downloads } from "./download/downloads.ts";
import type { BaseErrorCode } from "./errors.ts";
import { SPDX_TYPE } from "../attest/spdx-package.ts";
import { type SbomPackage, makeSbom } from "./image/sbom.ts";
import { type WrittenLayer, writeImage, writeLayer, writeReferrer } from "./image/write-image.ts";
import type { BaseLock, LockedPackage, LockedPlatform } from "./lock.ts";
import { writeNodeLayer } from "./node/node-layer.ts";
import type { BaseContext, BaseImage, ImageOptions } from "./options.ts";
import { buildTree } from "./root/build-tree.ts";
import { planLayers } from "./root/layers.ts";
import type { FileTree } from "./root/tree.ts";
import { NONROOT } from "./root/users.ts";

/** Raised when the same lock and options give another image. */
const FORMAT = 3;
const DEFAULT_MAX_LAYERS = 4;
const DOWNLOADS_AT_ONCE = 6;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const BUNDLE = "etc/ssl/certs/ca-certificates.crt";

/** Opens the store of finished bases. @throws TeuError `ERR_BASE_CACHE` */
export async function openBases(folder: string): Promise<LayoutStore> {
  try {
    return await openLayout(folder, { create: true, durable: false });
  } catch (error) {
    const message = `Opening the folder for bases "${folder}": ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_CACHE", message, { cause: error });
  }
}

/** What assembling takes beside the lock. */
export interface AssembleContext {
  readonly base: BaseContext;
  readonly image: ImageOptions;
  readonly downloads: Downloads;
  readonly store: LayoutStore;
}

/** Makes the base of one platform of a lock, or gives the one that is there. */
export async function assembleBase(lock: BaseLock, platform: Platform, context: AssembleContext): Promise<BaseImage> {
  const name = formatPlatform(platform);
  const locked = lock.platforms.find((candidate) => candidate.platform === name);
  if (locked === undefined) {
    throw new TeuError<BaseErrorCode>(
      "ERR_BASE_LOCK",
      `Making a base for "${name}": the lock file has no such platform`,
    );
  }
  const { store, base } = context;
  const tag = keyOf(lock, locked, context.image);
  const kept = await findKept(store, tag, base.signal);
  if (kept !== undefined) {
    base.onEvent?.({ kind: "kept", platform: name });
    return await describe(platform, kept, store);
  }
  const made = await make(lock, { locked, platform }, context);
  await store.tag(tag, made.descriptor, { signal: base.signal });
  return await describe(platform, made, store);
}

interface Made {
  readonly descriptor: Descriptor;
  readonly sbom: Descriptor;
}

/** The same for what gives the same image. */
function keyOf(lock: BaseLock, locked: LockedPlatform, image: ImageOptions): string {
  const packages = locked.packages.map(({ name, sha256, archive }) => {
    const { origin, version, codename } = lock.archives[archive] ?? { origin: "", version: "", codename: "" };
    return [name, sha256, origin, version, codename];
  });
  const parts = [FORMAT, locked.platform, packages, locked.node ?? null, optionsKey(image), lock.acceptScripts ?? []];
  return `base-${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
}

function optionsKey(image: ImageOptions): readonly unknown[] {
  const { keepsDocs = false, ignoreScriptsOf = [], maxLayers = DEFAULT_MAX_LAYERS } = image;
  const { compression = "gzip", epochSeconds = null, user = "" } = image;
  return [keepsDocs, [...ignoreScriptsOf].sort(), maxLayers, compression, epochSeconds, user];
}

/** A base that is whole; one whose content was taken away counts as none. */
async function findKept(store: LayoutStore, tag: string, signal?: AbortSignal): Promise<Made | undefined> {
  const descriptor = await store.resolve(tag, { signal });
  if (descriptor === undefined || !(await store.has(descriptor, { signal }))) return undefined;
  const { children } = parseLinks(await readVerified(store, descriptor, { signal }), descriptor);
  for (const child of children) if (!(await store.has(child, { signal }))) return undefined;
  for await (const sbom of store.referrers(descriptor, { artifactType: SPDX_TYPE, signal }))
    return { descriptor, sbom };
  return undefined;
}

async function describe(platform: Platform, { descriptor, sbom }: Made, store: LayoutStore): Promise<BaseImage> {
  const bytes = await readVerified(store, descriptor);
  const manifest = readObject(bytes, `manifest "${descriptor.digest}"`);
  const [config] = parseLinks(bytes, descriptor).children;
  if (config === undefined)
    throw new TeuError<BaseErrorCode>("ERR_BASE_CACHE", "Reading a finished base: it has no config");
  const configObject = readObject(await readVerified(store, config), `config "${config.digest}"`);
  const { mediaType, digest, size } = descriptor;
  return {
    platform,
    descriptor: { mediaType, digest, size, platform },
    manifest,
    config: configObject,
    reader: store,
    sbom,
  };
}

interface Making {
  readonly locked: LockedPlatform;
  readonly platform: Platform;
}

async function make(lock: BaseLock, { locked, platform }: Making, context: AssembleContext): Promise<Made> {
  const { base, image, store } = context;
  const debs = await openPackages(lock, locked, context);
  const time = image.epochSeconds ?? newestTime(debs);
  const { keepsDocs = false, ignoreScriptsOf = [] } = image;
  const tree = await buildTree(debs, { keepsDocs, ignoreScriptsOf, acceptScripts: lock.acceptScripts ?? [], time });
  const layers = await writeLayers(tree, debs, { platform, time }, context);
  if (locked.node !== undefined) {
    const { compression = "gzip" } = image;
    layers.push(await writeNodeLayer(store, locked.node, { compression, time }, base));
  }
  const facts = {
    platform,
    layers,
    created: time,
    container: containerOf(tree, locked, image),
    annotations: annotationsOf(lock, locked),
    createdBy: "teu base",
  };
  const descriptor = await writeImage(store, facts, base.signal);
  const sbom = makeSbom({
    name: locked.node === undefined ? "debian-base" : "node-base",
    imageDigest: descriptor.digest,
    created: time,
    packages: locked.packages.map((pkg, at) => sbomPackage(lock, pkg, debs[at])),
    node: locked.node,
  });
  const document = { bytes: sbom, mediaType: SPDX_TYPE, created: time };
  return { descriptor, sbom: await writeReferrer(store, document, { subject: descriptor, signal: base.signal }) };
}

async function openPackages(
  lock: BaseLock,
  { packages }: LockedPlatform,
  { base, downloads }: AssembleContext,
): Promise<readonly DebFile[]> {
  const fetchOne = async (pkg: LockedPackage, signal: AbortSignal): Promise<Uint8Array> => {
    const digest = joinDigest("sha256", pkg.sha256);
    return await downloads.fetch({ urls: urlsOf(lock, pkg, base.apt.sources), digest, size: pkg.size }, { signal });
  };
  const files = await mapLimit(packages, fetchOne, { concurrency: DOWNLOADS_AT_ONCE, signal: base.signal });
  const debs: DebFile[] = [];
  for (const [at, pkg] of packages.entries()) {
    base.signal?.throwIfAborted();
    debs.push(await openLocked(files[at] ?? new Uint8Array(), pkg));
  }
  return debs;
}

/** A package must be what the index says, or somebody has mixed two up. */
async function openLocked(bytes: Uint8Array, { name, version, architecture }: LockedPackage): Promise<DebFile> {
  const deb = await openDeb(bytes, `${name} ${version}`);
  const found = ["package", "version", "architecture"].map((field) => deb.control.get(field) ?? "");
  if (found.join(" ") === [name, version, architecture].join(" ")) return deb;
  const message = `Reading Debian package "${name} ${version}": it is ${found.join(" ")}, expected ${architecture}`;
  throw new TeuError<BaseErrorCode>("ERR_DEB_INVALID", message);
}

/** Where a package may be: at the archives of this machine that have its suite, then where it was locked. */
function urlsOf(lock: BaseLock, pkg: LockedPackage, sources: readonly AptSource[]): readonly [URL, ...URL[]] {
  const archive = lock.archives[pkg.archive];
  if (archive === undefined)
    throw new TeuError<BaseErrorCode>("ERR_BASE_LOCK", `Finding "${pkg.name}": it is of no archive`);
  const own = sources.filter(({ suite }) => suite === archive.suite).map(({ uri }) => uri);
  const [first = archive.uri, ...others] = [...new Set([...own, archive.uri])];
  const url = (uri: string): URL => new URL(pkg.filename, uri.replace(/^copy:/, "file:"));
  return [url(first), ...others.map(url)];
}

/** The newest file of all packages: it changes only when a package does. */
function newestTime(debs: readonly DebFile[]): number {
  return debs.reduce((newest, { newestSeconds }) => Math.max(newest, newestSeconds), 0);
}

async function writeLayers(
  tree: FileTree,
  debs: readonly DebFile[],
  { platform, time }: { readonly platform: Platform; readonly time: number },
  { base, image, store }: AssembleContext,
): Promise<WrittenLayer[]> {
  const { maxLayers = DEFAULT_MAX_LAYERS, compression = "gzip" } = image;
  const sources = new Map(debs.map((deb) => [deb.control.get("package") ?? "", sourceOf(deb).name]));
  const plans = planLayers(tree, { maxLayers, maxTime: time, sourceOf: (name) => sources.get(name) ?? name });
  const write = async ({ title, members }: (typeof plans)[number]): Promise<WrittenLayer> => {
    const layer = await writeLayer(store, { title, tar: writeTarSync(members), compression }, base.signal);
    base.onEvent?.({ kind: "layer", platform: formatPlatform(platform), title, bytes: layer.descriptor.size });
    return layer;
  };
  return await mapLimit(plans, write, { concurrency: 2, signal: base.signal });
}

/** The source that a package is made from; often it is named in the package only where it differs. */
function sourceOf({ control }: DebFile): { readonly name: string; readonly version: string } {
  const [, name, version] = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(control.get("source") ?? "") ?? [];
  return { name: name ?? control.get("package") ?? "", version: version ?? control.get("version") ?? "" };
}

function containerOf(
  tree: FileTree,
  { node }: LockedPlatform,
  { user }: ImageOptions,
): Readonly<Record<string, unknown>> {
  const python = tree
    .below("usr/bin")
    .map((path) => /\/python(3\.\d+)$/.exec(path)?.[1])
    .find((found) => found !== undefined);
  const variables = [
    `PATH=${PATH}`,
    ...(tree.has(BUNDLE) ? [`SSL_CERT_FILE=/${BUNDLE}`] : []),
    ...(python === undefined ? [] : [`PYTHON_VERSION=${python}`]),
  ];
  const command = node === undefined ? {} : { Cmd: ["node"] };
  return { User: user ?? `${NONROOT.id}:${NONROOT.id}`, Env: variables, ...command, WorkingDir: "/" };
}

function annotationsOf(lock: BaseLock, locked: LockedPlatform): Readonly<Record<string, string>> {
  const used = new Set(locked.packages.map(({ archive }) => archive));
  const [first] = lock.archives.filter((archive, at) => used.has(at) && archive.version !== "");
  const name =
    first === undefined ? {} : { "org.opencontainers.image.title": titleOf(first.origin, first.codename, locked) };
  return locked.node === undefined ? name : { ...name, "org.opencontainers.image.version": locked.node.version };
}

function titleOf(origin: string, codename: string, { node }: LockedPlatform): string {
  const distribution = `${origin} ${codename}`.trim();
  return node === undefined ? distribution : `Node.js on ${distribution}`;
}

function sbomPackage(lock: BaseLock, locked: LockedPackage, deb: DebFile | undefined): SbomPackage {
  const archive = lock.archives[locked.archive];
  if (archive === undefined || deb === undefined) throw new RangeError(`no archive or file of ${locked.name}`);
  return { locked, archive, source: sourceOf(deb), homepage: deb.control.get("homepage") };
}
