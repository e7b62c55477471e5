/**
 * What collection does to the metadata, in slices that end soon, for any database.
 * @module
 */
import { endLink } from "./changes.ts";
import type { LinkKey, Marked } from "./metadata.ts";
import { type Work, hasRow, lockRow, rowsOf, step } from "./steps.ts";

/** Which links or manifests. */
export interface Slice {
  readonly now: number;
  readonly after: LinkKey | undefined;
  readonly limit: number;
}

/** The repositories of a slice of links, which have to be held while the slice is marked. */
export function* reposOfLinks({ after, limit }: Slice): Work<string[]> {
  const sql = `SELECT DISTINCT repo FROM
    (SELECT repo FROM link WHERE (repo, digest) > (?, ?) ORDER BY repo, digest LIMIT ?) AS slice`;
  return (yield* rowsOf(sql, after?.repo ?? "", after?.digest ?? "", limit)).map(({ repo }) => String(repo));
}

// A manifest that was deleted and not purged still holds its blobs, so that it can be restored.
const MARK = `SELECT repo, digest, CASE WHEN lease < ? AND NOT EXISTS
    (SELECT 1 FROM reference r WHERE r.repo = l.repo AND r.child = l.digest) THEN 1 ELSE 0 END AS dead
  FROM link l WHERE (repo, digest) > (?, ?) ORDER BY repo, digest LIMIT ?`;

/** Marks one slice. Links of repositories that are not `held` are left for another time. */
export function* markSlice({ now, after, limit }: Slice, held?: ReadonlySet<string>): Work<Marked> {
  const rows = yield* rowsOf(MARK, now, after?.repo ?? "", after?.digest ?? "", limit);
  const keys = rows.map(({ repo, digest, dead }) => ({ repo: String(repo), digest: String(digest), dead: dead === 1 }));
  const dead = keys.filter((key) => key.dead && held?.has(key.repo) !== false);
  let [ended, doomed] = [0, 0];
  for (const key of dead) {
    const done = yield* endLink(key, now, now);
    ended += Number(done.ended);
    doomed += Number(done.doomed);
  }
  const last = rows.length < limit ? undefined : keys.at(-1);
  return {
    ended,
    doomed,
    ...(last === undefined ? {} : { next: { repo: last.repo, digest: last.digest } }),
  };
}

const PURGED = "SELECT repo, digest FROM manifest WHERE deleted < ? ORDER BY repo, digest LIMIT ?";

/** The repositories of manifests that are to be purged. */
export function* reposOfPurged(before: number, limit: number): Work<string[]> {
  return (yield* rowsOf(PURGED, before, limit)).map(({ repo }) => String(repo));
}

/** Removes manifests deleted before a time, with their references and what nobody else has of their content. */
export function* purgeManifests(before: number, limit: number, held?: ReadonlySet<string>): Work<number> {
  const rows = yield* rowsOf(PURGED, before, limit);
  for (const row of rows) {
    const [repo, digest] = [String(row["repo"]), String(row["digest"])];
    if (held?.has(repo) === false) continue;
    yield [
      step("DELETE FROM reference WHERE repo = ? AND manifest = ?", repo, digest),
      step("DELETE FROM manifest WHERE repo = ? AND digest = ?", repo, digest),
    ];
    yield* lockRow("SELECT 1 FROM content WHERE digest = ?", digest);
    const sql = "DELETE FROM content WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM manifest WHERE digest = ?)";
    yield [step(sql, digest, digest)];
  }
  return rows.length;
}

/** Forgets an event. */
export function* dropEvent(id: number): Work<void> {
  yield [step("DELETE FROM event WHERE id = ?", id)];
}

/** Forgets a blob if it is still doomed. */
export function forgetBlob(digest: string): Work<boolean> {
  return hasRow("DELETE FROM blob WHERE digest = ? AND doomed IS NOT NULL RETURNING digest", digest);
}
