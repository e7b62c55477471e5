import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, stat, truncate } from "node:fs/promises";
import { suite, test } from "node:test";
import { TarParser, type TarReadOptions } from "@teu/tar/parser";
import { readTar } from "@teu/tar/read-tar";
import { TarWriter, endOfArchive, writeTarSync } from "@teu/tar/write-tar";
import { assertCode } from "@teu/testing/assert-code";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import {
  type Capability,
  type Facts,
  GNU,
  ODDER_ENTRIES,
  ODD_ENTRIES,
  type OddEntry,
  PAX,
  USTAR,
  V7,
  factsOf,
  readFacts,
  within,
} from "./tar-peers/odd-entries.ts";
import { type DiskFacts, go, python, run } from "./tar-peers/programs.ts";

// Devices, owners and times of any kind can be made by root only.
const NEEDS_DISK = anyOf(needsLinux(), needsRoot(), needsProgram("python3"));

/** A program that makes an archive of files, in one format. */
interface Maker {
  readonly name: string;
  readonly program: string;
  /** Takes the paths to put in from a file, each ended by a NUL. */
  readonly command: (list: string) => readonly string[];
  /** What the format holds, or less where the program falls short of it. */
  readonly can: Capability;
}

const gnu = (format: string, can: Capability, ...options: readonly string[]): Maker => ({
  name: ["GNU tar", format, ...options].join(" "),
  program: "tar",
  command: (list) => ["tar", "-cf", "-", `--format=${format}`, "--no-recursion", ...options, "--null", "-T", list],
  can,
});

const bsd = (format: string, can: Capability): Maker => ({
  name: `bsdtar ${format}`,
  program: "bsdtar",
  command: (list) => ["bsdtar", "-cnf", "-", "--format", format, "--null", "-T", list],
  can,
});

const PAX_WITHOUT_XATTRS: Capability = { ...PAX, xattrs: false };

const MAKERS: readonly Maker[] = [
  gnu("v7", V7),
  gnu("oldgnu", GNU),
  gnu("gnu", GNU),
  gnu("gnu", GNU, "--sparse"),
  gnu("ustar", USTAR),
  gnu("posix", PAX, "--xattrs"),
  gnu("posix", PAX, "--xattrs", "--sparse"),
  gnu("posix", PAX_WITHOUT_XATTRS, "--sparse", "--sparse-version=0.0"),
  gnu("posix", PAX_WITHOUT_XATTRS, "--sparse", "--sparse-version=0.1"),
  gnu("posix", PAX, "--xattrs", "--pax-option=globexthdr.name=/global,comment=all"),
  bsd("ustar", { ...USTAR, maxId: 8 ** 6 - 1, maxDevice: 8 ** 6 - 1 }),
  bsd("gnutar", { ...GNU, maxDevice: 8 ** 6 - 1, minTime: 0, maxTime: 8 ** 11 - 1 }),
  // It writes -1.5 seconds as -2.5.
  bsd("pax", { ...PAX, minFraction: 0 }),
  bsd("rpax", { ...PAX, nanoseconds: false }),
];

// It cuts larger owners, and takes times before 1970 for 1970.
const BUSYBOX: Capability = { ...GNU, maxId: 8 ** 7 - 1, minTime: 0 };

suite("readTar() finds what was put in by", () => {
  for (const maker of MAKERS) {
    test(maker.name, { skip: anyOf(NEEDS_DISK, needsProgram(maker.program)) }, async () => {
      await using dir = await tempDir();
      const entries = within(ODD_ENTRIES, maker.can);
      const archive = await makeArchive(dir, maker, entries);
      assertFacts(await readFacts([archive]), entries.map(factsOf));
    });
  }

  test("busybox tar", { skip: anyOf(NEEDS_DISK, needsProgram("busybox")) }, async () => {
    await using dir = await tempDir();
    const entries = within(ODD_ENTRIES, BUSYBOX);
    await makeFiles(dir, entries);
    const archive = run(["sh", "-c", "exec busybox tar -cf - -- *"], "", dir.join("files"));
    const names = new Set(entries.map(({ name }) => Buffer.from(name).toString("hex")));
    const found = (await readFacts([archive])).filter(({ name }) => names.has(name));
    assertFacts(found, entries.map(factsOf));
  });
});

/** A library that writes and reads archives without files. */
const LIBRARIES = {
  "Python's tarfile": { skip: needsProgram("python3"), peer: python, ustar: USTAR },
  "Go's archive/tar": { skip: needsProgram("go"), peer: go, ustar: { ...USTAR, onlyAscii: true } },
} as const;

suite("readTar() finds what was written by", () => {
  for (const [name, { skip, peer, ustar }] of Object.entries(LIBRARIES)) {
    for (const [format, can] of Object.entries({ ustar, gnu: GNU, pax: PAX })) {
      test(`${name} as ${format}`, { skip }, async () => {
        const entries = within(ODDER_ENTRIES, can);
        assertSame(await readFacts([peer.write(format, entries)]), entries.map(factsOf));
      });
    }
  }
});

