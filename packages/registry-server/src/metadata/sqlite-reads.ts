/**
 * The reads of the SQLite metadata: one prepared statement each.
 * @module
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Digest } from "@teu/spec/digest";
import type { Page, Referrer, SessionRecord, StoredManifest, TagInterval, Usage } from "./metadata.ts";

const MANIFEST = "m.digest, m.media_type AS mediaType, c.bytes FROM manifest m JOIN content c ON c.digest = m.digest";
const SESSION = "SELECT id, repo, algorithm, started FROM session";

const SQL = {
  repo: "SELECT 1 FROM repo WHERE name = ?",
  manifest: `SELECT ${MANIFEST} WHERE m.repo = ? AND m.digest = ? AND m.deleted IS NULL`,
  tagged: `SELECT ${MANIFEST} JOIN tag t ON t.repo = m.repo AND t.digest = m.digest
    WHERE t.repo = ? AND t.name = ? AND t.ended IS NULL AND m.deleted IS NULL`,
  blob: `SELECT b.size, l.lease FROM link l JOIN blob b ON b.digest = l.digest
    WHERE l.repo = ? AND l.digest = ? AND b.doomed IS NULL`,
  tags: "SELECT name FROM tag WHERE repo = ? AND name > ? AND ended IS NULL ORDER BY name LIMIT ?",
  tagsOf: "SELECT name FROM tag WHERE repo = ? AND digest = ? AND ended IS NULL ORDER BY name",
  repositories: "SELECT name FROM repo WHERE name > ? ORDER BY name LIMIT ?",
  referrers: `SELECT digest, media_type AS mediaType, size, artifact_type AS artifactType, annotations FROM manifest
    WHERE repo = ? AND subject = ? AND digest > ? AND deleted IS NULL AND (?4 IS NULL OR artifact_type = ?4)
    ORDER BY digest LIMIT ?5`,
  holders: "SELECT repo FROM link WHERE digest = ? ORDER BY repo LIMIT ?",
  history: `SELECT name AS tag, digest, began AS start, ended AS end, actor FROM tag
    WHERE repo = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY began DESC, rowid DESC LIMIT ?3`,
  usage: `SELECT
    (SELECT coalesce(sum(b.size), 0) FROM link l JOIN blob b ON b.digest = l.digest WHERE l.repo = ?1) AS bytes,
    (SELECT count(*) FROM link WHERE repo = ?1) AS blobs,
    (SELECT count(*) FROM manifest WHERE repo = ?1 AND deleted IS NULL) AS manifests,
    (SELECT count(*) FROM tag WHERE repo = ?1 AND ended IS NULL) AS tags`,
  hasBlob: "SELECT 1 FROM blob WHERE digest = ?",
  session: `${SESSION} WHERE id = ?`,
  sessions: `${SESSION} ORDER BY started`,
} as const;

type Rows = { readonly [name: string]: unknown };

/** Reads from one database. */
export class SqliteReads {
  readonly #statements: { readonly [Name in keyof typeof SQL]: StatementSync };

  constructor(database: DatabaseSync) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as { readonly [Name in keyof typeof SQL]: StatementSync };
  }

  #get(name: keyof typeof SQL, ...values: SQLInputValue[]): Rows | undefined {
    return this.#statements[name].get(...values);
  }

  #all(name: keyof typeof SQL, ...values: SQLInputValue[]): Rows[] {
    return this.#statements[name].all(...values);
  }

  hasRepository(repo: string): boolean {
    return this.#get("repo", repo) !== undefined;
  }

  manifest(repo: string, digest: string): StoredManifest | undefined {
    return this.#get("manifest", repo, digest) as StoredManifest | undefined;
  }

  tagged(repo: string, tag: string): StoredManifest | undefined {
    return this.#get("tagged", repo, tag) as StoredManifest | undefined;
  }

  blob(repo: string, digest: string): { readonly size: number; readonly lease: number } | undefined {
    return this.#get("blob", repo, digest) as { readonly size: number; readonly lease: number } | undefined;
  }

  tags(repo: string, { after = "", limit }: Page): readonly string[] {
    return this.#all("tags", repo, after, limit).map(({ name }) => String(name));
  }

  tagsOf(repo: string, digest: string): readonly string[] {
    return this.#all("tagsOf", repo, digest).map(({ name }) => String(name));
  }

  repositories({ after = "", limit }: Page): readonly string[] {
    return this.#all("repositories", after, limit).map(({ name }) => String(name));
  }

  referrers(
    repo: string,
    subject: string,
    { after = "", limit, artifactType }: Page & { readonly artifactType?: string | undefined },
  ): readonly Referrer[] {
    return this.#all("referrers", repo, subject, after, artifactType ?? null, limit).map(toReferrer);
  }

  holders(digest: string, limit: number): readonly string[] {
    return this.#all("holders", digest, limit).map(({ repo }) => String(repo));
  }

  history(repo: string, tag: string | undefined, limit: number): readonly TagInterval[] {
    return this.#all("history", repo, tag ?? null, limit).map(({ end, ...row }) => ({
      ...(row as unknown as TagInterval),
      ...(end === null ? {} : { end: Number(end) }),
    }));
  }

  usage(repo: string): Usage {
    return { ...(this.#get("usage", repo) as unknown as Usage) };
  }

  hasBlob(digest: string): boolean {
    return this.#get("hasBlob", digest) !== undefined;
  }

  session(id: string): SessionRecord | undefined {
    return this.#get("session", id) as SessionRecord | undefined;
  }

  sessions(): readonly SessionRecord[] {
    return this.#all("sessions") as unknown as SessionRecord[];
  }
}

function toReferrer({ digest, mediaType, size, artifactType, annotations }: Rows): Referrer {
  return {
    digest: digest as Digest,
    mediaType: String(mediaType),
    size: Number(size),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    ...(typeof annotations === "string" ? { annotations: JSON.parse(annotations) as Record<string, string> } : {}),
  };
}
