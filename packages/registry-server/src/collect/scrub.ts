/**
 * Scrubbing: every blob is read and hashed again. What is damaged goes into quarantine, and is pulled from an upstream anew
 * or else belongs to no repository any more, so that the next push brings it; what nobody knows is removed.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { canVerify, hasherLike } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";
import type { Registry } from "../registry.ts";

/** What scrubbing found. */
export interface Scrubbed {
  readonly checked: number;
  readonly bytes: number;
  /** Blobs that are recorded and not there. */
  readonly missing: readonly Digest[];
  /** Blobs whose bytes are wrong. They are in quarantine if that was asked for. */
  readonly damaged: readonly Digest[];
  /** Of those missing or damaged, what an upstream gave anew. */
  readonly healed: readonly Digest[];
  /** Content that no record knows. It was removed if that was asked for. */
  readonly strays: readonly Digest[];
}

/** How to scrub. */
export interface ScrubOptions {
  /** Puts what is damaged into quarantine, and removes what is unknown. Default: false. */
  readonly repair?: boolean;
  /** How many bytes a second are read at most, so that clients do not notice. Default: as many as there are. */
  readonly bytesPerSecond?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 500;

/** Scrubs all of a registry. */
export async function scrub(registry: Registry, options: ScrubOptions = {}): Promise<Scrubbed> {
  const { repair = false, bytesPerSecond = Infinity, signal } = options;
  const healed: Digest[] = [];
  const found = { missing: [] as Digest[], damaged: [] as Digest[], strays: [] as Digest[], healed };
  const counts = { checked: 0, bytes: 0 };
  const start = performance.now();
  for await (const { digest, size } of allBlobs(registry)) {
    signal?.throwIfAborted();
    const state = await judge(registry, digest, size);
    counts.checked += 1;
    counts.bytes += size;
    const early = (counts.bytes / bytesPerSecond) * 1000 - (performance.now() - start);
    if (early > 0) await sleep(early, undefined, { ...(signal === undefined ? {} : { signal }), ref: false });
    if (state === "fine") continue;
    found[state].push(digest);
    if (repair && (await mend(registry, digest))) healed.push(digest);
  }
  for await (const { digest } of registry.storage.list()) {
    signal?.throwIfAborted();
    if (await isStray(registry, digest, repair)) found.strays.push(digest);
  }
  return { ...found, ...counts };
}

/** Takes damaged bytes away, and gets the right ones from an upstream of a repository that has them. Tells whether it did. */
async function mend(registry: Registry, digest: Digest): Promise<boolean> {
  await registry.blobLock.run(digest, () => registry.storage.quarantine(digest));
  registry.keptBlobs.delete(digest);
  for (const repo of await registry.metadata.holders(digest, MAX_HOLDERS))
    if ((await registry.pullThrough?.fetch(registry, repo, digest)) === true) return true;
  await registry.blobLock.run(digest, () => giveUp(registry, digest));
  return false;
}

const MAX_HOLDERS = 100;

/** No repository has it any more: clients ask before they push, and leave out what is there. */
async function giveUp({ metadata, storage, now }: Registry, digest: Digest): Promise<void> {
  // Somebody has pushed it meanwhile.
  if ((await storage.size(digest)) !== undefined) return;
  for (;;) {
    const repos = await metadata.holders(digest, MAX_HOLDERS);
    for (const repo of repos)
      await metadata.commit({ op: "unlink", repo, digest, lost: true, at: now(), actor: "scrub" });
    if (repos.length < MAX_HOLDERS) return;
  }
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