/** Our archive of all odd entries. */
function ourArchive(entries: readonly OddEntry[]): Buffer {
  return Buffer.concat([
    ...writeTarSync(
      entries.map((entry) => ({ entry: { ...entry, size: entry.content.length }, content: entry.content })),
    ),
  ]);
}

suite("what writeTarSync() writes is read by", () => {
  for (const [name, { skip, peer }] of Object.entries(LIBRARIES)) {
    test(name, { skip }, () => {
      assertSame(peer.read(ourArchive(ODDER_ENTRIES)), ODDER_ENTRIES.map(factsOf));
    });
  }

  const extractors: Readonly<Record<string, Extractor>> = {
    "GNU tar": { program: "tar", command: ["tar", "-xpf", "-", "--xattrs", "--numeric-owner"], can: PAX },
    // It reads -1.5 seconds as -0.5.
    bsdtar: { program: "bsdtar", command: ["bsdtar", "-xpf", "-", "--numeric-owner"], can: { ...PAX, minFraction: 0 } },
    // It passes over PAX headers, and sets no time of symlinks.
    busybox: {
      program: "busybox",
      command: ["busybox", "tar", "-xf", "-", "--numeric-owner"],
      can: USTAR,
      ignores: (facts) => (facts.type === "symlink" ? { ...facts, mtime: [0, 0] } : facts),
    },
  };
  for (const [name, { program, command, can, ignores = (facts: Facts) => facts }] of Object.entries(extractors)) {
    test(name, { skip: anyOf(NEEDS_DISK, needsProgram(program)) }, async () => {
      await using dir = await tempDir();
      const entries = within(ODD_ENTRIES, can);
      const archive = ourArchive(entries);
      await mkdir(dir.join("out"));
      run(command, archive, dir.join("out"));
      assertOnDisk(python.facts(dir.join("out")), entries, ignores);
    });
  }
});

test("GNU tar lists the names of what writeTarSync() writes", { skip: needsProgram("tar") }, () => {
  const listing = run(["tar", "--quoting-style=literal", "-tf", "-"], ourArchive(ODDER_ENTRIES));
  assert.deepEqual(listing, Buffer.concat(ODDER_ENTRIES.flatMap(({ name }) => [name, Buffer.from("\n")])));
});

suite("GNU tar's own ways", { skip: needsProgram("tar") }, () => {
  test("incremental archives have lists of files and times in the place of the prefix", async () => {
    await using dir = await tempDir();
    await dir.write("d/file", "text");
    const archive = run(["tar", "-cf", "-", `--listed-incremental=${dir.join("snapshot")}`, "d"], "", dir.path);
    const found: string[] = [];
    for await (const { entry, content } of readTar([archive])) {
      const text = Buffer.concat(await Array.fromAsync(content)).toString();
      found.push(`${entry.type} ${entry.nameText} ${JSON.stringify(text)}`);
    }
    assert.deepEqual(found, ['dumpdir d/ "Yfile\\u0000\\u0000"', 'file d/file "text"']);
  });

  test("archives have labels", async () => {
    await using dir = await tempDir();
    await dir.write("file", "");
    const archive = run(["tar", "-cf", "-", "--label=the label", "file"], "", dir.path);
    const found = await Array.fromAsync(readTar([archive]), ({ entry }) => `${entry.type} ${entry.nameText}`);
    assert.deepEqual(found, ["volume-label the label", "file file"]);
  });

  test("archives in several volumes are refused", async () => {
    await using dir = await tempDir();
    await dir.write("file", "x".repeat(30_000));
    run(["tar", "-cM", "-L", "20", "-f", "a.tar", "-f", "b.tar", "file"], "", dir.path);
    const [first, second] = await Promise.all(["a.tar", "b.tar"].map((name) => readFile(dir.join(name))));
    await assertCode(() => Array.fromAsync(readTar([first ?? Buffer.of()])), "ERR_TAR_TRUNCATED");
    await assertCode(() => Array.fromAsync(readTar([second ?? Buffer.of()])), "ERR_TAR_UNSUPPORTED");
  });

  test("archives are concatenated", async () => {
    await using dir = await tempDir();
    await Promise.all(["a", "b"].map((name) => dir.write(name, name)));
    const both = Buffer.concat(["a", "b"].map((name) => run(["tar", "-cf", "-", name], "", dir.path)));
    const names = (options: TarReadOptions): Promise<unknown[]> =>
      Array.fromAsync(readTar([both], options), ({ entry }) => entry.nameText);
    assert.deepEqual(await names({}), ["a"]);
    assert.deepEqual(await names({ concatenated: true }), ["a", "b"]);
    assert.equal(run(["tar", "-itf", "-"], both).toString(), "a\nb\n");
  });
});

