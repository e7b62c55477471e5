/**
 * The Release file of an archive: when it was made, how long it counts, and the hashes of its indexes.
 * @see {@link https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { parseStanzas } from "../deb/stanza.ts";

/** A file that a Release file lists. */
export interface ListedFile {
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
}

/** A Release file. */
export interface Release {
  readonly suite: string;
  readonly codename: string;
  readonly origin: string;
  readonly label: string;
  /** Version of the distribution, such as `12.15`; may be empty. */
  readonly version: string;
  /** When it was made, in seconds since 1970. */
  readonly dateSeconds: number;
  /** When it ends to count; nothing for never. */
  readonly validUntilSeconds: number | undefined;
  /** Whether files are also found by their hashes, so that a change in between does no harm. */
  readonly byHash: boolean;
  /** How much its packages are preferred: 500; less for those that nobody gets without asking. */
  readonly priority: number;
  /** Whether packages for all architectures have an index of their own. */
  readonly indexesAll: boolean;
  /** The indexes by their paths. */
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** Reads a Release file. @throws TeuError `ERR_APT_ARCHIVE` */
export function parseRelease(text: string, label: string): Release {
  const [stanza] = parseStanzas(text);
  const field = (name: string): string => stanza?.get(name) ?? "";
  const dateSeconds = parseDate(field("date"));
  if (dateSeconds === undefined) throw releaseInvalid(label, "it has no date, expected a field Date");
  const files = parseFiles(field("sha256"));
  if (files.size === 0) throw releaseInvalid(label, "it lists no files with SHA-256");
  const until = field("valid-until");
  const validUntilSeconds = parseDate(until);
  if (until !== "" && validUntilSeconds === undefined) {
    throw releaseInvalid(label, `its field Valid-Until is "${until}", expected a date`);
  }
  const architectures = field("architectures").split(/\s+/);
  return {
    suite: field("suite"),
    codename: field("codename"),
    origin: field("origin"),
    label: field("label"),
    version: field("version"),
    dateSeconds,
    validUntilSeconds,
    byHash: field("acquire-by-hash") === "yes",
    priority: priorityOf(field("notautomatic"), field("butautomaticupgrades")),
    indexesAll: architectures.includes("all") && field("no-support-for-architecture-all") !== "Packages",
    files,
  };
}

function priorityOf(notAutomatic: string, butUpgrades: string): number {
  if (notAutomatic !== "yes") return 500;
  return butUpgrades === "yes" ? 100 : 1;
}

/** Dates stand there as in mail, in UTC. */
function parseDate(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2}, +\d{1,2} [A-Z][a-z]{2} \d{4} +\d{1,2}:\d\d:\d\d (UTC|GMT|[+-]0000)$/.test(text))
    return undefined;
  const ms = Date.parse(text.replace(/UTC$/, "GMT"));
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

function parseFiles(text: string): ReadonlyMap<string, ListedFile> {
  const files = new Map<string, ListedFile>();
  for (const line of text.split("\n")) {
    const [, sha256 = "", size = "", path = ""] = /^\s*([0-9a-f]{64})\s+(\d{1,15})\s+(\S+)$/.exec(line) ?? [];
    if (path !== "") files.set(path, { sha256, size: Number(size) });
  }
  return files;
}

function releaseInvalid(label: string, problem: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_APT_ARCHIVE", `Reading "${label}": ${problem}`);
}

/** What the time of a Release file is held against. */
export interface Freshness {
  readonly nowSeconds: number;
  readonly checkValidUntil: boolean;
  readonly checkDate: boolean;
  /** Most seconds that it counts after its date; nothing for no bound but its own. */
  readonly maxAgeSeconds: number | undefined;
  /** The date of the one seen last; nothing if none was. */
  readonly lastSeconds: number | undefined;
}

// Clocks are not exact; apt allows as much.
const CLOCK_SECONDS = 10;

/** Holds a Release file against the time. @throws TeuError `ERR_ARCHIVE_STALE` */
export function checkFreshness(release: Release, label: string, freshness: Freshness): void {
  const { dateSeconds } = release;
  const { nowSeconds, lastSeconds, maxAgeSeconds } = freshness;
  const ends = [release.validUntilSeconds, maxAgeSeconds === undefined ? undefined : dateSeconds + maxAgeSeconds];
  const end = Math.min(...ends.filter((value) => value !== undefined));
  if (freshness.checkDate && dateSeconds > nowSeconds + CLOCK_SECONDS) {
    throw stale(label, `it is of ${show(dateSeconds)}, which is yet to come`, "check the clock of this machine");
  }
  if (freshness.checkValidUntil && nowSeconds > end) {
    throw stale(label, `it expired at ${show(end)}`, "use a mirror that is up to date");
  }
  if (lastSeconds !== undefined && dateSeconds < lastSeconds) {
    const hint = "if the mirror is right, remove releases.json from the folder for downloads";
    throw stale(label, `it is of ${show(dateSeconds)}, and one of ${show(lastSeconds)} was seen before`, hint);
  }
}

function stale(label: string, problem: string, hint: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_ARCHIVE_STALE", `Reading "${label}": ${problem}`, { hint });
}

function show(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
