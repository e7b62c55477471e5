/**
 * Metadata made anew from storage alone: the journal is played again, and what it says of blobs that are gone is left out.
 * @module
 */
import { parseRecord } from "../metadata/journal-record.ts";
import type { Metadata, Signed } from "../metadata/metadata.ts";
import type { ContentStorage, JournalStorage } from "../storage/driver.ts";

/** What was made anew. */
export interface Rebuilt {
  readonly changes: number;
  /** Changes that had nothing to change any more. */
  readonly skipped: number;
  /** Links to blobs whose bytes are not there. */
  readonly lost: number;
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
  const rebuilt = { changes: 0, skipped: 0, lost: 0 };
  for await (const line of journal.readJournal()) {
    signal?.throwIfAborted();
    const change = parseRecord(line, lease);
    if (await isLost(storage, change)) {
      rebuilt.lost += 1;
      continue;
    }
    const { kind } = await metadata.commit(change);
    rebuilt.changes += 1;
    if (kind !== "done") rebuilt.skipped += 1;
  }
  return rebuilt;
}

async function isLost(storage: Pick<ContentStorage, "size">, change: Signed): Promise<boolean> {
  if (change.op !== "link") return false;
  return (await storage.size(change.digest)) !== change.size;
}
