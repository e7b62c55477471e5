/**
 * The questions that metadata answers, each one statement, for any database.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import type {
  Aged,
  Awaitable,
  Doomed,
  Page,
  Referrer,
  SessionRecord,
  StoredEvent,
  StoredManifest,
  TagInterval,
  TagState,
  Usage,
} from "./metadata.ts";
import type { Query, Row } from "./steps.ts";

const MANIFEST = `m.digest, m.media_type AS "mediaType", c.bytes FROM manifest m JOIN content c ON c.digest = m.digest`;
const SESSION = "SELECT id, repo, algorithm, started FROM session";

/** Answers questions with what `ask` gets from a database. */
export class Queries {
  readonly #ask: <T>(query: Query<T>) => Awaitable<T>;

  constructor(ask: <T>(query: Query<T>) => Awaitable<T>) {
    this.#ask = ask;
  }

  hasRepository(repo: string): Awaitable<boolean> {
    return this.#ask({ sql: "SELECT 1 FROM repo WHERE name = ?", values: [repo], read: (rows) => rows.length > 0 });
  }

  manifest(repo: string, digest: string): Awaitable<StoredManifest | undefined> {
    const sql = `SELECT ${MANIFEST} WHERE m.repo = ? AND m.digest = ? AND m.deleted IS NULL`;
    return this.#ask({ sql, values: [repo, digest], read: toManifest, hot: "manifest" });
  }

  tagged(repo: string, tag: string): Awaitable<StoredManifest | undefined> {
    const sql = `SELECT ${MANIFEST} JOIN tag t ON t.repo = m.repo AND t.digest = m.digest
      WHERE t.repo = ? AND t.name = ? AND t.ended IS NULL AND m.deleted IS NULL`;
    return this.#ask({ sql, values: [repo, tag], read: toManifest, hot: "tagged" });
  }

  blob(repo: string, digest: string): Awaitable<{ readonly size: number; readonly lease: number } | undefined> {
    const sql = `SELECT b.size, l.lease FROM link l JOIN blob b ON b.digest = l.digest
      WHERE l.repo = ? AND l.digest = ? AND b.doomed IS NULL`;
    return this.#ask({
      sql,
      values: [repo, digest],
      read: ([row]) => row as { size: number; lease: number } | undefined,
      hot: "blob",
    });
  }

  tags(repo: string, { after = "", limit }: Page): Awaitable<readonly string[]> {
    const sql = "SELECT name FROM tag WHERE repo = ? AND name > ? AND ended IS NULL ORDER BY name LIMIT ?";
    return this.#ask({ sql, values: [repo, after, limit], read: names });
  }

  tagsOf(repo: string, digest: string): Awaitable<readonly string[]> {
    const sql = "SELECT name FROM tag WHERE repo = ? AND digest = ? AND ended IS NULL ORDER BY name";
    return this.#ask({ sql, values: [repo, digest], read: names });
  }

  repositories({ after = "", limit }: Page): Awaitable<readonly string[]> {
    const sql = "SELECT name FROM repo WHERE name > ? ORDER BY name LIMIT ?";
    return this.#ask({ sql, values: [after, limit], read: names });
  }

  referrers(
    repo: string,
    subject: string,
    { after = "", limit, artifactType = null }: Page & { readonly artifactType?: string | null | undefined },
  ): Awaitable<readonly Referrer[]> {
    const sql = `SELECT digest, media_type AS "mediaType", size, artifact_type AS "artifactType", annotations FROM manifest
      WHERE repo = ? AND subject = ? AND digest > ? AND deleted IS NULL
        AND (CAST(? AS TEXT) IS NULL OR artifact_type = ?) ORDER BY digest LIMIT ?`;
    const values = [repo, subject, after, artifactType, artifactType, limit];
    return this.#ask({ sql, values, read: (rows) => rows.map(toReferrer) });
  }

  holders(digest: string, limit: number): Awaitable<readonly string[]> {
    const sql = "SELECT repo AS name FROM link WHERE digest = ? ORDER BY repo LIMIT ?";
    return this.#ask({ sql, values: [digest, limit], read: names });
  }

  history(repo: string, tag: string | undefined, limit: number): Awaitable<readonly TagInterval[]> {
    const sql = `SELECT name AS tag, digest, began AS start, ended, actor FROM tag
      WHERE repo = ? ${tag === undefined ? "" : "AND name = ?"} ORDER BY began DESC, rowid DESC LIMIT ?`;
    const values = tag === undefined ? [repo, limit] : [repo, tag, limit];
    return this.#ask({ sql, values, read: (rows) => rows.map(toInterval) });
  }

  usage(repo: string): Awaitable<Usage> {
    const sql = `SELECT
      (SELECT CAST(coalesce(sum(b.size), 0) AS BIGINT) FROM link l JOIN blob b ON b.digest = l.digest WHERE l.repo = ?) AS bytes,
      (SELECT count(*) FROM link WHERE repo = ?) AS blobs,
      (SELECT count(*) FROM manifest WHERE repo = ? AND deleted IS NULL) AS manifests,
      (SELECT count(*) FROM tag WHERE repo = ? AND ended IS NULL) AS tags`;
    return this.#ask({ sql, values: [repo, repo, repo, repo], read: ([row]) => ({ ...(row as unknown as Usage) }) });
  }

  search(text: string, { after = "", limit }: Page): Awaitable<readonly string[]> {
    const sql = "SELECT name FROM repo WHERE name > ? AND name LIKE ? ESCAPE '!' ORDER BY name LIMIT ?";
    return this.#ask({ sql, values: [after, containing(text), limit], read: names });
  }

  tagStates(repo: string, text: string, { after = "", limit }: Page): Awaitable<readonly TagState[]> {
    const sql = `SELECT t.name AS tag, t.digest, t.began AS start, m.media_type AS "mediaType"
      FROM tag t JOIN manifest m ON m.repo = t.repo AND m.digest = t.digest
      WHERE t.repo = ? AND t.name > ? AND t.name LIKE ? ESCAPE '!' AND t.ended IS NULL AND m.deleted IS NULL
      ORDER BY t.name LIMIT ?`;
    const values = [repo, after, containing(text), limit];
    return this.#ask({ sql, values, read: (rows) => Array.from(rows) as unknown as readonly TagState[] });
  }

  hasBlob(digest: string): Awaitable<boolean> {
    return this.#ask({ sql: "SELECT 1 FROM blob WHERE digest = ?", values: [digest], read: (rows) => rows.length > 0 });
  }

  session(id: string): Awaitable<SessionRecord | undefined> {
    return this.#ask({
      sql: `${SESSION} WHERE id = ?`,
      values: [id],
      read: ([row]) => row as SessionRecord | undefined,
    });
  }

  sessions(): Awaitable<readonly SessionRecord[]> {
    return this.#ask({
      sql: `${SESSION} ORDER BY started`,
      values: [],
      read: (rows) => Array.from(rows) as unknown as readonly SessionRecord[],
    });
  }

  doomed(before: number, limit: number): Awaitable<readonly Doomed[]> {
    const sql = "SELECT digest, size FROM blob WHERE doomed < ? ORDER BY doomed LIMIT ?";
    return this.#ask({ sql, values: [before, limit], read: (rows) => rows.map(toDoomed) });
  }

  blobs({
    after = "",
    limit,
  }: Page): Awaitable<readonly { readonly digest: Digest; readonly size: number; readonly doomed: boolean }[]> {
    const sql = "SELECT digest, size, doomed FROM blob WHERE digest > ? ORDER BY digest LIMIT ?";
    const read = (rows: readonly Row[]): { digest: Digest; size: number; doomed: boolean }[] =>
      rows.map(({ digest, size, doomed }) => ({
        digest: digest as Digest,
        size: Number(size),
        doomed: doomed !== null,
      }));
    return this.#ask({ sql, values: [after, limit], read });
  }

  events(hook: string, limit: number): Awaitable<readonly StoredEvent[]> {
    const sql = "SELECT id, at, body FROM event WHERE hook = ? ORDER BY id LIMIT ?";
    const read = (rows: readonly Row[]): StoredEvent[] =>
      rows.map(({ id, at, body }) => ({ id: Number(id), at: Number(at), body: String(body) }));
    return this.#ask({ sql, values: [hook, limit], read });
  }

  aged(repo: string): Awaitable<readonly Aged[]> {
    return this.#ask({ sql: AGED, values: [repo], read: (rows) => toAged(rows) });
  }
}

