/**
 * Opens places of images for reading and writing.
 * @module
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { mkdir } from "node:fs/promises";
import type { LayoutStore } from "@teu/content/layout-store";
import { type Root, type Source, type Target, can } from "@teu/content/store";
import type { UserRegistries } from "@teu/registry-client/user-registries";
import type { Descriptor } from "@teu/spec/descriptor";
import { formatReference, isReference, parseReference, withDefaultTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Location } from "./location.ts";

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
  /** Makes what was written count. */
  readonly finish: () => Promise<void>;
}

/** What places are opened with. */
export interface Opener {
  readonly registries: UserRegistries;
  readonly host: Host;
}

/**
 * Opens an image for reading.
 * @throws TeuError `ERR_IMAGE_MISSING`, and what the kinds of stores throw.
 */
export async function openSource(location: Location, opener: Opener): Promise<OpenedSource> {
  const { signal } = opener.host;
  const opened = await openStore(location, opener);
  const { store, wanted, name } = opened;
  try {
    const root = wanted === undefined ? await onlyRoot(store, name) : await store.resolve(wanted, { signal });
    if (root === undefined) throw missing(name);
    return { store, root, name, [Symbol.asyncDispose]: opened.close };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface OpenedStore {
  readonly store: Source;
  /** Nothing for the only image there. */
  readonly wanted: string | undefined;
  readonly name: string;
  readonly close: () => Promise<void>;
}

const nothing = async (): Promise<void> => {};

async function openStore(location: Location, { registries, host }: Opener): Promise<OpenedStore> {
  switch (location.kind) {
    case "docker": {
      const reference = withDefaultTag(await registries.find(location.name, host.signal));
      const wanted = reference.digest ?? reference.tag;
      return { store: await registries.source(reference), wanted, name: formatReference(reference), close: nothing };
    }
    case "store": {
      const store = await openLayout(storeFolder(host), { create: true });
      const wanted = storeName(location.name);
      return { store, wanted, name: `store:${wanted}`, close: async () => await store[Symbol.asyncDispose]() };
    }
    case "dir": {
      const { openDirectory } = await import("@teu/content/directory-store");
      return {
        store: await openDirectory(resolve(host.cwd, location.path)),
        wanted: undefined,
        name: `dir:${location.path}`,
        close: nothing,
      };
    }
    default:
      return await openFiles(location, host);
  }
}

async function openFiles(
  { kind, path, tag }: Extract<Location, { readonly kind: "oci" | "oci-archive" | "docker-archive" }>,
  host: Host,
): Promise<OpenedStore> {
  const place = resolve(host.cwd, path);
  const name = `${kind}:${path}${tag === undefined ? "" : `:${tag}`}`;
  const store = kind === "oci" ? await openLayout(place) : await openArchiveFile(kind, place);
  return { store, wanted: tag, name, close: async () => await store[Symbol.asyncDispose]() };
}

// Loaded when needed: they bring compressors with them, and starting is most of what a small copy costs.
async function openArchiveFile(
  kind: "oci-archive" | "docker-archive",
  place: string,
): Promise<Source & AsyncDisposable> {
  if (kind === "oci-archive") return await (await import("@teu/content/archive-store")).openArchive(place);
  return await (await import("@teu/content/docker-archive")).openDockerArchive(place);
}

async function onlyRoot(store: Source, name: string): Promise<Descriptor | undefined> {
  const all = can(store, "roots") ? await Array.fromAsync(store.roots()) : [];
  const images = all.filter((root) => !isSignature(root));
  const roots = images.length > 0 ? images : all;
  const digests = new Set(roots.map(({ descriptor }) => descriptor.digest));
  if (digests.size <= 1) return roots[0]?.descriptor;
  const names = roots.map((root) => root.name ?? root.descriptor.digest).join(", ");
  throw new TeuError<CliErrorCode>(
    "ERR_IMAGE_MISSING",
    `Reading "${name}": it holds several images, expected one to be named`,
    {
      hint: `Name one of: ${names}`,
    },
  );
}

/** Tells whether a root is there for another image: what refers to it, or stands under a tag made of its digest. */
function isSignature({ name, descriptor }: Root): boolean {
  if (name === undefined) return descriptor.artifactType !== undefined;
  return /(?:^|:)sha(?:256|512)-[0-9a-f]{64}(?:\.[a-z]+)?$/.test(name);
}

/**
 * Opens a place to write an image to.
 * @param named The image's full name, for places that want one and were given none.
 */
export async function openTarget(location: Location, opener: Opener, named?: string): Promise<OpenedTarget> {
  const { registries, host } = opener;
  switch (location.kind) {
    case "docker": {
      const reference = withDefaultTag(parseReference(location.name));
      const store = await registries.target(reference);
      const tags = reference.tag === undefined ? [] : [reference.tag];
      return { store, tags, name: formatReference(reference), finish: nothing, [Symbol.asyncDispose]: nothing };
    }
    case "store": {
      const name = formatReference(withDefaultTag(parseReference(location.name)));
      const folder = storeFolder(host);
      await mkdir(folder, { recursive: true });
      return layoutTarget(await openLayout(folder, { create: true }), [name], `store:${name}`);
    }
    case "dir": {
      const { openDirectory } = await import("@teu/content/directory-store");
      const store = await openDirectory(resolve(host.cwd, location.path), { create: true });
      return { store, tags: [], name: `dir:${location.path}`, finish: nothing, [Symbol.asyncDispose]: nothing };
    }
    default:
      return await openNewFiles(location, host, named);
  }
}

function layoutTarget(store: LayoutStore, tags: readonly string[], name: string): OpenedTarget {
  return { store, tags, name, finish: nothing, [Symbol.asyncDispose]: async () => await store[Symbol.asyncDispose]() };
}

async function openNewFiles(
  { kind, path, tag }: Extract<Location, { readonly kind: "oci" | "oci-archive" | "docker-archive" }>,
  host: Host,
  named: string | undefined,
): Promise<OpenedTarget> {
  const place = resolve(host.cwd, path);
  const name = `${kind}:${path}`;
  if (kind === "oci") {
    return layoutTarget(await openLayout(place, { create: true }), tag === undefined ? [] : [tag], name);
  }
  const { createArchive } = await import("@teu/content/archive-writer");
  const archive = await createArchive(place, { format: kind === "oci-archive" ? "oci" : "docker" });
  const inside = tag ?? (kind === "docker-archive" && named !== undefined && isReference(named) ? named : undefined);
  return {
    store: archive,
    tags: inside === undefined ? [] : [kind === "docker-archive" ? storeName(inside) : inside],
    name,
    finish: async () => await archive.commit(),
    [Symbol.asyncDispose]: async () => await archive[Symbol.asyncDispose](),
  };
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
  return join(env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? homedir(), ".local/share"), "teu/images");
}

/** What an image is looked for by in the store: its digest if that is given, or its full name. */
function storeName(text: string): string {
  const reference = withDefaultTag(parseReference(text));
  return reference.digest ?? formatReference(reference);
}

function missing(name: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_IMAGE_MISSING", `Reading "${name}": there is no such image`, {
    hint: "The name, its tag or its host may be wrong, or the image is private and needs teu login",
  });
}
