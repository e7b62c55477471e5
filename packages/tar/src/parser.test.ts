import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { concatBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import { assertCode } from "@teu/testing/assert-code";
import { GNU_MAGIC, tarArchive, tarContent, tarFile, tarHeader, tarLong, tarPax } from "@teu/testing/craft-tar";
import { TarParser, type TarReadOptions } from "./parser.ts";

/** What a reader sees: a line an entry, with its content, and the code of the error that ends it. */
function list(archive: Uint8Array, options: TarReadOptions = {}, chunkBytes: number = archive.length + 1): string[] {
  const parser = new TarParser(options);
  const lines: string[] = [];
  let content = "";
  const finishLine = (): void => {
    if (content !== "") lines.push(`${lines.pop() ?? ""} ${content}`);
    content = "";
  };
  let at = 0;
  try {
    for (let event = parser.next(); event !== "done"; event = parser.next()) {
      if (event === "need" && at >= archive.length) parser.end();
      else if (event === "need") parser.push(archive.slice(at, (at += chunkBytes)));
      else if (event === "entry") lines.push(describe(parser));
      else if (event === "close") finishLine();
      else content += Buffer.from(parser.data).toString("latin1");
    }
    finishLine();
  } catch (error) {
    assert.ok(error instanceof TeuError, String(error));
    finishLine();
    lines.push(error.code);
  }
  return lines;
}

function describe({ entry }: TarParser): string {
  const target = entry.linkname.length > 0 ? ` -> ${entry.linknameText}` : "";
  return `${entry.type} ${entry.nameText}${target}`;
}

const X = tarHeader({ name: "x" });
const AFTER = tarHeader({ name: "after" });
const HIDDEN = tarHeader({ name: "hidden" });
const ZEROS = new Uint8Array(512);

interface Example {
  readonly archive: Uint8Array;
  readonly lines: readonly string[];
  readonly options?: TarReadOptions;
}

/** Where an archive ends, as GNU tar, libarchive, Go and Python agree; where they do not, an error. */
const ENDS: Readonly<Record<string, Example>> = {
  "two blocks of zeros": { archive: tarArchive(X), lines: ["file x"] },
  "no block of zeros": { archive: X, lines: ["file x"] },
  "one block of zeros at the end": { archive: concatBytes([X, ZEROS]), lines: ["file x"] },
  "one block of zeros and more": { archive: concatBytes([X, ZEROS, AFTER]), lines: ["file x", "ERR_TAR_AMBIGUOUS"] },
  "no bytes at all": { archive: new Uint8Array(0), lines: [] },
  "content without its padding": { archive: tarFile({ name: "x" }, "hello").subarray(0, 517), lines: ["file x hello"] },
  "content cut short": {
    archive: tarFile({ name: "x" }, "hello").subarray(0, 516),
    lines: ["file x hell", "ERR_TAR_TRUNCATED"],
  },
  "a header cut short": { archive: concatBytes([X, AFTER.subarray(0, 511)]), lines: ["file x", "ERR_TAR_TRUNCATED"] },
  "an extended header cut short": { archive: tarPax([["a", "b"]]).subarray(0, 515), lines: ["ERR_TAR_TRUNCATED"] },
  "an extended header without an entry": { archive: tarPax([["path", "a"]]), lines: ["ERR_TAR_TRUNCATED"] },
  "an extended header before the zeros": { archive: tarArchive(tarPax([["path", "a"]])), lines: ["ERR_TAR_TRUNCATED"] },
  "a long name before the zeros": { archive: tarArchive(tarLong("L", "a")), lines: ["ERR_TAR_TRUNCATED"] },
  "more bytes behind the zeros": {
    archive: concatBytes([tarArchive(X), new TextEncoder().encode("junk")]),
    lines: ["file x junk"],
  },
  "another archive behind the zeros": {
    archive: concatBytes([tarArchive(X), tarArchive(AFTER)]),
    lines: ["file x", "file after"],
    options: { concatenated: true },
  },
  "zeros between concatenated archives": {
    archive: concatBytes([ZEROS, X, ZEROS, AFTER, tarArchive(), tarArchive(X)]),
    lines: ["file x", "file after", "file x"],
    options: { concatenated: true },
  },
  "junk behind a concatenated archive": {
    archive: concatBytes([tarArchive(X), tarContent("junk")]),
    lines: ["file x", "ERR_TAR_CHECKSUM"],
    options: { concatenated: true },
  },
};

/** Types and sizes, where programs agree and where they do not. */
const TYPES: Readonly<Record<string, Example>> = {
  "a contiguous file": { archive: tarFile({ name: "c", typeflag: "7" }, "data"), lines: ["file c data"] },
  "a file of v7": { archive: tarFile({ name: "v", typeflag: "\0", magic: "" }, "data"), lines: ["file v data"] },
  "a directory of v7": { archive: tarHeader({ name: "d/", typeflag: "\0", magic: "" }), lines: ["directory d/"] },
  "a directory of v7 with a size": {
    archive: tarFile({ name: "d/", typeflag: "\0", magic: "" }, "a"),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a file with a slash": { archive: tarHeader({ name: "d/" }), lines: ["ERR_TAR_AMBIGUOUS"] },
  "a directory with a size": {
    archive: concatBytes([tarHeader({ name: "d/", typeflag: "5", size: 512 }), HIDDEN, AFTER]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a symlink with a size": {
    archive: concatBytes([tarHeader({ name: "s", typeflag: "2", size: 512, linkname: "t" }), HIDDEN]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a fifo with a size": { archive: tarHeader({ name: "p", typeflag: "6", size: 1 }), lines: ["ERR_TAR_AMBIGUOUS"] },
  "a device with a size": { archive: tarHeader({ name: "c", typeflag: "3", size: 1 }), lines: ["ERR_TAR_AMBIGUOUS"] },
  "an old hard link with a size": {
    archive: concatBytes([tarHeader({ name: "l", typeflag: "1", size: 512, linkname: "t" }), AFTER]),
    lines: ["hard-link l -> t", "file after"],
  },
  "a hard link of PAX with a size": {
    archive: concatBytes([
      tarPax([["a", "b"]]),
      tarHeader({ name: "l", typeflag: "1", size: 512, linkname: "t" }),
      HIDDEN,
    ]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "an unknown type": {
    archive: concatBytes([tarFile({ name: "q", typeflag: "Q" }, "data"), AFTER]),
    lines: ["unknown q data", "file after"],
  },
  "a list of files of GNU": {
    archive: tarFile({ name: "d/", typeflag: "D", magic: GNU_MAGIC }, "Yfoo\0\0"),
    lines: ["dumpdir d/ Yfoo\0\0"],
  },
  "a label of GNU": { archive: tarHeader({ name: "v", typeflag: "V", magic: GNU_MAGIC }), lines: ["volume-label v"] },
  "a part of another volume": {
    archive: tarFile({ name: "m", typeflag: "M", magic: GNU_MAGIC }, "rest"),
    lines: ["ERR_TAR_UNSUPPORTED"],
  },
  "a part of another volume by PAX": {
    archive: concatBytes([tarPax([["GNU.volume.offset", "512"]]), X]),
    lines: ["ERR_TAR_UNSUPPORTED"],
  },
  "an extended header of Solaris": {
    archive: concatBytes([tarPax([["path", "s"]], "X"), X]),
    lines: ["ERR_TAR_UNSUPPORTED"],
  },
};

/** Names in two places. */
const NAMES: Readonly<Record<string, Example>> = {
  "a prefix": { archive: tarHeader({ name: "b", prefix: "a" }), lines: ["file a/b"] },
  "a prefix before an empty name": {
    archive: tarHeader({ name: "", prefix: "a", typeflag: "5" }),
    lines: ["directory a/"],
  },
  "a prefix of 155 bytes and a name of 100": {
    archive: tarHeader({ name: "n".repeat(100), prefix: "p".repeat(155) }),
    lines: [`file ${"p".repeat(155)}/${"n".repeat(100)}`],
  },
  "a prefix of star": {
    archive: tarHeader({ name: "b", prefix: "a", raw: { 476: "00000000000 00000000000 ", 508: "tar\0" } }),
    lines: ["file a/b"],
  },
  "text in the place of the prefix of a GNU header": {
    archive: tarHeader({ name: "b", prefix: "dir", magic: GNU_MAGIC }),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a time in the place of the prefix of a GNU header": {
    archive: tarHeader({ name: "b", prefix: "13737357235 ", magic: GNU_MAGIC }),
    lines: ["file b"],
  },
  "a prefix without magic": {
    archive: tarHeader({ name: "b", prefix: "dir", magic: "" }),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a prefix with an odd magic": {
    archive: tarHeader({ name: "b", prefix: "dir", magic: "ustar 00" }),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a long name and link of GNU": {
    archive: concatBytes([
      tarLong("K", "t".repeat(200)),
      tarLong("L", "n".repeat(300)),
      tarHeader({ name: "n", typeflag: "2", linkname: "t", magic: GNU_MAGIC }),
    ]),
    lines: [`symlink ${"n".repeat(300)} -> ${"t".repeat(200)}`],
  },
  "two long names": { archive: concatBytes([tarLong("L", "a"), tarLong("L", "b"), X]), lines: ["ERR_TAR_AMBIGUOUS"] },
  "two PAX headers": {
    archive: concatBytes([tarPax([["path", "a"]]), tarPax([["mtime", "1"]]), X]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a long name beyond its size": {
    archive: concatBytes([tarHeader({ name: "L", typeflag: "L", size: 3 }), tarContent("abcdef"), X]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a long name without a NUL": {
    archive: concatBytes([tarHeader({ name: "L", typeflag: "L", size: 3 }), tarContent("abc"), X]),
    lines: ["file abc"],
  },
  "a long name of a whole block": {
    archive: concatBytes([tarHeader({ name: "L", typeflag: "L", size: 512 }), tarContent("n".repeat(512)), X]),
    lines: [`file ${"n".repeat(512)}`],
  },
  "an empty long name": { archive: concatBytes([tarLong("L", ""), X]), lines: ["ERR_TAR_AMBIGUOUS"] },
  "a long name that differs from that of PAX": {
    archive: concatBytes([tarLong("L", "a"), tarPax([["path", "b"]]), X]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a long name that is that of PAX": {
    archive: concatBytes([tarPax([["path", "a"]]), tarLong("L", "a"), X]),
    lines: ["file a"],
  },
  "a PAX size before a long name, which it does not concern": {
    archive: concatBytes([tarPax([["size", "1024"]]), tarLong("L", "n"), X, HIDDEN, HIDDEN, AFTER]),
    lines: [`file n ${Buffer.from(concatBytes([HIDDEN, HIDDEN])).toString("latin1")}`, "file after"],
  },
  "a PAX size of nothing for a header with a size": {
    archive: concatBytes([tarPax([["size", "0"]]), tarHeader({ name: "x", size: 512 }), AFTER]),
    lines: ["file x", "file after"],
  },
  "a slash at the end of a PAX path": {
    archive: concatBytes([tarPax([["path", "d/"]]), X]),
    lines: ["ERR_TAR_AMBIGUOUS"],
  },
  "a record given twice": {
    archive: concatBytes([
      tarPax([
        ["path", "a"],
        ["path", "b"],
      ]),
      X,
    ]),
    lines: ["file b"],
  },
  "an empty record": { archive: concatBytes([tarPax([["path", ""]]), X]), lines: ["file x"] },
  "a NUL in a PAX path": { archive: concatBytes([tarPax([["path", "a\0b"]]), X]), lines: ["ERR_TAR_PAX"] },
  "a global path": { archive: concatBytes([tarPax([["path", "a"]], "g"), X]), lines: ["ERR_TAR_AMBIGUOUS"] },
  "a global size": { archive: concatBytes([tarPax([["size", "0"]], "g"), X]), lines: ["ERR_TAR_AMBIGUOUS"] },
};

for (const [title, examples] of Object.entries({ ends: ENDS, types: TYPES, names: NAMES })) {
  suite(`TarParser: ${title}`, () => {
    for (const [name, { archive, lines, options }] of Object.entries(examples)) {
      test(name, () => {
        assert.deepEqual(list(archive, options), lines);
        for (const chunkBytes of [1, 7, 511, 512, 513, 1024])
          assert.deepEqual(list(archive, options, chunkBytes), lines);
      });
    }
  });
}

const BAD_FIELDS = [
  ["size", "-0000000001\0"],
  ["size", Uint8Array.of(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0)],
  ["size", Uint8Array.of(0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255)],
  ["size", Uint8Array.of(0x80, 0, 0, 0, 0, 0x1f, 255, 255, 255, 255, 255, 255)],
  ["size", "1 2\0"],
  ["uid", "00x0000\0"],
  ["uid", "\x00000012\0"],
  ["uid", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254)],
  ["gid", "8"],
  ["mode", "rw-r--r-"],
  ["mtime", "1.5"],
  ["devmajor", "x"],
  ["devminor", "8"],
] as const;

for (const [field, value] of BAD_FIELDS) {
  test(`TarParser refuses the ${field} ${JSON.stringify(typeof value === "string" ? value : [...value])}`, () => {
    assert.deepEqual(list(concatBytes([tarHeader({ name: "x", [field]: value }), AFTER])), ["ERR_TAR_NUMBER"]);
  });
}

const BAD_RECORDS = [
  ["size", "-1"],
  ["size", "1.0"],
  ["size", "9007199254740992"],
  ["size", "9007199254740991"],
  ["uid", "-2"],
  ["gid", "1e3"],
  ["mtime", "1.5.5"],
  ["mtime", "x"],
  ["mtime", "-"],
] as const;

for (const [key, value] of BAD_RECORDS) {
  test(`TarParser refuses the PAX record ${key}=${value}`, () => {
    assert.deepEqual(list(concatBytes([tarPax([[key, value]]), X])), ["ERR_TAR_NUMBER"]);
  });
}

test("TarParser refuses wrong numbers also in extended headers, and under records that have their place", () => {
  for (const field of ["mode", "uid", "gid", "mtime", "devmajor"]) {
    assert.deepEqual(list(concatBytes([tarHeader({ typeflag: "x", [field]: "x" }), X])), ["ERR_TAR_NUMBER"]);
  }
  const records = tarPax([
    ["uid", "1"],
    ["size", "0"],
    ["mtime", "1"],
  ]);
  for (const field of ["uid", "size", "mtime"]) {
    assert.deepEqual(list(concatBytes([records, tarHeader({ name: "x", [field]: "x" })])), ["ERR_TAR_NUMBER"]);
  }
});

test("TarParser takes checksums of signed and of unsigned bytes, and no other", () => {
  const unsigned = tarHeader({ name: Uint8Array.of(0xe9) });
  const sum = Number.parseInt(Buffer.from(unsigned.subarray(148, 154)).toString(), 8);
  const withSum = (value: number): Uint8Array =>
    tarHeader({ name: Uint8Array.of(0xe9), chksum: `${value.toString(8).padStart(6, "0")}\0 ` });
  assert.deepEqual(list(withSum(sum)), ["file undefined"]);
  assert.deepEqual(list(withSum(sum - 256)), ["file undefined"]);
  for (const other of [sum - 1, sum + 1, sum + 256, sum - 512, 0]) {
    assert.deepEqual(list(withSum(other)), ["ERR_TAR_CHECKSUM"]);
  }
});

test("TarParser throws the same error again, and names the place in it", () => {
  const parser = new TarParser();
  parser.push(concatBytes([X, tarHeader({ name: "bad", uid: "z" })]));
  assert.equal(parser.next(), "entry");
  assert.equal(parser.next(), "close");
  const error = assertCode(() => parser.next(), "ERR_TAR_NUMBER");
  assert.equal(
    error.message,
    'Reading tar entry "bad" at offset 512: uid: not a number, expected a whole number from 0 to 9007199254740991',
  );
  assert.throws(
    () => parser.next(),
    (again) => again === error,
  );
});

test("TarParser refuses to be driven out of order", () => {
  const parser = new TarParser();
  assertCode(() => parser.entry, "ERR_TAR_MISUSE");
  parser.push(X);
  assertCode(() => parser.push(X), "ERR_TAR_MISUSE");
  parser.next();
  assertCode(() => parser.skipped(1), "ERR_TAR_MISUSE");
  parser.end();
  assertCode(() => parser.push(X), "ERR_TAR_MISUSE");
});

test("TarParser lets a source pass over what is skipped", () => {
  const archive = concatBytes([tarFile({ name: "big" }, "b".repeat(1300)), tarArchive(AFTER)]);
  const parser = new TarParser();
  parser.push(archive.subarray(0, 700));
  assert.equal(parser.next(), "entry");
  assert.equal(parser.skippable, 0);
  parser.skip();
  assert.equal(parser.next(), "need");
  assert.equal(parser.skippable, 512 + 1536 - 700);
  parser.skipped(1000);
  assert.equal(parser.skippable, 348);
  parser.skipped(200);
  assert.equal(parser.next(), "close");
  assert.equal(parser.next(), "need");
  assert.equal(parser.skippable, 148);
  parser.skipped(148);
  parser.push(archive.subarray(512 + 1536));
  assert.equal(parser.next(), "entry");
  assert.deepEqual(parser.entry.offsets, { start: 2048, header: 2048, data: 2560, end: 2560 });
});

test("TarParser tells where entries lie, so that their bytes can be copied exactly", () => {
  const first = concatBytes([tarPax([["comment", "c"]]), tarFile({ name: "a" }, "hello")]);
  const second = concatBytes([tarLong("L", "b"), tarHeader({ name: "b" })]);
  const archive = tarArchive(first, tarPax([["comment", "g"]], "g"), second);
  const parser = new TarParser();
  parser.push(archive);
  parser.end();
  const places: unknown[] = [];
  for (let event = parser.next(); event !== "done"; event = parser.next()) {
    if (event === "entry") places.push(parser.entry.offsets);
  }
  assert.deepEqual(places, [
    { start: 0, header: 1024, data: 1536, end: 2048 },
    { start: 3072, header: 4096, data: 4608, end: 4608 },
  ]);
});

test("TarParser applies global PAX records until others replace or remove them, or ignores them", () => {
  const archive = tarArchive(
    tarPax(
      [
        ["uid", "7"],
        ["comment", "all"],
      ],
      "g",
    ),
    X,
    tarPax([["uid", "8"]]),
    X,
    tarPax([["uid", ""]]),
    X,
    tarPax([["comment", ""]], "g"),
    X,
  );
  const read = (globalPax: "apply" | "ignore"): unknown[] => {
    const parser = new TarParser({ globalPax });
    const found: unknown[] = [];
    parser.push(archive);
    parser.end();
    for (let event = parser.next(); event !== "done"; event = parser.next()) {
      if (event === "entry") found.push([parser.entry.uid, parser.entry.pax.has("comment")]);
    }
    return found;
  };
  assert.deepEqual(read("apply"), [
    [7, true],
    [8, true],
    [0, true],
    [7, false],
  ]);
  assert.deepEqual(read("ignore"), [
    [0, false],
    [8, false],
    [0, false],
    [0, false],
  ]);
});