const HUGE = 9 * 1024 ** 3;

suite("a file of 9 GiB", () => {
  const makers: Readonly<Record<string, readonly string[]>> = {
    "GNU tar gnu": ["tar", "--format=gnu"],
    "GNU tar posix": ["tar", "--format=posix"],
    "GNU tar gnu --sparse": ["tar", "--format=gnu", "--sparse"],
    "GNU tar posix --sparse": ["tar", "--format=posix", "--sparse"],
    "bsdtar gnutar": ["bsdtar", "--format=gnutar"],
    "bsdtar pax": ["bsdtar", "--format=pax"],
  };
  for (const [name, command] of Object.entries(makers)) {
    test(`keeps its size in the header of ${name}`, { skip: needsProgram(command[0] ?? "") }, async () => {
      await using dir = await tempDir();
      await truncate(await dir.write("huge", ""), HUGE);
      const head = run(["sh", "-c", `${command.join(" ")} -cf - huge 2>/dev/null | head -c 10240`], "", dir.path);
      const parser = new TarParser();
      parser.push(head);
      assert.equal(parser.next(), "entry");
      assert.equal(parser.entry.size, HUGE);
    });
  }

  test(
    "keeps its size in our header, as GNU tar, bsdtar and Python read it",
    { skip: needsProgram("tar", "bsdtar", "python3") },
    async () => {
      await using dir = await tempDir();
      const archive = await dir.write("a.tar", new TarWriter().open({ name: "huge", size: HUGE }));
      await truncate(archive, (await stat(archive)).size + HUGE);
      await appendFile(archive, Buffer.concat([new TarWriter().open({ name: "last" }), endOfArchive()]));
      for (const program of ["tar", "bsdtar"]) {
        const listing = run([program, "-tvf", archive]).toString();
        assert.match(listing, new RegExp(`\\b${HUGE}\\b.* huge\\n.* last\\n$`));
      }
      assert.deepEqual(python.sizes(archive), [HUGE, 0]);
    },
  );
});

/** A program that makes files of an archive. */
interface Extractor {
  readonly program: string;
  readonly command: readonly string[];
  readonly can: Capability;
  /** Takes out what the program does not restore. */
  readonly ignores?: (facts: Facts) => Facts;
}

/** Compares a folder with what was put into the archive. Folders on the way to entries are nobody's concern. */
function assertOnDisk(disk: DiskFacts, entries: readonly OddEntry[], ignores: (facts: Facts) => Facts): void {
  const asFiles = entries.map(factsOf).map((facts) => asOnDisk(facts, entries));
  const names = new Set(asFiles.map(({ name }) => name));
  const found = disk.entries.filter(({ name }) => names.has(name));
  assertFacts(found.map(ignores), asFiles.map(ignores));
  for (const { type, name, linkname } of entries.map(factsOf)) {
    if (type !== "hard-link") continue;
    assert.ok(
      disk.links.some((group) => group.includes(name) && group.includes(linkname)),
      `${name} is no link`,
    );
  }
}

/** A hard link looks like the file that it is a name of. */
function asOnDisk(facts: Facts, entries: readonly OddEntry[]): Facts {
  if (facts.type !== "hard-link") return facts;
  const target = entries.map(factsOf).find(({ name }) => name === facts.linkname);
  return { ...facts, ...target, name: facts.name };
}

async function makeFiles(dir: TempDir, entries: readonly OddEntry[]): Promise<void> {
  await mkdir(dir.join("files"));
  python.make(dir.join("files"), entries);
}

async function makeArchive(dir: TempDir, maker: Maker, entries: readonly OddEntry[]): Promise<Buffer> {
  await makeFiles(dir, entries);
  const list = await dir.write("list", Buffer.concat(entries.flatMap(({ name }) => [name, Buffer.of(0)])));
  return run(maker.command(list), "", dir.join("files"));
}

/** Compares what was found with what was put in, but for the names of owners, which are the machine's. */
function assertFacts(found: readonly Facts[], expected: readonly Facts[]): void {
  const plain = (facts: Facts): Facts => ({ ...facts, uname: "", gname: "" });
  assertSame(found.map(plain), expected.map(plain));
}

/** Shows what differs and no more. */
function assertSame(found: readonly Facts[], expected: readonly Facts[]): void {
  const lines = (facts: readonly Facts[]): string[] => facts.map((one) => JSON.stringify(sortKeys(one)));
  const [foundLines, expectedLines] = [lines(found), lines(expected)];
  const others = (some: readonly string[], all: readonly string[]): string[] => {
    const known = new Set(all);
    return some.filter((line) => !known.has(line));
  };
  assert.deepEqual(others(foundLines, expectedLines), others(expectedLines, foundLines));
  assert.equal(found.length, expected.length);
}

function sortKeys(facts: Facts): object {
  return Object.fromEntries(Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
