/**
 * Makes the archive that tar-read reads: a system's worth of directories, files and links, the same bytes at every run.
 * @module
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { type NewEntry, type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import { Random } from "../../fuzz/random.ts";

/** What was made. */
export interface Generated {
  readonly entries: number;
  readonly bytes: number;
}

const ENTRIES = 80_000;
const TEXT = Uint8Array.from({ length: 4 * 1024 * 1024 }, (_, i) => 32 + ((i * 7919) % 95));

/** Writes the archive to `path`: 80,000 entries, about 1 GB. */
export function generateArchive(path: string): Generated {
  const file = openSync(path, "w");
  let bytes = 0;
  for (const chunk of writeTarSync(members(new Random(1)))) bytes += writeSync(file, chunk);
  closeSync(file);
  return { entries: ENTRIES, bytes };
}

function* members(random: Random): Generator<NewMemberSync> {
  const folders = ["usr/"];
  for (let i = 0; i < ENTRIES; i += 1) {
    const folder = random.pick(folders);
    const kind = random.below(100);
    const common = { uid: 0, gid: 0, uname: "root", gname: "root", mtime: mtime(random) };
    if (kind < 12) {
      const name = `${folder}${word(random)}/`;
      if (name.length < 180) folders.push(name);
      yield { entry: { ...common, name, type: "directory" } };
    } else if (kind < 22) {
      yield {
        entry: { ...common, name: fileName(folder, random), type: "symlink", linkname: `../lib/${word(random)}.so` },
      };
    } else yield makeFile({ ...common, name: fileName(folder, random) }, random);
  }
}

function makeFile(entry: NewEntry, random: Random): NewMemberSync {
  const size = fileSize(random);
  const from = random.below(4096);
  const content = Array.from({ length: Math.ceil(size / CHUNK) }, (_, i) =>
    TEXT.subarray(from, from + Math.min(CHUNK, size - i * CHUNK)),
  );
  return { entry: { ...entry, size, mode: random.below(8) === 0 ? 0o755 : 0o644 }, content };
}

const CHUNK = 2 * 1024 * 1024;

// Sizes as in a distribution: half below 4 KiB, a few of megabytes.
function fileSize(random: Random): number {
  const doublings = 4 + random.below(8) + random.below(4) + (random.below(80) === 0 ? random.below(12) : 0);
  return random.below(20) === 0 ? 0 : 2 ** doublings + random.below(2 ** doublings);
}

// One in eight has a fraction of a second, which takes a PAX header.
function mtime(random: Random): { seconds: number; nanoseconds: number } {
  const nanoseconds = random.below(8) === 0 ? random.below(1_000_000_000) : 0;
  return { seconds: 1_600_000_000 + random.below(100_000_000), nanoseconds };
}

const SYLLABLES = [
  "lib",
  "py",
  "con",
  "fig",
  "doc",
  "ker",
  "net",
  "data",
  "x",
  "test",
  "util",
  "core",
  "js",
  "man",
  "ui",
];

function word(random: Random): string {
  return Array.from({ length: 1 + random.below(4) }, () => random.pick(SYLLABLES)).join("");
}

function fileName(folder: string, random: Random): string {
  return `${folder}${word(random)}-${random.below(100_000)}.${random.pick(["py", "so", "h", "json", "txt", "js"])}`;
}
