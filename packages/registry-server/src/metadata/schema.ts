/**
 * The tables of the SQLite metadata.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { TeuError } from "@teu/std/error";
import type { RegistryServerErrorCode } from "../errors.ts";

/** Raised by one when tables change; the database is then made anew from the journal. */
const VERSION = 1;

// A doomed blob has no link, so reads that go through links never see one. A manifest that was deleted keeps its row and
// its references until it is purged: until then it can be restored.
const TABLES = `
CREATE TABLE repo (name TEXT PRIMARY KEY, created INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE blob (
  digest TEXT PRIMARY KEY, size INTEGER NOT NULL, doomed INTEGER, verified INTEGER
) WITHOUT ROWID, STRICT;
CREATE INDEX blob_doomed ON blob (doomed) WHERE doomed IS NOT NULL;
CREATE TABLE link (
  repo TEXT NOT NULL, digest TEXT NOT NULL, lease INTEGER NOT NULL, PRIMARY KEY (repo, digest)
) WITHOUT ROWID, STRICT;
CREATE INDEX link_digest ON link (digest, repo);
CREATE TABLE content (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE manifest (
  repo TEXT NOT NULL, digest TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL,
  subject TEXT, artifact_type TEXT, annotations TEXT,
  pushed INTEGER NOT NULL, pulled INTEGER, deleted INTEGER, PRIMARY KEY (repo, digest)
) WITHOUT ROWID, STRICT;
CREATE INDEX manifest_digest ON manifest (digest);
CREATE INDEX manifest_subject ON manifest (repo, subject, digest) WHERE subject IS NOT NULL;
CREATE INDEX manifest_deleted ON manifest (deleted) WHERE deleted IS NOT NULL;
CREATE TABLE reference (
  repo TEXT NOT NULL, manifest TEXT NOT NULL, child TEXT NOT NULL, kind TEXT NOT NULL,
  PRIMARY KEY (repo, manifest, child)
) WITHOUT ROWID, STRICT;
CREATE INDEX reference_child ON reference (repo, child);
CREATE TABLE tag (
  repo TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
  began INTEGER NOT NULL, ended INTEGER, actor TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX tag_standing ON tag (repo, name) WHERE ended IS NULL;
CREATE INDEX tag_history ON tag (repo, name, began);
CREATE INDEX tag_digest ON tag (repo, digest) WHERE ended IS NULL;
CREATE TABLE session (
  id TEXT PRIMARY KEY, repo TEXT NOT NULL, algorithm TEXT NOT NULL, started INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
`;

// Added later. It takes nothing from what was there, so that it needs no version of its own.
const ADDED = `
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_hook ON event (hook, id);
CREATE INDEX IF NOT EXISTS tag_time ON tag (repo, began);
`;

/**
 * Opens the database in the file `path`, or one in memory for `:memory:`, and makes its tables.
 * @throws TeuError `ERR_REGISTRY_DATA` if its tables are of another version.
 */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  // Memory is bounded. Whoever commits syncs the log and moves it into the database, off the thread; SQLite itself does so
  // only where that fails.
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;
    PRAGMA wal_autocheckpoint = 65536; PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;`);
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version === VERSION) {
    database.exec(ADDED);
    return database;
  }
  if (version !== 0) {
    database.close();
    const message = `Opening registry metadata "${path}": tables of version ${version}, expected ${VERSION}`;
    throw new TeuError<RegistryServerErrorCode>("ERR_REGISTRY_DATA", message, {
      hint: "teu registry rebuild makes them anew from the journal",
    });
  }
  database.exec(`BEGIN IMMEDIATE; ${TABLES} ${ADDED} PRAGMA user_version = ${VERSION}; COMMIT`);
  return database;
}

/** Opens the database in the file `path`, which has its tables, a second time to read what was committed. */
export function openReader(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec("PRAGMA cache_size = -8192; PRAGMA mmap_size = 33554432; PRAGMA busy_timeout = 5000;");
  return database;
}
