/**
 * The tar reader: however an archive is cut into chunks it reads the same, within its limits, and what it read can be
 * written and read again.
 */
import assert from "node:assert/strict";
import { concatBytes } from "@teu/std/bytes";
import { isTeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { ERRORS } from "@teu/tar/errors";
import { BLOCK_BYTES } from "@teu/tar/header";
import { TarParser } from "@teu/tar/parser";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import { GNU_MAGIC, tarArchive, tarFile, tarHeader, tarLong, tarPax } from "@teu/testing/craft-tar";
import type { FuzzTarget } from "../target.ts";

const LIMITS = {
  maxEntries: 200,
  maxExtensionHeaders: 8,
  maxPaxBytes: 8192,
  maxGlobalPaxBytes: 1024,
  maxNameBytes: 1024,
  maxSparseSegments: 64,
};

export const target: FuzzTarget = {
  name: "tar",
  *seeds() {
    yield tarArchive(...FORMATS);
    yield tarArchive(...EXTENSIONS);
    yield tarArchive(...SPARSE);
  },
  run(input) {
    check(input);
    // Chance does not find checksums.
    check(withChecksums(input));
  },
};

/** What came of reading an archive. */
interface Outcome {
  readonly entries: TarEntry[];
  /** The content of each entry as stored, and where its runs belong. */
  readonly contents: { readonly offset: number; bytes: Uint8Array }[][];
  readonly trailing: number;
  readonly failure: string | undefined;
}

function check(archive: Uint8Array): void {
  const whole = read(archive, archive.length + 1);
  for (const entry of whole.entries) checkEntry(entry, archive.length);
  for (const chunkBytes of [1 + (archive.length % 700), 512]) {
    assert.deepEqual(summarise(read(archive, chunkBytes)), summarise(whole));
  }
  checkSkipping(archive, whole);
  checkRewriting(whole);
}

function read(archive: Uint8Array, chunkBytes: number): Outcome {
  const parser = new TarParser({ limits: LIMITS, concatenated: archive.length % 2 === 1 });
  const entries: TarEntry[] = [];
  const contents: { offset: number; bytes: Uint8Array }[][] = [];
  let trailing = 0;
  let at = 0;
  const step = (): boolean => {
    const event = parser.next();
    if (event === "need" && at >= archive.length) parser.end();
    else if (event === "need") parser.push(archive.slice(at, (at += chunkBytes)));
    else if (event === "entry") {
      entries.push(parser.entry);
      contents.push([]);
    } else if (event === "data") addRun(contents.at(-1) ?? [], parser.dataOffset, parser.data);
    else if (event === "trailing") trailing += parser.data.length;
    return event !== "done";
  };
  const failure = failureOf(() => {
    while (step()) continue;
  });
  return { entries, contents, trailing, failure };
}

function addRun(runs: { offset: number; bytes: Uint8Array }[], offset: number, bytes: Uint8Array): void {
  const last = runs.at(-1);
  if (last !== undefined && last.offset + last.bytes.length === offset) last.bytes = concatBytes([last.bytes, bytes]);
  else runs.push({ offset, bytes });
}

/** The code of the error that `action` throws; throws itself if it is none of the room's. */
function failureOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isTeuError(error) && error.code in ERRORS && error.code !== "ERR_TAR_MISUSE")
      return `${error.code} ${error.message}`;
    throw error;
  }
}

function checkEntry(entry: TarEntry, archiveBytes: number): void {
  const { size, storedSize, mode, uid, gid, mtime, offsets, pax, sparse } = entry;
  for (const number of [size, storedSize, mode, uid, gid, entry.deviceMajor, entry.deviceMinor]) {
    assert.ok(Number.isSafeInteger(number) && number >= 0, `${number}`);
  }
  assert.ok(Number.isSafeInteger(mtime.seconds) && mtime.nanoseconds >= 0 && mtime.nanoseconds < 1e9);
  assert.ok(mode <= 0o7777 && (sparse?.length ?? 0) <= LIMITS.maxSparseSegments);
  for (const name of [entry.name, entry.linkname]) assert.ok(name.length <= LIMITS.maxNameBytes && !name.includes(0));
  const { start, header, data, end } = offsets;
  assert.ok(start <= header && header + BLOCK_BYTES <= data && data <= archiveBytes && data + storedSize <= end);
  const records = [...pax].reduce((total, [key, value]) => total + key.length + value.length, 0);
  assert.ok(records <= LIMITS.maxPaxBytes + LIMITS.maxGlobalPaxBytes);
}

/** An outcome as plain data. */
function summarise({ entries, contents, trailing, failure }: Outcome): unknown {
  const described = entries.map((entry) => {
    const { name, linkname, uname, gname } = entry;
    return [Object.entries(entry), name, linkname, uname, gname, entry.nameText, entry.pax];
  });
  return { entries: described, contents, trailing, failure };
}

/** Entries are the same if their contents are skipped, by reading or by seeking. */
function checkSkipping(archive: Uint8Array, whole: Outcome): void {
  const parser = new TarParser({ limits: LIMITS, concatenated: archive.length % 2 === 1 });
  const entries: TarEntry[] = [];
  let at = 0;
  const feed = (): void => {
    const skipped = Math.max(0, Math.min(parser.skippable, archive.length - at));
    parser.skipped(skipped);
    at += skipped;
    if (at >= archive.length) parser.end();
    else parser.push(archive.slice(at, (at += 600)));
  };
  const failure = failureOf(() => {
    for (let event = parser.next(); event !== "done"; event = parser.next()) {
      if (event === "need") feed();
      if (event === "entry") entries.push(parser.entry);
      if (event === "entry") parser.skip();
    }
  });
  const offsets = (some: readonly TarEntry[]): unknown[] => some.map((entry) => entry.offsets);
  assert.deepEqual([offsets(entries), failure], [offsets(whole.entries), whole.failure]);
}

