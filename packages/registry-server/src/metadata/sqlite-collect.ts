/**
 * What collection, retention and scrubbing ask of the SQLite metadata, in slices that end soon.
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Digest } from "@teu/spec/digest";
import type { Aged, Doomed, LinkKey, Marked, Page } from "./metadata.ts";
import type { SqliteChanges } from "./sqlite-changes.ts";

interface LinkRow extends LinkKey {
  readonly dead: number;
}

// A manifest that was deleted and not purged still holds its blobs, so that it can be restored.
const MARK = `SELECT repo, digest, lease < ?1 AND NOT EXISTS
    (SELECT 1 FROM reference r WHERE r.repo = l.repo AND r.child = l.digest) AS dead
  FROM link l WHERE (repo, digest) > (?2, ?3) ORDER BY repo, digest LIMIT ?4`;

/** One slice of marking, inside of a transaction of the caller. */
export function markSlice(
  database: DatabaseSync,
  changes: SqliteChanges,
  slice: { readonly now: number; readonly after: LinkKey | undefined; readonly limit: number },
): Marked {
  const { now, after, limit } = slice;
  const rows = database.prepare(MARK).all(now, after?.repo ?? "", after?.digest ?? "", limit) as unknown as LinkRow[];
  const dead = rows.filter((row) => row.dead === 1);
  const doomed = dead.filter(({ repo, digest }) => changes.endLink(repo, digest, now)).length;
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    ended: dead.length,
    doomed,
    ...(last === undefined ? {} : { next: { repo: last.repo, digest: last.digest } }),
  };
}

/** Removes manifests deleted before a time, with their references and what nobody else has of their content. */
export function purgeManifests(database: DatabaseSync, before: number, limit: number): number {
  const rows = database
    .prepare("SELECT repo, digest FROM manifest WHERE deleted < ? LIMIT ?")
    .all(before, limit) as unknown as LinkKey[];
  const [references, manifest, content] = [
    "DELETE FROM reference WHERE repo = ? AND manifest = ?",
    "DELETE FROM manifest WHERE repo = ? AND digest = ?",
    "DELETE FROM content WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM manifest WHERE digest = ?1)",
  ].map((sql) => database.prepare(sql));
  for (const { repo, digest } of rows) {
    references?.run(repo, digest);
    manifest?.run(repo, digest);
    content?.run(digest);
  }
  return rows.length;
}

/** Blobs doomed before a time. */
export function listDoomed(database: DatabaseSync, before: number, limit: number): readonly Doomed[] {
  const sql = "SELECT digest, size FROM blob WHERE doomed < ? ORDER BY doomed LIMIT ?";
  return database.prepare(sql).all(before, limit) as unknown as Doomed[];
}

/** Blobs in the order of their digests. */
export function listBlobs(
  database: DatabaseSync,
  { after = "", limit }: Page,
): readonly { readonly digest: Digest; readonly size: number; readonly doomed: boolean }[] {
  const sql = "SELECT digest, size, doomed IS NOT NULL AS doomed FROM blob WHERE digest > ? ORDER BY digest LIMIT ?";
  const rows = database.prepare(sql).all(after, limit) as unknown as { digest: Digest; size: number; doomed: number }[];
  return rows.map((row) => ({ ...row, doomed: row.doomed === 1 }));
}

const AGED = `SELECT m.digest, m.pushed, m.pulled,
    EXISTS (SELECT 1 FROM reference r JOIN manifest p ON p.repo = r.repo AND p.digest = r.manifest
      WHERE r.repo = m.repo AND r.child = m.digest AND p.deleted IS NULL)
    OR EXISTS (SELECT 1 FROM manifest s WHERE s.repo = m.repo AND s.digest = m.subject AND s.deleted IS NULL) AS held
  FROM manifest m WHERE m.repo = ? AND m.deleted IS NULL`;

/** The manifests of a repository with what retention has to know of them. */
export function listAged(database: DatabaseSync, repo: string): readonly Aged[] {
  const tagRows = database
    .prepare("SELECT name AS tag, digest, began AS start FROM tag WHERE repo = ? AND ended IS NULL")
    .all(repo) as unknown as { readonly tag: string; readonly digest: string; readonly start: number }[];
  const tags = Map.groupBy(tagRows, ({ digest }) => digest);
  const rows = database.prepare(AGED).all(repo) as unknown as {
    digest: Digest;
    pushed: number;
    pulled: number | null;
    held: number;
  }[];
  return rows.map(({ digest, pushed, pulled, held }) => ({
    digest,
    pushed,
    pulled: pulled ?? undefined,
    held: held === 1,
    tags: (tags.get(digest) ?? []).map(({ tag, start }) => ({ tag, start })),
  }));
}
