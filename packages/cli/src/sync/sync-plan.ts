/**
 * The images that entries stand for, as the registries list them.
 * @module
 */
import type { UserRegistries } from "@teu/registry-client/user-registries";
import { type Reference, parseReference, withDefaultTag, withTag } from "@teu/spec/reference";
import { type SyncEntry, isRegistry } from "./sync-entry.ts";

/** One image and where it goes. */
export interface SyncImage {
  readonly entry: SyncEntry;
  readonly source: Reference;
  /** A repository with the same tag, or the folder of a layout. */
  readonly target: Reference | { readonly layout: string };
}

// Where registries that have no list of their own keep referrers: they come with what they refer to.
const REFERRERS_TAG = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{64,128})$/;

/** Lists the images of an entry. */
export async function* imagesOf(
  entry: SyncEntry,
  registries: UserRegistries,
  signal: AbortSignal,
): AsyncGenerator<SyncImage, void, undefined> {
  if (entry.kind !== "registry") {
    yield* repositoryImages(entry, registries, { signal, source: entry.source });
    return;
  }
  const registry = await registries.registry(entry.source);
  for await (const path of registry.repositories({ signal })) {
    if (!entry.repositories(path)) continue;
    const source = `${entry.source}/${path}`;
    yield* repositoryImages(entry, registries, { signal, source, below: path });
  }
}

interface Found {
  readonly signal: AbortSignal;
  readonly source: string;
  /** The path that is kept below the target. */
  readonly below?: string;
}

async function* repositoryImages(
  entry: SyncEntry,
  registries: UserRegistries,
  { signal, source, below }: Found,
): AsyncGenerator<SyncImage, void, undefined> {
  const reference = parseReference(source);
  if (entry.kind === "image") {
    const image = withDefaultTag(reference);
    yield { entry, source: image, target: targetOf(entry, image, below) };
    return;
  }
  const repository = await registries.source(reference);
  for await (const tag of repository.tags({ signal })) {
    if (!entry.tags(tag) || (entry.referrers && REFERRERS_TAG.test(tag))) continue;
    const image = withTag(reference, tag);
    yield { entry, source: image, target: targetOf(entry, image, below) };
  }
}

function targetOf({ target }: SyncEntry, source: Reference, below: string | undefined): SyncImage["target"] {
  if (target.startsWith("oci:")) return { layout: target.slice("oci:".length) };
  // A bare registry takes repositories under the paths that they have.
  const kept = below ?? (isRegistry(target) ? source.path : undefined);
  const named = parseReference(kept === undefined ? target : `${target.replace(/\/$/, "")}/${kept}`);
  return named.tag === undefined && source.tag !== undefined ? withTag(named, source.tag) : named;
}
