/**
 * Remembers the dates of the Release files that were seen, so that nobody can go back to older ones.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";

/** Dates in seconds since 1970, by the addresses of suites. */
export interface SeenReleases {
  readonly last: (place: string) => number | undefined;
  /** Notes a date that is accepted. */
  readonly note: (place: string, dateSeconds: number) => Promise<void>;
}

/** The dates in the file `releases.json` of a folder. A file that is damaged counts as empty. */
export async function openSeenReleases(folder: string): Promise<SeenReleases> {
  const path = join(folder, "releases.json");
  const dates = await readDates(path);
  return {
    last: (place) => dates.get(place),
    note: async (place, dateSeconds) => {
      if ((dates.get(place) ?? -1) >= dateSeconds) return;
      // Another process may have noted something meanwhile.
      for (const [other, seconds] of await readDates(path)) dates.set(other, Math.max(seconds, dates.get(other) ?? 0));
      dates.set(place, dateSeconds);
      await save(path, dates);
    },
  };
}

async function readDates(path: string): Promise<Map<string, number>> {
  try {
    const entries = Object.entries(JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
  } catch {
    return new Map();
  }
}

async function save(path: string, dates: ReadonlyMap<string, number>): Promise<void> {
  const sorted = [...dates].sort(([a], [b]) => (a < b ? -1 : 1));
  try {
    await writeFileAtomic(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`, { durable: false });
  } catch (error) {
    const message = `Remembering dates in "${path}": ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_CACHE", message, { cause: error });
  }
}
