/**
 * Collection of what nobody needs, while the registry works. Nothing is locked for longer than one slice, but for the one
 * blob that is being removed.
 *
 * A blob goes in two steps. First, no manifest of a repository names it and the lease of its link is over: the link ends,
 * and with the last link the blob is doomed, so that nobody finds it any more. Some time later its bytes are removed,
 * unless it was pushed again meanwhile. A push renews the lease and so do a mount and a look that finds the blob; a manifest
 * is taken only if the links of all its blobs stand in the same transaction. So what a push was told is there stays there.
 * @module
 */
import type { EventLoopUtilization } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "@teu/spec/digest";
import type { LinkKey } from "../metadata/metadata.ts";
import type { Registry } from "../registry.ts";

/** What one collection did. */
export interface Collected {
  /** Uploads that rested too long. */
  readonly uploads: number;
  /** Manifests removed for good. */
  readonly manifests: number;
  /** Links of repositories to blobs that ended. */
  readonly links: number;
  /** Blobs whose bytes were removed. */
  readonly blobs: number;
  readonly bytes: number;
}

/** How to collect. */
export interface CollectOptions {
  /** How long what was deleted can be restored, in milliseconds. */
  readonly undeleteMs: number;
  /** How long a doomed blob keeps its bytes, in milliseconds. Default: 1 hour. */
  readonly doomedMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const HOUR_MS = 3_600_000;
/** Few enough that clients do not notice the time that a slice takes. */
const SLICE = 64;
/** Blobs that are removed at a time: their records share one sync. */
const SWEPT = 64;
/** How many times as long as this thread worked on a slice nothing is collected behind it: clients have the rest. */
const REST = 3;
/** The longest rest, however much clients had to do meanwhile. */
const MAX_REST_MS = 20;

/** Collects once. */
export async function collectGarbage(registry: Registry, options: CollectOptions): Promise<Collected> {
  const uploads = await registry.uploads.expire();
  const manifests = await purge(registry, options);
  const links = await mark(registry, options);
  return { uploads, manifests, links, ...(await sweep(registry, options)) };
}

async function purge({ metadata, now }: Registry, { undeleteMs, signal }: CollectOptions): Promise<number> {
  const before = now() - undeleteMs;
  for (let total = 0; ;) {
    signal?.throwIfAborted();
    const start = performance.eventLoopUtilization();
    const purged = await metadata.purge(before, SLICE);
    total += purged;
    if (purged < SLICE) return total;
    await rest(start);
  }
}

function rest(start: EventLoopUtilization): Promise<void> {
  const { active } = performance.eventLoopUtilization(start);
  return sleep(Math.min(active * REST, MAX_REST_MS));
}

async function mark({ metadata, now }: Registry, { signal }: CollectOptions): Promise<number> {
  let total = 0;
  let after: LinkKey | undefined;
  do {
    signal?.throwIfAborted();
    const start = performance.eventLoopUtilization();
    // Leases that were only noted count too.
    await metadata.flush();
    const { ended, next } = await metadata.mark(now(), after, SLICE);
    total += ended;
    after = next;
    if (after !== undefined) await rest(start);
  } while (after !== undefined);
  return total;
}

async function sweep(
  registry: Registry,
  { doomedMs = HOUR_MS, signal }: CollectOptions,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const before = registry.now() - doomedMs;
  let [blobs, bytes] = [0, 0];
  for (;;) {
    signal?.throwIfAborted();
    const start = performance.eventLoopUtilization();
    const doomed = await registry.metadata.doomed(before, SWEPT);
    const removed = await Promise.all(doomed.map(({ digest }) => removeDoomed(registry, digest)));
    blobs += removed.filter(Boolean).length;
    bytes += doomed.reduce((sum, { size }, index) => sum + (removed[index] === true ? size : 0), 0);
    if (doomed.length < SWEPT) return { blobs, bytes };
    await rest(start);
  }
}

/** A push of the same blob waits, and then finds it gone or takes it back to life before. Tells whether it was removed. */
function removeDoomed({ blobLock, metadata, storage }: Registry, digest: Digest): Promise<boolean> {
  return blobLock.run(digest, async (lock) => {
    if (!(await metadata.forget(digest))) return false;
    // Whoever has the lock now may have stored it anew; what is left over is found by scrubbing.
    if (!lock.held) return false;
    await storage.remove(digest);
    return true;
  });
}
