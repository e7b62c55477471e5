/**
 * The changes of the metadata, for any database. Each looks first and writes then, inside of a transaction of its caller.
 * Where there are several nodes, the caller holds the repositories that it changes, and rows that repositories share are
 * taken here before they are looked at.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { formatEvent } from "../events/event.ts";
import type { LinkKey, Note, Outcome, Signed } from "./metadata.ts";
import { type Step, type Work, hasRow, lockRow, rowsOf, step, textOf } from "./steps.ts";

const DONE: Outcome = { kind: "done" };
const ABSENT: Outcome = { kind: "absent" };

type Of<Op extends Signed["op"]> = Extract<Signed, { readonly op: Op }>;

/** Makes a change and tells what became of it; nothing was written unless that is `done`. Hooks are told of it later. */
export function* applyChange(change: Signed): Work<Outcome> {
  const outcome = yield* apply(change);
  const { notify = [], at } = change;
  if (outcome.kind === "done" && notify.length > 0) {
    const body = formatEvent(change, crypto.randomUUID());
    yield notify.map((hook) => step("INSERT INTO event (hook, at, body) VALUES (?, ?, ?)", hook, at, body));
  }
  return outcome;
}

function* apply(change: Signed): Work<Outcome> {
  switch (change.op) {
    case "link":
      return yield* link(change);
    case "mount":
      return yield* mount(change);
    case "unlink":
      return yield* unlink(change);
    case "manifest":
      return yield* putManifest(change);
    case "untag":
      return (yield* endTag(change.repo, change.tag, change.at)) ? DONE : ABSENT;
    case "delete":
      return yield* deleteManifest(change);
    default:
      return yield* restore(change);
  }
}

/** The repositories whose links or tags a change looks at. */
export function reposOf(change: Signed): readonly string[] {
  return change.op === "mount" ? [change.repo, change.from] : [change.repo];
}

function* link({ repo, digest, size, lease, at }: Of<"link">): Work<Outcome> {
  yield [
    addRepository(repo, at),
    step(
      `INSERT INTO blob (digest, size) VALUES (?, ?)
        ON CONFLICT (digest) DO UPDATE SET size = excluded.size, doomed = NULL`,
      digest,
      size,
    ),
    addLink(repo, digest, lease),
  ];
  return DONE;
}

function* mount({ repo, digest, from, lease, at }: Of<"mount">): Work<Outcome> {
  yield* lockBlob(digest);
  const found = yield* hasRow(
    "SELECT 1 FROM link l JOIN blob b ON b.digest = l.digest WHERE l.repo = ? AND l.digest = ? AND b.doomed IS NULL",
    from,
    digest,
  );
  if (!found) return ABSENT;
  yield [addRepository(repo, at), addLink(repo, digest, lease)];
  return DONE;
}

function lockBlob(digest: string): Work<void> {
  return lockRow("SELECT 1 FROM blob WHERE digest = ?", digest);
}

function addRepository(repo: string, at: number): Step {
  return step("INSERT INTO repo (name, created) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", repo, at);
}

function addLink(repo: string, digest: string, lease: number): Step {
  return step(
    `INSERT INTO link (repo, digest, lease) VALUES (?, ?, ?) ON CONFLICT (repo, digest) DO UPDATE
      SET lease = CASE WHEN link.lease > excluded.lease THEN link.lease ELSE excluded.lease END`,
    repo,
    digest,
    lease,
  );
}

function* unlink({ repo, digest, at, lost = false }: Of<"unlink">): Work<Outcome> {
  if (!(yield* hasRow("SELECT 1 FROM link WHERE repo = ? AND digest = ?", repo, digest))) return ABSENT;
  const by = lost ? undefined : yield* manifestNaming(repo, digest);
  if (by !== undefined) return { kind: "in-use", by };
  yield* endLink({ repo, digest }, at);
  return DONE;
}

function manifestNaming(repo: string, child: string): Work<string | undefined> {
  return textOf(
    `SELECT r.manifest FROM reference r JOIN manifest m ON m.repo = r.repo AND m.digest = r.manifest
      WHERE r.repo = ? AND r.child = ? AND m.deleted IS NULL LIMIT 1`,
    repo,
    child,
  );
}

/**
 * Takes a blob from a repository, and dooms it if no other has it.
 * @param before The lease has to be over by then, since it may have been renewed meanwhile.
 */
export function* endLink(
  { repo, digest }: LinkKey,
  at: number,
  before: number = Number.MAX_SAFE_INTEGER,
): Work<{ readonly ended: boolean; readonly doomed: boolean }> {
  yield* lockBlob(digest);
  const sql = "DELETE FROM link WHERE repo = ? AND digest = ? AND lease < ? RETURNING digest";
  if (!(yield* hasRow(sql, repo, digest, before))) return { ended: false, doomed: false };
  const doomed = yield* hasRow(
    `UPDATE blob SET doomed = ? WHERE digest = ? AND doomed IS NULL
      AND NOT EXISTS (SELECT 1 FROM link WHERE link.digest = blob.digest) RETURNING digest`,
    at,
    digest,
  );
  return { ended: true, doomed };
}

function* putManifest(change: Of<"manifest">): Work<Outcome> {
  const fixed = yield* fixedTag(change);
  if (fixed !== undefined) return { kind: "fixed", tag: fixed };
  const missing = yield* missingOf(change);
  if (missing.length > 0) return { kind: "missing", digests: missing };
  yield* writeManifest(change);
  const { repo, digest, tags, at, actor } = change;
  for (const tag of tags) yield* setTag(repo, tag, { digest, at, actor });
  return DONE;
}

