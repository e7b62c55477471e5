/**
 * Removes what no name of an image layout leads to.
 *
 * Nothing is removed that a writer adds or relies on: the collector has the layout to itself, because writers of ours
 * share a lock from before they put content until it has a name. Writers of other programs do not know that lock; what
 * they have just written is young, and content younger than the grace period stays.
 * @module
 */
import { lstat, readFile, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, isDigest } from "@teu/spec/digest";
import { blobPath } from "@teu/spec/image/layout";
import { roleOf } from "@teu/spec/media-types";
import { resolveInRoot } from "@teu/std/safe-path";
import { contentKey, walk } from "./graph.ts";
import { isAbsent } from "./internal/confined-file.ts";
import { LayoutLocks } from "./internal/layout-locks.ts";
import { LayoutParts } from "./internal/layout-parts.ts";
import { TEMPORARY_FOLDER } from "./internal/layout-writer.ts";
import { explainWrites } from "./internal/write-errors.ts";
import type { LayoutStore } from "./layout-store.ts";
import type { BlobEntry, CallOptions } from "./store.ts";
import { MAX_DOCUMENT_BYTES } from "./verified-read.ts";

/** How to collect. */
export interface GarbageOptions extends CallOptions {
  /** Content that was written or used since so many milliseconds stays. Default: an hour. */
  readonly graceMs?: number;
  /** Parts of content that nobody has gone on with for so many milliseconds go. Default: a day. */
  readonly partGraceMs?: number;
  /** How long to wait for writers, in milliseconds. Default: 30,000. */
  readonly waitMs?: number;
  /** True to say what would be removed and to remove nothing. Default: false. */
  readonly dryRun?: boolean;
}

/** What a collection came to. */
export interface GarbageReport {
  /** Content that was removed, or would be. */
  readonly removed: readonly BlobEntry[];
  /** Bytes of abandoned parts that were removed. */
  readonly partBytes: number;
  /** How many contents stay. */
  readonly kept: number;
}

const DEFAULTS = { graceMs: 60 * 60 * 1000, partGraceMs: 24 * 60 * 60 * 1000, waitMs: 30_000 } as const;

/**
 * Removes the content of `layout` that nothing leads to from index.json, by way of links, subjects, and digests inside of
 * documents of unknown types.
 * @throws TeuError `ERR_LAYOUT_BUSY` if writers are at work for longer than `waitMs`; and if a manifest or index that is
 * in use cannot be read, what that threw: then nothing is removed, as nobody can tell what it needs.
 */
export async function collectGarbage(layout: LayoutStore, options: GarbageOptions = {}): Promise<GarbageReport> {
  const { waitMs = DEFAULTS.waitMs, signal } = options;
  const locks = new LayoutLocks(layout.path);
  const wait = { timeoutMs: waitMs, signal };
  return await explainWrites(layout.path, async () => {
    await using _alone = await locks.collect(wait);
    return await locks.changeIndex(() => collect(layout, options), wait);
  });
}

async function collect(layout: LayoutStore, options: GarbageOptions): Promise<GarbageReport> {
  const { graceMs = DEFAULTS.graceMs, partGraceMs = DEFAULTS.partGraceMs, dryRun = false, signal } = options;
  const inUse = await mark(layout, options);
  const removed: BlobEntry[] = [];
  let kept = 0;
  for await (const blob of layout.blobs({ signal })) {
    const isGarbage = !inUse.has(blob.digest) && (await isOlder(layout, blob.digest, Date.now() - graceMs));
    if (isGarbage) removed.push(blob);
    else kept += 1;
  }
  if (dryRun) return { removed, partBytes: 0, kept };
  for (const { digest } of removed) await unlink(await pathOf(layout, digest));
  await rm(join(layout.path, TEMPORARY_FOLDER), { recursive: true, force: true });
  const partBytes = await new LayoutParts(layout.path).sweep(Date.now() - partGraceMs);
  return { removed, partBytes, kept };
}

/** The digests of everything that the entries of index.json lead to. */
async function mark(layout: LayoutStore, { signal }: CallOptions): Promise<ReadonlySet<Digest>> {
  const inUse = new Set<Digest>();
  const entered = new Set<string>();
  const pending: Descriptor[] = [];
  for await (const { descriptor } of layout.roots({ signal })) pending.push(descriptor);
  const enters = (descriptor: Descriptor): boolean => firstTime(entered, contentKey(descriptor));
  for (let root = pending.pop(); root !== undefined; root = pending.pop()) {
    for await (const { descriptor } of walk(layout, root, { subjects: true, allowMissing: true, enters, signal })) {
      inUse.add(descriptor.digest);
      if (roleOf(descriptor.mediaType) !== undefined || !enters(descriptor)) continue;
      pending.push(...(await mentionedIn(layout, descriptor, signal)));
    }
  }
  return inUse;
}

function firstTime(seen: Set<string>, key: string): boolean {
  return !seen.has(key) && seen.add(key).has(key);
}

const DIGEST = /\b[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{64,128}\b/g;

/**
 * What a document of an unknown type may refer to: every digest that stands in it and has content here. Their types are
 * not known, so they are read in the same way.
 */
async function mentionedIn(
  layout: LayoutStore,
  { digest, size }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  if (size > MAX_DOCUMENT_BYTES) return [];
  const text = await readJsonText(await pathOf(layout, digest), signal);
  const found: readonly string[] = text?.match(DIGEST) ?? [];
  const digests = new Set(found.filter(isDigest));
  const sizes = await Promise.all([...digests].map(async (each) => [each, await sizeOf(layout, each)] as const));
  return sizes.flatMap(([each, bytes]) =>
    bytes === undefined ? [] : [{ mediaType: "application/octet-stream", digest: each, size: bytes }],
  );
}

/** The text of a file if it looks like JSON. */
async function readJsonText(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const text = (await readFile(path, { signal })).toString("latin1");
    return /^\s*[[{]/.test(text) ? text : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function isOlder(layout: LayoutStore, digest: Digest, timeMs: number): Promise<boolean> {
  const stats = await lstat(await pathOf(layout, digest)).catch(() => undefined);
  return stats !== undefined && stats.mtimeMs < timeMs;
}

async function sizeOf(layout: LayoutStore, digest: Digest): Promise<number | undefined> {
  return (await lstat(await pathOf(layout, digest)).catch(() => undefined))?.size;
}

function pathOf(layout: LayoutStore, digest: Digest): Promise<string> {
  return resolveInRoot(layout.path, blobPath(digest), { followLast: false });
}