const AGED = `SELECT m.digest, m.pushed, m.pulled, t.name AS tag, t.began AS start, CASE WHEN
    EXISTS (SELECT 1 FROM reference r JOIN manifest p ON p.repo = r.repo AND p.digest = r.manifest
      WHERE r.repo = m.repo AND r.child = m.digest AND p.deleted IS NULL)
    OR EXISTS (SELECT 1 FROM manifest s WHERE s.repo = m.repo AND s.digest = m.subject AND s.deleted IS NULL)
    THEN 1 ELSE 0 END AS held
  FROM manifest m LEFT JOIN tag t ON t.repo = m.repo AND t.digest = m.digest AND t.ended IS NULL
  WHERE m.repo = ? AND m.deleted IS NULL ORDER BY m.digest`;

/** One manifest has a row for each of its tags. */
function toAged(rows: readonly Row[]): Aged[] {
  return Array.from(
    Map.groupBy(rows, ({ digest }) => digest as Digest),
    ([digest, same]) => ({
      digest,
      pushed: Number(same[0]?.["pushed"]),
      pulled: typeof same[0]?.["pulled"] === "number" ? same[0]["pulled"] : undefined,
      held: same[0]?.["held"] === 1,
      tags: same.flatMap(({ tag, start }) => (typeof tag === "string" ? [{ tag, start: Number(start) }] : [])),
    }),
  );
}

function toManifest([row]: readonly Row[]): StoredManifest | undefined {
  return row as StoredManifest | undefined;
}

function toDoomed({ digest, size }: Row): Doomed {
  return { digest: digest as Digest, size: Number(size) };
}

/** The pattern of what has a text in it. */
function containing(text: string): string {
  return `%${text.replaceAll(/[!%_]/g, "!$&")}%`;
}

function names(rows: readonly Row[]): string[] {
  return rows.map(({ name }) => String(name));
}

function toInterval({ ended, ...row }: Row): TagInterval {
  return { ...(row as unknown as TagInterval), ...(ended === null ? {} : { end: Number(ended) }) };
}

function toReferrer({ digest, mediaType, size, artifactType, annotations }: Row): Referrer {
  return {
    digest: digest as Digest,
    mediaType: String(mediaType),
    size: Number(size),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    ...(typeof annotations === "string" ? { annotations: JSON.parse(annotations) as Record<string, string> } : {}),
  };
}
