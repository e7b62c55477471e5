/**
 * Scrubbing: every blob is read and hashed again. What is damaged is taken out of the storage, so that the next push of it
 * stores it anew; what nobody knows is removed.
 * @module
 */
import { canVerify, hasherLike } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";
import type { Registry } from "../registry.ts";

/** What scrubbing found. */
export interface Scrubbed {
  readonly checked: number;
  readonly bytes: number;
  /** Blobs that are recorded and not there. */
  readonly missing: readonly Digest[];
  /** Blobs whose bytes are wrong. They were removed if that was asked for. */
  readonly damaged: readonly Digest[];
  /** Content that no record knows. It was removed if that was asked for. */
  readonly strays: readonly Digest[];
}

/** How to scrub. */
export interface ScrubOptions {
  /** Removes what is damaged or unknown. Default: false. */
  readonly repair?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 500;

/** Scrubs all of a registry. */
export async function scrub(registry: Registry, { repair = false, signal }: ScrubOptions = {}): Promise<Scrubbed> {
  const found = { checked: 0, bytes: 0, missing: [] as Digest[], damaged: [] as Digest[], strays: [] as Digest[] };
  for await (const { digest, size } of allBlobs(registry)) {
    signal?.throwIfAborted();
    const state = await judge(registry, digest, size);
    found.checked += 1;
    found.bytes += size;
    if (state === "missing") found.missing.push(digest);
    if (state !== "damaged") continue;
    found.damaged.push(digest);
    if (!repair) continue;
    await registry.storage.remove(digest);
    registry.smallBlobs.delete(digest);
  }
  for await (const { digest } of registry.storage.list()) {
    signal?.throwIfAborted();
    if (await isStray(registry, digest, repair)) found.strays.push(digest);
  }
  return found;
}

async function* allBlobs({
  metadata,
}: Registry): AsyncGenerator<{ readonly digest: Digest; readonly size: number }, void, undefined> {
  let after: string | undefined;
  do {
    const page = await metadata.blobs({ after, limit: PAGE });
    yield* page.filter(({ doomed }) => !doomed);
    after = page.length < PAGE ? undefined : page.at(-1)?.digest;
  } while (after !== undefined);
}

async function judge({ storage }: Registry, digest: Digest, size: number): Promise<"fine" | "missing" | "damaged"> {
  const actual = await storage.size(digest);
  if (actual === undefined) return "missing";
  if (actual !== size || !canVerify(digest)) return actual === size ? "fine" : "damaged";
  const hasher = hasherLike(digest);
  for await (const chunk of storage.read(digest)) hasher.update(chunk);
  return hasher.digest() === digest ? "fine" : "damaged";
}

/** A push stores bytes first and records them then, both under the lock of the blob. */
async function isStray({ metadata, storage, blobLock }: Registry, digest: Digest, repair: boolean): Promise<boolean> {
  return blobLock.run(digest, async () => {
    if (await metadata.hasBlob(digest)) return false;
    if (repair) await storage.remove(digest);
    return true;
  });
}
