/**
 * rpm's database of installed packages, as SQLite keeps it.
 * @see {@link https://rpm-software-management.github.io/rpm/manual/format_header.html}
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import type { ReadPackage } from "./package-files.ts";

/** Reads the packages of a `rpmdb.sqlite`. @throws TeuError `ERR_DATABASE_INVALID` */
export async function readRpmDatabase(bytes: Uint8Array): Promise<readonly ReadPackage[]> {
  const folder = await mkdtemp(join(tmpdir(), "teu-rpm-"));
  try {
    const path = join(folder, "rpmdb.sqlite");
    // SQLite looks for a log beside a database that says it has one, and there is none.
    const copy = new Uint8Array(bytes);
    copy.set([1, 1], 18);
    await writeFile(path, copy, { mode: 0o600 });
    using database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare("SELECT blob FROM Packages").all();
    return rows.flatMap(({ blob }) => (blob instanceof Uint8Array ? readHeader(blob) : []));
  } catch (error) {
    if (error instanceof TeuError) throw error;
    throw invalid((error as Error).message, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const TAG = { name: 1000, version: 1001, release: 1002, epoch: 1003, licence: 1014, arch: 1022, source: 1044 } as const;
const INT32 = 4;
const ENTRY_BYTES = 16;
const MAX_ENTRIES = 65_536;

/** Reads one header: the number of entries, that of data bytes, the entries, the data. */
function readHeader(header: Uint8Array): readonly ReadPackage[] {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  if (bytes.length < 8) throw invalid("a header is too short");
  const count = bytes.readUInt32BE(0);
  const data = 8 + count * ENTRY_BYTES;
  if (count > MAX_ENTRIES || data > bytes.length) throw invalid(`a header has ${count} entries`);
  const values = new Map<number, string>();
  for (let at = 8; at < data; at += ENTRY_BYTES) {
    const [tag, type, offset] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4), data + bytes.readUInt32BE(at + 8)];
    if (!(Object.values(TAG) as readonly number[]).includes(tag) || offset >= bytes.length) continue;
    if (type !== INT32) values.set(tag, bytes.toString("utf8", offset, endOfText(bytes, offset)));
    else if (offset + 4 <= bytes.length) values.set(tag, String(bytes.readUInt32BE(offset)));
  }
  return packageOf(values);
}

function endOfText(bytes: Buffer, offset: number): number {
  const end = bytes.indexOf(0, offset);
  return end < 0 ? bytes.length : end;
}

function packageOf(values: ReadonlyMap<number, string>): readonly ReadPackage[] {
  const [name, version, release = "", epoch] = [TAG.name, TAG.version, TAG.release, TAG.epoch].map((tag) =>
    values.get(tag),
  );
  // Keys that packages are signed with are kept as packages, too.
  if (name === undefined || version === undefined || name === "gpg-pubkey") return [];
  const full = `${epoch === undefined || epoch === "0" ? "" : `${epoch}:`}${version}-${release}`;
  const source = /^(.+)-([^-]+-[^-]+)\.src\.rpm$/.exec(values.get(TAG.source) ?? "");
  const [architecture, licence] = [values.get(TAG.arch), values.get(TAG.licence)];
  return [
    {
      kind: "rpm",
      name,
      version: full,
      ...(source === null ? {} : { source: { name: source[1] ?? name, version: source[2] ?? full } }),
      ...(architecture === undefined ? {} : { architecture }),
      ...(licence === undefined ? {} : { licence }),
    },
  ];
}

function invalid(problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_DATABASE_INVALID", `Reading a database of rpm: ${problem}`, { cause });
}
