/**
 * Opens places of images for reading and writing.
 * @module
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type FilePlace, type ImagePlace, formatImagePlace } from "@teu/content/image-place";
import type { LayoutStore } from "@teu/content/layout-store";
import type { Source, Target } from "@teu/content/store";
import type { UserRegistries } from "@teu/registry-client/user-registries";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { type Reference, formatReference, isReference, parseReference, withDefaultTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";
import type { Host } from "../host.ts";

/** An image to read. */
export interface OpenedSource extends AsyncDisposable {
  readonly store: Source;
  readonly root: Descriptor;
  /** What was found, written in full. */
  readonly name: string;
}

/** A place to write an image to. */
export interface OpenedTarget extends AsyncDisposable {
  readonly store: Target;
  readonly tags: readonly string[];
  readonly name: string;
  /**
   * Makes what was written count, of which `root` is the image.
   * @throws TeuError `ERR_IMAGE_DIGEST` if the place names another digest.
   */
  readonly finish: (root: Descriptor) => Promise<void>;
}

/** What places are opened with. */
export interface Opener {
  /** Asked for only where a place is in a registry. */
  readonly registries: UserRegistries;
  readonly host: Host;
}

/**
 * Opens an image for reading.
 * @throws TeuError `ERR_IMAGE_MISSING`, `ERR_TAG_MISSING`, and what the kinds of stores throw.
 */
export async function openSource(place: ImagePlace, opener: Opener): Promise<OpenedSource> {
  const { host } = opener;
  switch (place.kind) {
    case "docker": {
      const { registries } = opener;
      const reference = withDefaultTag(await registries.find(place.name, host.signal));
      const wanted = reference.digest ?? reference.tag ?? "";
      const store = await registries.source(reference);
      return await resolved({ store, name: formatReference(reference), wanted, close: nothing }, host);
    }
    case "store": {
      const store = await openLayout(storeFolder(host), { create: true });
      const wanted = storeName(place.name);
      return await resolved(
        { store, name: `store:${wanted}`, wanted, close: () => store[Symbol.asyncDispose]() },
        host,
      );
    }
    default:
      return await openFiles(place, host);
  }
}

interface OpenedStore {
  readonly store: Source;
  readonly name: string;
  readonly wanted: string;
  readonly close: () => Promise<void>;
}

const nothing = async (): Promise<void> => {};

