/**
 * Metadata made anew from storage alone: the journal is played again, and what it says of blobs that are gone is left out.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { readManifestFacts } from "../manifest-facts.ts";
import { parseRecord } from "../metadata/journal-record.ts";
import type { LinkKey, Metadata, Outcome, Signed } from "../metadata/metadata.ts";
import type { ContentStorage, JournalStorage } from "../storage/driver.ts";
import { allRepositories } from "./retention.ts";

/** What was made anew. */
export interface Rebuilt {
  readonly changes: number;
  /** Changes that had nothing to change any more. */
  readonly skipped: number;
  /** Links that ended since with the bytes of their blobs, as collection ends them, or deletion. */
  readonly ended: number;
  /** Blobs that repositories had, that manifests of theirs need, and whose bytes are not there. */
  readonly lost: readonly LinkKey[];
}

/** How to rebuild. */
export interface RebuildOptions {
  /** Until when links are safe from collection, in milliseconds since 1970. */
  readonly lease: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where a registry is made anew from. */
export interface RebuildSources {
  readonly journal: Pick<JournalStorage, "readJournal">;
  readonly storage: Pick<ContentStorage, "size">;
}

/** Plays the journal into `metadata`, which is empty and keeps no journal of its own. */
export async function rebuildMetadata(
  { journal, storage }: RebuildSources,
  metadata: Metadata,
  { lease, signal }: RebuildOptions,
): Promise<Rebuilt> {
  let [changes, skipped] = [0, 0];
  const gone = new Set<string>();
  for await (const line of journal.readJournal()) {
    signal?.throwIfAborted();
    const change = parseRecord(line, lease);
    const there = await hasBytes(storage, change);
    const outcome: Outcome = there ? await metadata.commit(change) : { kind: "absent" };
    if (change.op === "link" || change.op === "mount") {
      if (outcome.kind === "done") gone.delete(nameOf(change));
      else gone.add(nameOf(change));
    }
    if (!there) continue;
    changes += 1;
    if (outcome.kind !== "done") skipped += 1;
  }
  const lost = await findLost(metadata, gone);
  return { changes, skipped, ended: gone.size - lost.length, lost };
}

async function hasBytes(storage: Pick<ContentStorage, "size">, change: Signed): Promise<boolean> {
  return change.op !== "link" || (await storage.size(change.digest)) === change.size;
}

/** Of blobs that are gone, those that manifests need. What no manifest needs was not lost: it was collected. */
async function findLost(metadata: Metadata, gone: ReadonlySet<string>): Promise<readonly LinkKey[]> {
  const lost = new Map<string, LinkKey>();
  if (gone.size === 0) return [];
  for await (const repo of allRepositories({ metadata }))
    for (const { digest } of await metadata.aged(repo))
      for (const link of await needsOf(metadata, repo, digest))
        if (gone.has(nameOf(link))) lost.set(nameOf(link), link);
  return Array.from(lost.values());
}

async function needsOf(metadata: Metadata, repo: string, manifest: Digest): Promise<readonly LinkKey[]> {
  const stored = await metadata.manifest(repo, manifest);
  if (stored === undefined) return [];
  const { references } = readManifestFacts(stored.bytes, stored.mediaType, manifest);
  return references.flatMap(({ digest, optional }) => (optional ? [] : [{ repo, digest }]));
}

function nameOf({ repo, digest }: LinkKey): string {
  return `${repo} ${digest}`;
}
