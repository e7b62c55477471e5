/**
 * The tables of the PostgreSQL metadata: those of SQLite, in the words of the other.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { Sql } from "postgres";
import type { RegistryServerErrorCode } from "../errors.ts";

/** Raised by one when tables change. */
const VERSION = 1;

// Names are compared by their bytes, as SQLite does, whatever the language of the database is.
const TABLES = `
CREATE DOMAIN teu_name AS TEXT COLLATE "C";
CREATE TABLE teu_version (version INTEGER NOT NULL);
INSERT INTO teu_version VALUES (${VERSION});
CREATE SEQUENCE journal_place;
CREATE TABLE repo (name teu_name PRIMARY KEY, created BIGINT NOT NULL);
CREATE TABLE blob (digest teu_name PRIMARY KEY, size BIGINT NOT NULL, doomed BIGINT, verified BIGINT);
CREATE INDEX blob_doomed ON blob (doomed) WHERE doomed IS NOT NULL;
CREATE TABLE link (
  repo teu_name NOT NULL, digest teu_name NOT NULL, lease BIGINT NOT NULL, PRIMARY KEY (repo, digest)
);
CREATE INDEX link_digest ON link (digest, repo);
CREATE TABLE content (digest teu_name PRIMARY KEY, bytes BYTEA NOT NULL);
CREATE TABLE manifest (
  repo teu_name NOT NULL, digest teu_name NOT NULL, media_type TEXT NOT NULL, size BIGINT NOT NULL,
  subject teu_name, artifact_type TEXT, annotations TEXT,
  pushed BIGINT NOT NULL, pulled BIGINT, deleted BIGINT, PRIMARY KEY (repo, digest)
);
CREATE INDEX manifest_digest ON manifest (digest);
CREATE INDEX manifest_subject ON manifest (repo, subject, digest) WHERE subject IS NOT NULL;
CREATE INDEX manifest_deleted ON manifest (deleted) WHERE deleted IS NOT NULL;
CREATE TABLE reference (
  repo teu_name NOT NULL, manifest teu_name NOT NULL, child teu_name NOT NULL, kind TEXT NOT NULL,
  PRIMARY KEY (repo, manifest, child)
);
CREATE INDEX reference_child ON reference (repo, child);
CREATE TABLE tag (
  rowid BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  repo teu_name NOT NULL, name teu_name NOT NULL, digest teu_name NOT NULL,
  began BIGINT NOT NULL, ended BIGINT, actor TEXT NOT NULL
);
CREATE UNIQUE INDEX tag_standing ON tag (repo, name) WHERE ended IS NULL;
CREATE INDEX tag_history ON tag (repo, name, began);
CREATE INDEX tag_digest ON tag (repo, digest) WHERE ended IS NULL;
CREATE TABLE event (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hook TEXT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX event_hook ON event (hook, id);
CREATE TABLE session (
  id TEXT PRIMARY KEY, repo TEXT NOT NULL, algorithm TEXT NOT NULL, started BIGINT NOT NULL
);
`;

// Added later.
const ADDED = "CREATE INDEX IF NOT EXISTS tag_time ON tag (repo, began, rowid)";

/** Any number; nodes that start together wait for each other by it. */
const SCHEMA_LOCK = 7_453_201;

/**
 * Makes the tables unless they are there.
 * @throws TeuError `ERR_REGISTRY_DATA` if they are of another version.
 */
export async function prepareTables(sql: Sql): Promise<void> {
  const version = await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
    const [found] = await transaction`SELECT to_regclass('teu_version') IS NOT NULL AS there`;
    if (found?.["there"] !== true) await transaction.unsafe(TABLES);
    await transaction.unsafe(ADDED);
    const [row] = await transaction`SELECT version FROM teu_version`;
    return Number(row?.["version"]);
  });
  if (version === VERSION) return;
  const message = `Opening registry metadata in PostgreSQL: tables of version ${version}, expected ${VERSION}`;
  throw new TeuError<RegistryServerErrorCode>("ERR_REGISTRY_DATA", message);
}