const WRITABLE: ReadonlySet<string> = new Set([
  "file",
  "hard-link",
  "symlink",
  "character-device",
  "block-device",
  "directory",
  "fifo",
]);
const MAX_EXPANDED = 64 * 1024;

/** What was read is written, read again, and is the same, but for holes and what the writer refuses. */
function checkRewriting(whole: Outcome): void {
  const members: NewMemberSync[] = [];
  for (const [i, entry] of whole.entries.entries()) {
    const content = expand(entry, whole.contents[i] ?? []);
    if (content === undefined || !WRITABLE.has(entry.type)) continue;
    if (failureOf(() => [...writeTarSync([{ entry, content }])]) === undefined) members.push({ entry, content });
  }
  const archive = concatBytes([...writeTarSync(members)]);
  const again = read(archive, archive.length + 1);
  assert.equal(again.failure, undefined);
  assert.deepEqual(
    again.entries.map(essence),
    members.map(({ entry }) => essence(entry as TarEntry)),
  );
  assert.deepEqual(
    again.entries.map((entry, i) => expand(entry, again.contents[i] ?? [])),
    members.map(({ content }) => content),
  );
  const rewritten = again.entries.map((entry, i) => ({
    entry,
    content: expand(entry, again.contents[i] ?? []) ?? archive,
  }));
  assert.deepEqual(concatBytes([...writeTarSync(rewritten)]), archive);
}

/** The whole content, or undefined if it is large or was cut short. */
function expand(entry: TarEntry, runs: Outcome["contents"][number]): Uint8Array | undefined {
  const stored = runs.reduce((total, { bytes }) => total + bytes.length, 0);
  if (entry.size > MAX_EXPANDED || stored !== entry.storedSize) return undefined;
  const content = new Uint8Array(entry.size);
  for (const { offset, bytes } of runs) content.set(bytes, offset);
  return content;
}

function essence(entry: TarEntry): unknown {
  const { type, mode, uid, gid, size, mtime, deviceMajor, deviceMinor, xattrs, name, linkname, uname, gname } = entry;
  const isDirectory = type === "directory" && name.at(-1) !== 0x2f;
  const path = isDirectory ? concatBytes([name, Uint8Array.of(0x2f)]) : name;
  const bytes = [path, linkname, uname, gname].map((value) => Buffer.from(value).toString("hex"));
  return {
    type,
    mode,
    uid,
    gid,
    size,
    mtime,
    deviceMajor,
    deviceMinor,
    xattrs: new Map(xattrs),
    bytes,
  };
}

/** Sets the checksum of every block that has the magic of a header. */
function withChecksums(input: Uint8Array): Uint8Array {
  const output = input.slice();
  for (let at = 0; at + BLOCK_BYTES <= output.length; at += BLOCK_BYTES) {
    const block = output.subarray(at, at + BLOCK_BYTES);
    if (Buffer.from(block.subarray(257, 262)).toString("latin1") !== "ustar") continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
  return output;
}

const FORMATS = [
  tarHeader({ name: "folder/", typeflag: "5", mode: 0o755, mtime: 1_700_000_000 }),
  tarFile({ name: "plain", uname: "root", gname: "root" }, "hello"),
  tarHeader({ name: "hard", typeflag: "1", linkname: "plain" }),
  tarHeader({ name: "link", typeflag: "2", linkname: "/plain", prefix: "folder" }),
  tarHeader({ name: "tty", typeflag: "3", devmajor: 4, devminor: 64 }),
  tarHeader({ name: "pipe", typeflag: "6", magic: GNU_MAGIC, uid: Uint8Array.of(0x80, 0, 0, 0, 0, 0x10, 0, 0) }),
];

const EXTENSIONS = [
  tarPax(
    [
      ["comment", "all"],
      ["gid", "7"],
    ],
    "g",
  ),
  tarPax([
    ["path", "größe"],
    ["mtime", "-1.5"],
    ["size", "5"],
    ["uid", "4294967294"],
    ["SCHILY.xattr.user.a", "b=\n"],
  ]),
  tarFile({ name: "renamed" }, "hello"),
  tarLong("L", "long/".repeat(30)),
  tarLong("K", "target/".repeat(30)),
  tarHeader({ name: "n", typeflag: "2", linkname: "t", magic: GNU_MAGIC }),
  tarPax([["LIBARCHIVE.xattr.user.%C3%BC", "YWI="]]),
  tarHeader({ name: "attributes" }),
];

const SPARSE = [
  tarFile(
    {
      name: "old",
      typeflag: "S",
      magic: GNU_MAGIC,
      raw: { 386: "00000000002 00000000003 00000000007 00000000002 ", 483: "00000000012 " },
    },
    "abcde",
  ),
  tarPax([
    ["GNU.sparse.size", "10"],
    ["GNU.sparse.numblocks", "2"],
    ["GNU.sparse.map", "2,3,7,2"],
  ]),
  tarFile({ name: "records" }, "abcde"),
  tarPax([
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.name", "data"],
    ["GNU.sparse.realsize", "10"],
  ]),
  tarFile({ name: "GNUSparseFile.0/data" }, `${"2\n2\n3\n7\n2\n".padEnd(512, "\0")}abcde`),
];