function* fixedTag({ repo, digest, fixedTags = [] }: Of<"manifest">): Work<string | undefined> {
  const sql = "SELECT 1 FROM tag WHERE repo = ? AND name = ? AND ended IS NULL AND digest <> ?";
  for (const tag of fixedTags) if (yield* hasRow(sql, repo, tag, digest)) return tag;
  return undefined;
}

const HAS = {
  blob: "SELECT 1 FROM link WHERE repo = ? AND digest = ?",
  manifest: "SELECT 1 FROM manifest WHERE repo = ? AND digest = ? AND deleted IS NULL",
} as const;

function* missingOf({ repo, facts, require }: Of<"manifest">): Work<Digest[]> {
  const due = facts.references.filter(
    ({ kind, optional }) => !optional && (require === "all" || (require === "blobs" && kind === "blob")),
  );
  const found = due.length === 0 ? [] : yield due.map(({ kind, digest }) => step(HAS[kind], repo, digest));
  return due.filter((_, index) => found[index]?.length === 0).map(({ digest }) => digest);
}

function* writeManifest({ repo, digest, mediaType, bytes, facts, at }: Of<"manifest">): Work<void> {
  const { subject = null, artifactType = null, annotations } = facts;
  const notes = annotations === undefined ? null : JSON.stringify(annotations);
  yield* lockRow("SELECT 1 FROM content WHERE digest = ?", digest);
  yield [
    addRepository(repo, at),
    step("INSERT INTO content (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", digest, bytes),
    step(
      `INSERT INTO manifest (repo, digest, media_type, size, subject, artifact_type, annotations, pushed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (repo, digest) DO UPDATE SET media_type = excluded.media_type, subject = excluded.subject,
          artifact_type = excluded.artifact_type, annotations = excluded.annotations, pushed = excluded.pushed,
          deleted = NULL`,
      repo,
      digest,
      mediaType,
      bytes.length,
      subject,
      artifactType,
      notes,
      at,
    ),
    step("DELETE FROM reference WHERE repo = ? AND manifest = ?", repo, digest),
    ...facts.references.map(({ digest: child, kind, optional }) =>
      step(
        `INSERT INTO reference (repo, manifest, child, kind) VALUES (?, ?, ?, ?)
          ON CONFLICT (repo, manifest, child) DO NOTHING`,
        repo,
        digest,
        child,
        optional ? "optional" : kind,
      ),
    ),
  ];
}

function* setTag(repo: string, tag: string, state: { digest: string; at: number; actor: string }): Work<void> {
  const { digest, at, actor } = state;
  const sql = "SELECT 1 FROM tag WHERE repo = ? AND name = ? AND ended IS NULL AND digest = ?";
  if (yield* hasRow(sql, repo, tag, digest)) return;
  yield* endTag(repo, tag, at);
  yield [
    step("INSERT INTO tag (repo, name, digest, began, actor) VALUES (?, ?, ?, ?, ?)", repo, tag, digest, at, actor),
  ];
}

function endTag(repo: string, tag: string, at: number): Work<boolean> {
  return hasRow(
    "UPDATE tag SET ended = ? WHERE repo = ? AND name = ? AND ended IS NULL RETURNING digest",
    at,
    repo,
    tag,
  );
}

function* deleteManifest({ repo, digest, at }: Of<"delete">): Work<Outcome> {
  const sql = "UPDATE manifest SET deleted = ? WHERE repo = ? AND digest = ? AND deleted IS NULL RETURNING digest";
  if (!(yield* hasRow(sql, at, repo, digest))) return ABSENT;
  yield [step("UPDATE tag SET ended = ? WHERE repo = ? AND digest = ? AND ended IS NULL", at, repo, digest)];
  return DONE;
}

function* restore({ repo, tag, at, actor }: Of<"restore">): Work<Outcome> {
  if (yield* hasRow("SELECT 1 FROM tag WHERE repo = ? AND name = ? AND ended IS NULL", repo, tag)) return ABSENT;
  const digest = yield* textOf(
    `SELECT t.digest FROM tag t JOIN manifest m ON m.repo = t.repo AND m.digest = t.digest
      WHERE t.repo = ? AND t.name = ? ORDER BY t.ended DESC, t.rowid DESC LIMIT 1`,
    repo,
    tag,
  );
  if (digest === undefined) return ABSENT;
  const lost = yield* textOf(
    `SELECT child FROM reference r WHERE repo = ? AND manifest = ? AND kind = 'blob'
      AND NOT EXISTS (SELECT 1 FROM link l WHERE l.repo = r.repo AND l.digest = r.child)`,
    repo,
    digest,
  );
  if (lost !== undefined) return { kind: "missing", digests: [lost as Digest] };
  yield* rowsOf("UPDATE manifest SET deleted = NULL WHERE repo = ? AND digest = ?", repo, digest);
  yield* setTag(repo, tag, { digest, at, actor });
  return DONE;
}

/** The statement that makes a change that may be lost. */
export function noteStep(note: Note): Step {
  switch (note.op) {
    case "lease":
      return step(
        "UPDATE link SET lease = ? WHERE repo = ? AND digest = ? AND lease < ?",
        note.lease,
        note.repo,
        note.digest,
        note.lease,
      );
    case "pulled":
      return step("UPDATE manifest SET pulled = ? WHERE repo = ? AND digest = ?", note.at, note.repo, note.digest);
    case "session": {
      const { id, repo, algorithm, started } = note.session;
      return step(
        `INSERT INTO session (id, repo, algorithm, started) VALUES (?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET started = excluded.started`,
        id,
        repo,
        algorithm,
        started,
      );
    }
    default:
      return step("DELETE FROM session WHERE id = ?", note.id);
  }
}
