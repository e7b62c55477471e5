/**
 * What people write for a place of images, `oci:DIR:TAG` and the like, taken apart and opened.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-transports.5.md}
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import { openArchive } from "./archive-store.ts";
import { type ArchiveWriter, createArchive } from "./archive-writer.ts";
import { openDirectory } from "./directory-store.ts";
import { openDockerArchive } from "./docker-archive.ts";
import type { ContentErrorCode } from "./errors.ts";
import { openLayout } from "./layout-store.ts";
import { type CallOptions, type Source, type Target, can } from "./store.ts";

/** The kinds of places. Of `docker` and `store` this room knows the names only: who calls opens them. */
export const TRANSPORTS = ["oci", "oci-archive", "docker-archive", "dir", "docker", "store"] as const;

/** The name of a kind of place. */
export type Transport = (typeof TRANSPORTS)[number];

/** A place of images, and perhaps one image in it. */
export interface ImagePlace {
  readonly transport: Transport;
  /** A path, or for `docker` and `store` the name of an image. */
  readonly location: string;
  /** The tag, name or digest of an image at that path; nothing to mean the only one. */
  readonly name?: string;
  /** Which image at that path, counted from zero: `@1`. */
  readonly index?: number;
}

/**
 * Takes apart what stands for a place of images. A text without a known transport is the name of an image: `docker`. In
 * front of a name a path ends at its first colon, so paths have none.
 *
 * - `oci:DIR[:NAME]`, `oci:DIR@N`, `oci-archive:FILE[:NAME]`, `oci-archive:FILE@N`
 * - `docker-archive:FILE[:NAME]`, `docker-archive:FILE:@N`
 * - `dir:DIR`
 * - `docker://NAME`, `store:NAME`
 * @throws TeuError `ERR_PLACE_INVALID`
 */
export function parseImagePlace(text: string): ImagePlace {
  const colon = text.indexOf(":");
  const transport = TRANSPORTS.find((name) => name === text.slice(0, Math.max(colon, 0)));
  const rest = text.slice(colon + 1);
  if (transport === undefined || (transport === "docker" && !rest.startsWith("//"))) {
    return checkPlace(text, { transport: "docker", location: text });
  }
  if (transport === "docker") return checkPlace(text, { transport, location: rest.slice(2) });
  if (transport === "store" || transport === "dir") return checkPlace(text, { transport, location: rest });
  return checkPlace(text, { transport, ...splitPath(rest) });
}

function splitPath(rest: string): Omit<ImagePlace, "transport"> {
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const name = colon < 0 ? "" : rest.slice(colon + 1);
  const counted = /^@([0-9]{1,6})$/.exec(name);
  if (counted !== null) return { location: path, index: Number(counted[1]) };
  if (name !== "") return { location: path, name };
  const [, plain, index] = /^(.+)@([0-9]{1,6})$/.exec(path) ?? [];
  return plain === undefined ? { location: path } : { location: plain, index: Number(index) };
}

function checkPlace(text: string, place: ImagePlace): ImagePlace {
  if (place.location !== "" && !place.location.includes("\0")) return place;
  const message = `Reading ${JSON.stringify(text)}: expected TRANSPORT:PATH or the name of an image`;
  throw new TeuError<ContentErrorCode>("ERR_PLACE_INVALID", message, {
    hint: `transports are ${TRANSPORTS.join(", ")}`,
  });
}

/** A store that is open for reading. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: Source;
}

/** A store that is open for writing, and what images are to be called in it. */
export interface OpenedTarget extends AsyncDisposable {
  readonly target: Target;
  /** For `tags` of a copy. */
  readonly tags: readonly string[];
  /** Makes what was copied visible, where that takes a step of its own. */
  commit(): Promise<void>;
}

/** Opens the places that this room does not know. */
export interface PlaceOpeners {
  readonly source?: (place: ImagePlace) => Promise<OpenedSource>;
  readonly target?: (place: ImagePlace) => Promise<OpenedTarget>;
}

