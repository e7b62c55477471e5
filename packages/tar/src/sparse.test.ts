import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { GNU_MAGIC, tarArchive, tarContent, tarFile, tarHeader, tarPax } from "@teu/testing/craft-tar";
import { TarParser } from "./parser.ts";
import { readTar } from "./read-tar.ts";

type Segments = readonly (readonly [offset: number | string, length: number | string])[];

const octal = (value: number | string): string =>
  typeof value === "string" ? value : `${value.toString(8).padStart(11, "0")} `;

/** Segments as old GNU headers hold them. */
function oldSegments(segments: Segments): string {
  return segments.map(([offset, length]) => octal(offset) + octal(length)).join("");
}

/** A sparse file in an old GNU header: four segments in the header, 21 in each block behind it. */
function oldSparse(segments: Segments, realSize: number | string, data: string): Uint8Array {
  const raw = {
    386: oldSegments(segments.slice(0, 4)),
    482: segments.length > 4 ? "\u0001" : "\0",
    483: octal(realSize),
  };
  const blocks = [];
  for (let at = 4; at < segments.length; at += 21) {
    const text = oldSegments(segments.slice(at, at + 21)).padEnd(504, "\0");
    blocks.push(tarContent(`${text}${segments.length > at + 21 ? "\u0001" : "\0"}`));
  }
  const header = tarHeader({ name: "s", typeflag: "S", magic: GNU_MAGIC, size: data.length, raw });
  return concatBytes([header, ...blocks, tarContent(data)]);
}

/** Version 1.0: the map in front of the data. */
function dataSparse(map: string, realSize: string, data: string): Uint8Array {
  const records = [
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.name", "s"],
    ["GNU.sparse.realsize", realSize],
  ] as const;
  return concatBytes([
    tarPax(records),
    tarFile({ name: "GNUSparseFile.0/s" }, concatBytes([tarContent(map), tarContent(data).subarray(0, data.length)])),
  ]);
}

/** Versions 0.0 and 0.1: the map in records. The number of segments is added where it is not given. */
function recordSparse(records: readonly (readonly [string, string])[], data: string): Uint8Array {
  const list = records.find(([key]) => key === "map")?.[1].split(",").length ?? 0;
  const pairs = records.filter(([key]) => key === "offset").length + list / 2;
  const hasCount = records.some(([key]) => key === "numblocks");
  const all = hasCount ? records : [...records, ["numblocks", String(pairs)] as const];
  return concatBytes([
    tarPax(all.map(([key, value]) => [`GNU.sparse.${key}`, value] as const)),
    tarFile({ name: "s" }, data),
  ]);
}

const MANY: Segments = Array.from({ length: 50 }, (_, i) => [i * 4, 1]);
const TWO = {
  data: "abcde",
  expanded: "\0\0abc\0\0de\0",
  segments: [
    { offset: 2, length: 3 },
    { offset: 7, length: 2 },
  ],
};

const GOOD: Readonly<Record<string, Uint8Array>> = {
  "an old GNU header": oldSparse(
    [
      [2, 3],
      [7, 2],
      [10, 0],
    ],
    10,
    TWO.data,
  ),
  "PAX 0.0": recordSparse(
    [
      ["size", "10"],
      ["numblocks", "2"],
      ["offset", "2"],
      ["numbytes", "3"],
      ["offset", "7"],
      ["numbytes", "2"],
    ],
    TWO.data,
  ),
  "PAX 0.1": recordSparse(
    [
      ["size", "10"],
      ["numblocks", "2"],
      ["map", "2,3,7,2"],
      ["name", "s"],
    ],
    TWO.data,
  ),
  "PAX 0.1 with its version": recordSparse(
    [
      ["major", "0"],
      ["minor", "1"],
      ["realsize", "10"],
      ["map", "2,3,7,2"],
    ],
    TWO.data,
  ),
  "PAX 1.0": dataSparse("2\n2\n3\n7\n2\n", "10", TWO.data),
};

