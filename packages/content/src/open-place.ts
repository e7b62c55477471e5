/**
 * Opens places of images that are files. What each kind needs is loaded when one is opened: archives bring compressors
 * with them, and starting is most of what a small command costs.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "./errors.ts";
import { type FilePlace, formatImagePlace } from "./image-place.ts";
import { type CallOptions, type Root, type Source, type Target, can } from "./store.ts";

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

const nothing = async (): Promise<void> => {};

/** Opens a place for reading. @throws what opening throws */
export async function openSource(place: FilePlace): Promise<OpenedSource> {
  switch (place.kind) {
    case "oci":
      return closing(await (await import("./layout-store.ts")).openLayout(place.path));
    case "oci-archive":
      return closing(await (await import("./archive-store.ts")).openArchive(place.path));
    case "docker-archive":
      return closing(await (await import("./docker-archive.ts")).openDockerArchive(place.path));
    default: {
      const { openDirectory } = await import("./directory-store.ts");
      return { source: await openDirectory(place.path), [Symbol.asyncDispose]: nothing };
    }
  }
}

function closing(source: Source & AsyncDisposable): OpenedSource {
  return { source, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
}

/** Opens a place for writing; layouts and folders are made if they are missing. @throws what opening throws */
export async function openTarget(place: FilePlace): Promise<OpenedTarget> {
  if (place.kind === "dir") {
    const { openDirectory } = await import("./directory-store.ts");
    const target = await openDirectory(place.path, { create: true });
    return { target, tags: [], commit: nothing, [Symbol.asyncDispose]: nothing };
  }
  const tags = place.tag === undefined ? [] : [place.tag];
  if (place.kind === "oci") {
    const target = await (await import("./layout-store.ts")).openLayout(place.path, { create: true });
    return { target, tags, commit: nothing, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
  }
  const { createArchive } = await import("./archive-writer.ts");
  const target = await createArchive(place.path, { format: place.kind === "oci-archive" ? "oci" : "docker" });
  return { target, tags, commit: () => target.commit(), [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
}

/**
 * The image that a place means: by its name, by its number, or the only one there is. Signatures and what else is there for
 * the sake of an image do not count.
 * @throws TeuError `ERR_TAG_MISSING` if there is none, or more than one to choose from; the hint names what there is.
 */
export async function findRoot(source: Source, place: FilePlace, options: CallOptions = {}): Promise<Descriptor> {
  const { tag, index } = place.kind === "dir" ? {} : place;
  if (tag !== undefined) {
    const found = await source.resolve(tag, options);
    if (found === undefined) throw await notFound(source, place, `no image "${tag}"`);
    return found;
  }
  const roots = can(source, "roots") ? await Array.fromAsync(source.roots(options)) : [];
  if (index !== undefined) {
    const root = roots[index];
    if (root === undefined) throw await notFound(source, place, `${roots.length} entries, so no @${index}`);
    return root.descriptor;
  }
  const images = roots.filter((root) => !isForAnother(root));
  const wanted = images.length > 0 ? images : roots;
  const distinct = new Map(wanted.map(({ descriptor }) => [descriptor.digest, descriptor]));
  const [only, ...others] = distinct.values();
  if (only !== undefined && others.length === 0) return only;
  throw await notFound(source, place, `${distinct.size} images`);
}

/** Tells whether a root is there for another image: what refers to it, or stands under a tag made of its digest. */
function isForAnother({ name, descriptor }: Root): boolean {
  if (name === undefined) return descriptor.artifactType !== undefined;
  return /(?:^|:)sha(?:256|512)-[0-9a-f]{64}(?:\.[a-z]+)?$/.test(name);
}

const MAX_HINTED = 10;

async function notFound(source: Source, place: FilePlace, problem: string): Promise<TeuError<ContentErrorCode>> {
  const names = await Array.fromAsync(source.tags());
  const shown = names.slice(0, MAX_HINTED).join(", ") + (names.length > MAX_HINTED ? ", …" : "");
  const message = `Looking for an image in "${formatImagePlace(place)}": ${problem}, expected one`;
  return new TeuError("ERR_TAG_MISSING", message, names.length === 0 ? {} : { hint: `its images are ${shown}` });
}