async function resolved({ store, name, wanted, close }: OpenedStore, { signal }: Host): Promise<OpenedSource> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(close);
  const root = await store.resolve(wanted, { signal });
  if (root === undefined) throw missing(name);
  const kept = cleanup.move();
  return { store, root, name, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Opens an image in files for reading: what that takes is not needed between registries. @throws as {@link openSource} */
export async function openFiles(place: FilePlace, host: Host): Promise<OpenedSource> {
  const files = await import("@teu/content/open-place");
  await using cleanup = new AsyncDisposableStack();
  const absolute = { ...place, path: resolve(host.cwd, place.path) };
  const { source } = cleanup.use(await files.openSource(absolute));
  const root = await files.findRoot(source, absolute, { signal: host.signal });
  const kept = cleanup.move();
  return { store: source, root, name: formatImagePlace(place), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/**
 * Opens a place to write an image to.
 * @param named The image's full name, for places that want one and were given none.
 */
export async function openTarget(place: ImagePlace, opener: Opener, named?: string): Promise<OpenedTarget> {
  const { host } = opener;
  switch (place.kind) {
    case "docker": {
      const { registries } = opener;
      const reference = withDefaultTag(parseReference(place.name));
      return registryTarget(await registries.target(reference), reference, host);
    }
    case "store": {
      const name = formatReference(withDefaultTag(parseReference(place.name)));
      const folder = storeFolder(host);
      mkdirSync(folder, { recursive: true });
      return layoutTarget(await openLayout(folder, { create: true }), [name], `store:${name}`);
    }
    default:
      return await openNewFiles(place, host, named);
  }
}

/** A name with a digest is not given to any other image. */
function registryTarget(store: Target, reference: Reference, { signal }: Host): OpenedTarget {
  const { digest, tag } = reference;
  const name = formatReference(reference);
  const tags = tag === undefined ? [] : [tag];
  const target = { store, tags, name, finish: nothing, [Symbol.asyncDispose]: nothing };
  if (digest === undefined) return target;
  const finish = async (root: Descriptor): Promise<void> => {
    checkDigest(name, root, digest);
    if (tag !== undefined) await store.tag(tag, root, { signal });
  };
  return { ...target, tags: [], finish };
}

/**
 * Holds an image against the digest that its name has.
 * @throws TeuError `ERR_IMAGE_DIGEST`
 */
export function checkDigest(name: string, { digest }: Descriptor, expected: Digest | undefined): void {
  if (expected === undefined || digest === expected) return;
  const message = `Writing "${name}": the image has digest ${digest}, expected that of the name`;
  throw new TeuError<CliErrorCode>("ERR_IMAGE_DIGEST", message, {
    hint: "Leave out the digest, or give a tag instead",
  });
}

/**
 * Opens the place of an image for what is to be kept beside it, such as referrers.
 * @throws TeuError `ERR_USAGE` where there is no such place.
 */
export async function openBeside(place: ImagePlace, { name }: OpenedSource, opener: Opener): Promise<OpenedTarget> {
  if (place.kind === "docker") return await openTarget({ kind: "docker", name }, opener);
  if (place.kind === "oci" || place.kind === "store") return await openTarget(place, opener);
  const message = `Attaching to "${name}": nothing can be attached in a place of this kind`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message, { hint: "Copy it to oci:FOLDER:TAG first" });
}

function layoutTarget(store: LayoutStore, tags: readonly string[], name: string): OpenedTarget {
  return { store, tags, name, finish: nothing, [Symbol.asyncDispose]: async () => await store[Symbol.asyncDispose]() };
}

async function openNewFiles(place: FilePlace, host: Host, named: string | undefined): Promise<OpenedTarget> {
  const files = await import("@teu/content/open-place");
  const opened = await files.openTarget(inDocker({ ...place, path: resolve(host.cwd, place.path) }, named));
  return {
    store: opened.target,
    tags: opened.tags,
    name: formatImagePlace(place),
    finish: () => opened.commit(),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Archives of Docker know images by full names alone. */
function inDocker(place: FilePlace, named: string | undefined): FilePlace {
  if (place.kind !== "docker-archive") return place;
  const tag = place.tag ?? (named !== undefined && isReference(named) ? named : undefined);
  return tag === undefined ? place : { ...place, tag: storeName(tag) };
}

// What reads and writes layouts is not needed between registries.
async function openLayout(folder: string, options: { readonly create?: boolean } = {}): Promise<LayoutStore> {
  return await (await import("@teu/content/layout-store")).openLayout(folder, options);
}

/** The folder of teu's own images. */
export function storeFolder({ env }: Host): string {
  const root = env["TEU_ROOT"];
  if (root !== undefined && root !== "") return join(root, "images");
  if (process.geteuid?.() === 0) return "/var/lib/teu/images";
  return join(
    env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? process.getBuiltinModule("node:os").homedir(), ".local/share"),
    "teu/images",
  );
}

/** What an image is looked for by in the store: its digest if that is given, or its full name. */
function storeName(text: string): string {
  const reference = withDefaultTag(parseReference(text));
  return reference.digest ?? formatReference(reference);
}

function missing(name: string): TeuError<CliErrorCode> {
  const hint = name.startsWith("store:") ? STORE_HINT : REGISTRY_HINT;
  return new TeuError("ERR_IMAGE_MISSING", `Reading "${name}": there is no such image`, { hint });
}

const STORE_HINT = "teu images lists what is in the store, and teu pull brings an image there";
const REGISTRY_HINT = "The name, its tag or its host may be wrong, or the image is private and needs teu login";