suite("readTar() reads sparse files", () => {
  for (const [name, file] of Object.entries(GOOD)) {
    test(`of ${name}`, async () => {
      const archive = tarArchive(file, tarHeader({ name: "after" }));
      for (const chunkBytes of [1, 100, 512, archive.length]) await checkTwo(archive, chunkBytes);
    });
  }
});

async function checkTwo(archive: Uint8Array, chunkBytes: number): Promise<void> {
  const names: unknown[] = [];
  for await (const { entry, content } of readTar(chunks(archive, chunkBytes))) {
    names.push(entry.nameText);
    if (entry.nameText !== "s") continue;
    assert.deepEqual(entry.sparse, TWO.segments);
    assert.deepEqual([entry.size, entry.storedSize], [10, 5]);
    assert.equal(Buffer.concat(await Array.fromAsync(content)).toString("latin1"), TWO.expanded);
  }
  assert.deepEqual(names, ["s", "after"]);
}

function* chunks(bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
}

test("readTar() gives the data of a sparse file without its holes, where they belong", async () => {
  const archive = tarArchive(
    oldSparse(
      [
        [2, 3],
        [2 ** 30, 2],
      ],
      2 ** 31 - 1,
      "abcde",
    ),
  );
  for await (const { entry, data } of readTar([archive])) {
    assert.equal(entry.size, 2 ** 31 - 1);
    const runs = await Array.fromAsync(data, ({ offset, bytes }) => [offset, Buffer.from(bytes).toString()]);
    assert.deepEqual(runs, [
      [2, "abc"],
      [2 ** 30, "de"],
    ]);
  }
});

test("TarParser reads maps of many blocks, and files that are all hole", () => {
  const parser = new TarParser();
  const lines = Array.from(MANY, ([offset, length]) => `${offset}\n${length}\n`).join("");
  parser.push(
    tarArchive(
      oldSparse(MANY, 200, "x".repeat(50)),
      dataSparse(`50\n${lines}`, "200", "x".repeat(50)),
      oldSparse([[100, 0]], 100, ""),
      dataSparse("0\n", "100", ""),
    ),
  );
  parser.end();
  const seen: unknown[] = [];
  for (let event = parser.next(); event !== "done"; event = parser.next()) {
    if (event === "entry") seen.push([parser.entry.sparse?.length, parser.entry.size, parser.entry.storedSize]);
  }
  assert.deepEqual(seen, [
    [50, 200, 50],
    [50, 200, 50],
    [0, 100, 0],
    [0, 100, 0],
  ]);
});

const LONG_LINE = `1${"0".repeat(17)}\n`;
const ENDLESS = `600\n${"0\n0\n".repeat(600)}`;