/**
 * Opens a place for reading.
 * @throws TeuError `ERR_PLACE_INVALID` if nobody opens it; what opening throws.
 */
export async function openSource(place: ImagePlace, openers: PlaceOpeners = {}): Promise<OpenedSource> {
  switch (place.transport) {
    case "oci":
      return closing(await openLayout(place.location));
    case "oci-archive":
      return closing(await openArchive(place.location));
    case "docker-archive":
      return closing(await openDockerArchive(place.location));
    case "dir":
      return { source: await openDirectory(place.location), async [Symbol.asyncDispose]() {} };
    default:
      if (openers.source === undefined) throw unopened(place);
      return await openers.source(place);
  }
}

function closing(source: Source & AsyncDisposable): OpenedSource {
  return { source, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
}

/**
 * Opens a place for writing; layouts and folders are made if they are missing.
 * @throws TeuError `ERR_PLACE_INVALID` if nobody opens it; what opening throws.
 */
export async function openTarget(place: ImagePlace, openers: PlaceOpeners = {}): Promise<OpenedTarget> {
  const tags = place.name === undefined ? [] : [place.name];
  switch (place.transport) {
    case "oci": {
      const target = await openLayout(place.location, { create: true });
      return { target, tags, commit: async () => {}, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
    }
    case "oci-archive":
      return archiveTarget(await createArchive(place.location), tags);
    case "docker-archive":
      return archiveTarget(await createArchive(place.location, { format: "docker" }), tags);
    case "dir": {
      const target = await openDirectory(place.location, { create: true });
      return { target, tags: [], commit: async () => {}, async [Symbol.asyncDispose]() {} };
    }
    default:
      if (openers.target === undefined) throw unopened(place);
      return await openers.target(place);
  }
}

function archiveTarget(target: ArchiveWriter, tags: readonly string[]): OpenedTarget {
  return {
    target,
    tags,
    commit: () => target.commit(),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}

function unopened({ transport, location }: ImagePlace): TeuError<ContentErrorCode> {
  return new TeuError("ERR_PLACE_INVALID", `Opening "${transport}:${location}": there is nobody to open ${transport}`);
}

/**
 * The image that a place means: by its name, by its number, or the only one there is.
 * @throws TeuError `ERR_TAG_MISSING` if there is none, or more than one to choose from; the hint names what there is.
 */
export async function findRoot(source: Source, place: ImagePlace, options: CallOptions = {}): Promise<Descriptor> {
  if (place.name !== undefined) {
    const found = await source.resolve(place.name, options);
    if (found === undefined) throw await notFound(source, place, `no image "${place.name}"`);
    return found;
  }
  const roots = can(source, "roots") ? await Array.fromAsync(source.roots(options)) : [];
  const distinct = [...new Map(roots.map(({ descriptor }) => [descriptor.digest, descriptor])).values()];
  const [only, ...others] =
    place.index === undefined
      ? distinct
      : roots.slice(place.index, place.index + 1).map(({ descriptor }) => descriptor);
  if (only !== undefined && others.length === 0) return only;
  const counted = `${distinct.length} images`;
  const problem = place.index === undefined ? counted : `${roots.length} entries, so no @${place.index}`;
  throw await notFound(source, place, problem);
}

const MAX_HINTED = 10;

async function notFound(source: Source, place: ImagePlace, problem: string): Promise<TeuError<ContentErrorCode>> {
  const names = await Array.fromAsync(source.tags());
  const shown = names.slice(0, MAX_HINTED).join(", ") + (names.length > MAX_HINTED ? ", …" : "");
  const message = `Looking for an image in "${place.transport}:${place.location}": ${problem}, expected one`;
  return new TeuError("ERR_TAG_MISSING", message, names.length === 0 ? {} : { hint: `its images are ${shown}` });
}
