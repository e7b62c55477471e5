/**
 * The images that entries stand for, as registries and layouts list them.
 * @module
 */
import { resolve } from "node:path";
import { parseImagePlace } from "@teu/content/image-place";
import { openLayout } from "@teu/content/layout-store";
import type { UserRegistries } from "@teu/registry-client/user-registries";
import { type Reference, isReference, isShortName, parseReference, withDefaultTag, withTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";
import { type SyncEntry, isRegistry } from "./sync-entry.ts";

/** One image and where it goes. */
export interface SyncImage {
  readonly entry: SyncEntry;
  /** An image at a registry, or under a name in the folder of a layout. */
  readonly source: Reference | { readonly layout: string; readonly name: string };
  /** A repository with a tag, or the folder of a layout. */
  readonly target: Reference | { readonly layout: string };
}

/** What entries are looked up with. */
export interface PlanOptions {
  readonly registries: UserRegistries;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

// Where registries that have no list of their own keep referrers: they come with what they refer to.
const REFERRERS_TAG = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{64,128})$/;

/** Lists the images of an entry. */
export async function* imagesOf(entry: SyncEntry, options: PlanOptions): AsyncGenerator<SyncImage, void, undefined> {
  const { registries, signal } = options;
  if (entry.kind === "layout") yield* layoutImages(entry, options);
  else if (entry.kind !== "registry") yield* repositoryImages(entry, options, { source: entry.source });
  if (entry.kind !== "registry") return;
  const registry = await registries.registry(entry.source);
  for await (const path of registry.repositories({ signal })) {
    if (!entry.repositories(path)) continue;
    yield* repositoryImages(entry, options, { source: `${entry.source}/${path}`, below: path });
  }
}

interface Found {
  readonly source: string;
  /** The path that is kept below the target. */
  readonly below?: string;
}

async function* repositoryImages(
  entry: SyncEntry,
  { registries, signal }: PlanOptions,
  { source, below }: Found,
): AsyncGenerator<SyncImage, void, undefined> {
  const reference = parseReference(source);
  if (entry.kind === "image") {
    const image = withDefaultTag(reference);
    yield { entry, source: image, target: targetOf(entry, image, below) };
    return;
  }
  const repository = await registries.source(reference);
  for await (const tag of repository.tags({ signal })) {
    if (!isTaken(entry, tag)) continue;
    const image = withTag(reference, tag);
    yield { entry, source: image, target: targetOf(entry, image, below) };
  }
}

/** The images of a layout: those with full names under their paths, and those with tags alone in the target itself. */
async function* layoutImages(
  entry: SyncEntry,
  { cwd, signal }: PlanOptions,
): AsyncGenerator<SyncImage, void, undefined> {
  const place = parseImagePlace(entry.source);
  if (place.kind !== "oci") return;
  await using layout = await openLayout(resolve(cwd, place.path));
  const only = place.tag;
  for await (const name of layout.tags({ signal })) {
    if (only !== undefined && only !== name) continue;
    const full = isReference(name) && !isShortName(name) ? withDefaultTag(parseReference(name)) : undefined;
    if (!entry.repositories(full?.path ?? "") || !isTaken(entry, full?.tag ?? name)) continue;
    const target = full === undefined ? taggedTarget(entry, name) : targetOf(entry, full, full.path);
    yield { entry, source: { layout: place.path, name }, target };
  }
}

function isTaken({ tags, referrers }: SyncEntry, tag: string): boolean {
  return tags(tag) && !(referrers && REFERRERS_TAG.test(tag));
}

function taggedTarget({ source, target }: SyncEntry, tag: string): SyncImage["target"] {
  if (target.startsWith("oci:")) return { layout: target.slice("oci:".length) };
  if (!isRegistry(target)) return withTag(parseReference(target), tag);
  const message = `Reading "${source}": the image "${tag}" has no full name, expected a repository as target`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message);
}

function targetOf({ target }: SyncEntry, source: Reference, below: string | undefined): SyncImage["target"] {
  if (target.startsWith("oci:")) return { layout: target.slice("oci:".length) };
  // A bare registry takes repositories under the paths that they have.
  const kept = below ?? (isRegistry(target) ? source.path : undefined);
  const named = parseReference(kept === undefined ? target : `${target.replace(/\/$/, "")}/${kept}`);
  return named.tag === undefined && source.tag !== undefined ? withTag(named, source.tag) : named;
}