const BAD: Readonly<Record<string, Uint8Array>> = {
  "segments that overlap": oldSparse(
    [
      [0, 3],
      [2, 2],
    ],
    10,
    "abcde",
  ),
  "segments that go backwards": oldSparse(
    [
      [5, 3],
      [2, 2],
    ],
    10,
    "abcde",
  ),
  "segments behind the end": oldSparse(
    [
      [0, 3],
      [9, 2],
    ],
    10,
    "abcde",
  ),
  "less data than segments": oldSparse(
    [
      [0, 3],
      [5, 2],
    ],
    10,
    "abcd",
  ),
  "more data than segments": oldSparse(
    [
      [0, 3],
      [5, 2],
    ],
    10,
    "abcdef",
  ),
  "an offset that is no number": oldSparse([["x0000000001 ", 3]], 10, "abc"),
  "a negative length": oldSparse([[0, "-0000000001 "]], 10, ""),
  "a real size below the data": oldSparse([[0, 5]], 4, "abcde"),
  "an unknown version": recordSparse(
    [
      ["major", "2"],
      ["minor", "0"],
      ["realsize", "10"],
    ],
    "",
  ),
  "no number of segments": recordSparse(
    [
      ["size", "10"],
      ["map", "0,1"],
      ["numblocks", ""],
    ],
    "a",
  ),
  "another number of segments": recordSparse(
    [
      ["size", "10"],
      ["map", "0,1"],
      ["numblocks", "2"],
    ],
    "a",
  ),
  "no size": recordSparse([["map", "0,1"]], "a"),
  "an odd list": recordSparse(
    [
      ["size", "10"],
      ["map", "0,1,2"],
    ],
    "a",
  ),
  "a list with a gap": recordSparse(
    [
      ["size", "10"],
      ["map", "0,,2,3"],
    ],
    "a",
  ),
  "a negative offset": recordSparse(
    [
      ["size", "10"],
      ["map", "-1,1"],
    ],
    "a",
  ),
  "an offset beyond 2^53": recordSparse(
    [
      ["size", "10"],
      ["map", "9007199254740992,1"],
    ],
    "a",
  ),
  "a sum beyond 2^53": recordSparse(
    [
      ["size", "9007199254740991"],
      ["map", "9007199254740991,9007199254740991"],
    ],
    "a",
  ),
  "records out of turn": recordSparse(
    [
      ["size", "10"],
      ["numbytes", "1"],
      ["offset", "0"],
    ],
    "a",
  ),
  "a map without end": dataSparse("1\n0\n", "10", ""),
  "a map longer than the data": dataSparse(ENDLESS.slice(0, 512), "10", ""),
  "a map line that is no number": dataSparse("x\n", "10", ""),
  "an empty map line": dataSparse("1\n\n1\n", "10", "a"),
  "a map line that is too long": dataSparse(LONG_LINE, "10", "a"),
  "a directory": concatBytes([
    tarPax([
      ["GNU.sparse.size", "1"],
      ["GNU.sparse.map", "0,1"],
    ]),
    tarHeader({ name: "d/", typeflag: "5" }),
  ]),
};

suite("TarParser refuses a sparse map with", () => {
  for (const [name, file] of Object.entries(BAD)) {
    test(name, () => {
      assertCode(() => drain(tarArchive(file)), "ERR_TAR_SPARSE");
    });
  }
});

test("TarParser refuses two sparse maps, and the sparse files of other formats", () => {
  const two = concatBytes([
    tarPax([
      ["GNU.sparse.size", "1"],
      ["GNU.sparse.map", "0,1"],
    ]),
    oldSparse([[0, 1]], 1, "a"),
  ]);
  assertCode(() => drain(two), "ERR_TAR_AMBIGUOUS");
  assertCode(() => drain(tarHeader({ name: "s", typeflag: "S" })), "ERR_TAR_UNSUPPORTED");
  const inGnu = [
    tarPax([
      ["GNU.sparse.size", "1"],
      ["GNU.sparse.numblocks", "1"],
      ["GNU.sparse.map", "0,1"],
    ]),
    tarFile({ name: "s", magic: GNU_MAGIC }, "a"),
  ];
  assertCode(() => drain(concatBytes(inGnu)), "ERR_TAR_AMBIGUOUS");
});

test("TarParser bounds the number of segments, also of those without length, wherever the map is", () => {
  const limits = { maxSparseSegments: 49 };
  assertCode(() => drain(oldSparse(MANY, 200, "x".repeat(50)), limits), "ERR_TAR_LIMIT");
  assertCode(() => drain(dataSparse("50\n", "10", ""), limits), "ERR_TAR_LIMIT");
  assertCode(
    () =>
      drain(
        recordSparse(
          [
            ["size", "1"],
            ["map", "0,0,".repeat(49) + "0,0"],
          ],
          "",
        ),
        limits,
      ),
    "ERR_TAR_LIMIT",
  );
  const empty = oldSparse(
    Array.from({ length: 50 }, () => [0, 0]),
    1,
    "",
  );
  assertCode(() => drain(empty, limits), "ERR_TAR_LIMIT");
});

function drain(archive: Uint8Array, limits = {}): void {
  const parser = new TarParser({ limits });
  parser.push(archive);
  parser.end();
  while (parser.next() !== "done") continue;
}
