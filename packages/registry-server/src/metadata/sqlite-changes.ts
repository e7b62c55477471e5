/**
 * The changes of the SQLite metadata. Each looks first and writes then, inside of a transaction of its caller.
 * @module
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Digest } from "@teu/spec/digest";
import type { Note, Outcome, Signed } from "./metadata.ts";

const DONE: Outcome = { kind: "done" };
const ABSENT: Outcome = { kind: "absent" };

type Of<Op extends Signed["op"]> = Extract<Signed, { readonly op: Op }>;

/** Applies changes to one database. */
export class SqliteChanges {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #has(sql: string, ...values: SQLInputValue[]): boolean {
    return this.#prepare(sql).get(...values) !== undefined;
  }

  #text(sql: string, ...values: SQLInputValue[]): string | undefined {
    const row = this.#prepare(sql).get(...values);
    return row === undefined ? undefined : String(Object.values(row)[0]);
  }

  /** Makes a change and tells what became of it; nothing was written unless that is `done`. */
  apply(change: Signed): Outcome {
    switch (change.op) {
      case "link":
        return this.#link(change);
      case "mount":
        return this.#mount(change);
      case "unlink":
        return this.#unlink(change);
      case "manifest":
        return this.#manifest(change);
      case "untag":
        return this.#endTag(change.repo, change.tag, change.at) ? DONE : ABSENT;
      case "delete":
        return this.#delete(change);
      default:
        return this.#restore(change);
    }
  }

  #link({ repo, digest, size, lease, at }: Of<"link">): Outcome {
    this.#addRepository(repo, at);
    this.#run(
      "INSERT INTO blob (digest, size) VALUES (?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, doomed = NULL",
      digest,
      size,
    );
    return this.#addLink(repo, digest, lease);
  }

  #mount({ repo, digest, from, lease, at }: Of<"mount">): Outcome {
    const found = this.#has(
      "SELECT 1 FROM link l JOIN blob b ON b.digest = l.digest WHERE l.repo = ? AND l.digest = ? AND b.doomed IS NULL",
      from,
      digest,
    );
    if (!found) return ABSENT;
    this.#addRepository(repo, at);
    return this.#addLink(repo, digest, lease);
  }

  #addRepository(repo: string, at: number): void {
    this.#run("INSERT INTO repo (name, created) VALUES (?, ?) ON CONFLICT DO NOTHING", repo, at);
  }

  #addLink(repo: string, digest: string, lease: number): Outcome {
    this.#run(
      "INSERT INTO link (repo, digest, lease) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET lease = max(lease, excluded.lease)",
      repo,
      digest,
      lease,
    );
    return DONE;
  }

  #unlink({ repo, digest, at }: Of<"unlink">): Outcome {
    if (!this.#has("SELECT 1 FROM link WHERE repo = ? AND digest = ?", repo, digest)) return ABSENT;
    const by = this.#text(
      `SELECT r.manifest FROM reference r JOIN manifest m ON m.repo = r.repo AND m.digest = r.manifest
        WHERE r.repo = ? AND r.child = ? AND m.deleted IS NULL LIMIT 1`,
      repo,
      digest,
    );
    if (by !== undefined) return { kind: "in-use", by };
    this.endLink(repo, digest, at);
    return DONE;
  }

  /** Takes a blob from a repository, and dooms it if no other has it. Tells whether it did. */
  endLink(repo: string, digest: string, at: number): boolean {
    this.#run("DELETE FROM link WHERE repo = ? AND digest = ?", repo, digest);
    return (
      this.#run(
        "UPDATE blob SET doomed = ?1 WHERE digest = ?2 AND doomed IS NULL AND NOT EXISTS (SELECT 1 FROM link WHERE digest = ?2)",
        at,
        digest,
      ) > 0
    );
  }

  #manifest(change: Of<"manifest">): Outcome {
    const fixed = this.#fixedTag(change);
    if (fixed !== undefined) return { kind: "fixed", tag: fixed };
    const missing = this.#missing(change);
    if (missing.length > 0) return { kind: "missing", digests: missing };
    const { repo, digest, tags, at, actor } = change;
    this.#addRepository(repo, at);
    this.#writeManifest(change);
    for (const tag of tags) this.#setTag(repo, tag, { digest, at, actor });
    return DONE;
  }

  #fixedTag({ repo, digest, fixedTags = [] }: Of<"manifest">): string | undefined {
    const sql = "SELECT 1 FROM tag WHERE repo = ? AND name = ? AND ended IS NULL AND digest <> ?";
    return fixedTags.find((tag) => this.#has(sql, repo, tag, digest));
  }

  #missing({ repo, facts, require }: Of<"manifest">): Digest[] {
    const due = facts.references.filter(
      ({ kind, optional }) => !optional && (require === "all" || (require === "blobs" && kind === "blob")),
    );
    const sql = {
      blob: "SELECT 1 FROM link WHERE repo = ? AND digest = ?",
      manifest: "SELECT 1 FROM manifest WHERE repo = ? AND digest = ? AND deleted IS NULL",
    };
    return due.filter(({ kind, digest }) => !this.#has(sql[kind], repo, digest)).map(({ digest }) => digest);
  }

  #writeManifest({ repo, digest, mediaType, bytes, facts, at }: Of<"manifest">): void {
    const { subject = null, artifactType = null, annotations } = facts;
    this.#run("INSERT INTO content (digest, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING", digest, bytes);
    this.#run(
      `INSERT INTO manifest (repo, digest, media_type, size, subject, artifact_type, annotations, pushed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET media_type = excluded.media_type, subject = excluded.subject,
          artifact_type = excluded.artifact_type, annotations = excluded.annotations, pushed = excluded.pushed,
          deleted = NULL`,
      repo,
      digest,
      mediaType,
      bytes.length,
      subject,
      artifactType,
      annotations === undefined ? null : JSON.stringify(annotations),
      at,
    );
    this.#run("DELETE FROM reference WHERE repo = ? AND manifest = ?", repo, digest);
    for (const { digest: child, kind, optional } of facts.references) {
      const sql = "INSERT INTO reference VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
      this.#run(sql, repo, digest, child, optional ? "optional" : kind);
    }
  }

  #setTag(repo: string, tag: string, state: { digest: string; at: number; actor: string }): void {
    const { digest, at, actor } = state;
    const sql = "SELECT 1 FROM tag WHERE repo = ? AND name = ? AND ended IS NULL AND digest = ?";
    if (this.#has(sql, repo, tag, digest)) return;
    this.#endTag(repo, tag, at);
    this.#run(
      "INSERT INTO tag (repo, name, digest, began, actor) VALUES (?, ?, ?, ?, ?)",
      repo,
      tag,
      digest,
      at,
      actor,
    );
  }

  #endTag(repo: string, tag: string, at: number): boolean {
    return this.#run("UPDATE tag SET ended = ? WHERE repo = ? AND name = ? AND ended IS NULL", at, repo, tag) > 0;
  }

  #delete({ repo, digest, at }: Of<"delete">): Outcome {
    const sql = "UPDATE manifest SET deleted = ? WHERE repo = ? AND digest = ? AND deleted IS NULL";
    if (this.#run(sql, at, repo, digest) === 0) return ABSENT;
    this.#run("UPDATE tag SET ended = ? WHERE repo = ? AND digest = ? AND ended IS NULL", at, repo, digest);
    return DONE;
  }

  #restore({ repo, tag, at, actor }: Of<"restore">): Outcome {
    if (this.#has("SELECT 1 FROM tag WHERE repo = ? AND name = ? AND ended IS NULL", repo, tag)) return ABSENT;
    const digest = this.#text(
      `SELECT t.digest FROM tag t JOIN manifest m ON m.repo = t.repo AND m.digest = t.digest
        WHERE t.repo = ? AND t.name = ? ORDER BY t.ended DESC, t.rowid DESC LIMIT 1`,
      repo,
      tag,
    );
    if (digest === undefined) return ABSENT;
    const lost = this.#text(
      `SELECT child FROM reference r WHERE repo = ? AND manifest = ? AND kind = 'blob'
        AND NOT EXISTS (SELECT 1 FROM link l WHERE l.repo = r.repo AND l.digest = r.child)`,
      repo,
      digest,
    );
    if (lost !== undefined) return { kind: "missing", digests: [lost as Digest] };
    this.#run("UPDATE manifest SET deleted = NULL WHERE repo = ? AND digest = ?", repo, digest);
    this.#setTag(repo, tag, { digest, at, actor });
    return DONE;
  }

  /** Makes a change that may be lost. */
  note(note: Note): void {
    switch (note.op) {
      case "lease":
        this.#run(
          "UPDATE link SET lease = max(lease, ?) WHERE repo = ? AND digest = ?",
          note.lease,
          note.repo,
          note.digest,
        );
        return;
      case "pulled":
        this.#run("UPDATE manifest SET pulled = ? WHERE repo = ? AND digest = ?", note.at, note.repo, note.digest);
        return;
      case "session": {
        const { id, repo, algorithm, started } = note.session;
        this.#run("INSERT INTO session VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", id, repo, algorithm, started);
        return;
      }
      default:
        this.#run("DELETE FROM session WHERE id = ?", note.id);
    }
  }
}
