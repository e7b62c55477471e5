import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { readTar } from "./read-tar.ts";
import { type NewEntry, type NewMember, TarWriter, writeTar, writeTarSync } from "./write-tar.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function collectTar(members: Iterable<NewMember>): Promise<Uint8Array> {
  return concatBytes(await Array.fromAsync(writeTar(members)));
}

async function readBack(archive: Uint8Array): Promise<NewMember[]> {
  const members: NewMember[] = [];
  for await (const { entry, content } of readTar([archive])) {
    members.push({ entry, content: concatBytes(await Array.fromAsync(content)) });
  }
  return members;
}

const ODD_ENTRIES: readonly NewEntry[] = [
  { name: "plain.txt", size: 5 },
  { name: "dir", type: "directory", mode: 0o1777 },
  { name: "n".repeat(100) },
  { name: "n".repeat(101) },
  { name: `${"p".repeat(155)}/${"n".repeat(100)}` },
  { name: `${"p".repeat(156)}/${"n".repeat(100)}` },
  { name: "n".repeat(10_000) },
  { name: `${"d".repeat(99)}/${"e".repeat(99)}`, type: "directory" },
  { name: "größe.txt" },
  { name: Uint8Array.of(0x61, 0xff, 0x62) },
  { name: Uint8Array.from({ length: 300 }, () => 0xfe) },
  { name: "symlink", type: "symlink", linkname: "t".repeat(500) },
  { name: "hard", type: "hard-link", linkname: "plain.txt" },
  { name: "tty", type: "character-device", deviceMajor: 4, deviceMinor: 64 },
  { name: "sda", type: "block-device", deviceMajor: 8, deviceMinor: 2 ** 24 },
  { name: "pipe", type: "fifo" },
  { name: "owned", uid: 2 ** 21, gid: 2 ** 32 - 2, uname: "u".repeat(32), gname: "groß" },
  { name: "owned-small", uid: 2 ** 21 - 1, gid: 7, uname: "u".repeat(31), gname: "g" },
  { name: "before-1970", mtime: { seconds: -2, nanoseconds: 500_000_000 } },
  { name: "sub-second", mtime: { seconds: 1, nanoseconds: 123_456_789 } },
  { name: "far", mtime: { seconds: 8 ** 11, nanoseconds: 0 } },
  {
    name: "attributes",
    xattrs: new Map([
      ["user.b", Uint8Array.of(0, 10, 61, 255)],
      ["user.a", new Uint8Array(0)],
    ]),
    pax: new Map([["comment", bytes("kept")]]),
  },
];

test("writeTar() writes odd entries that readTar() reads back, and that write to the same bytes again", async () => {
  const members = ODD_ENTRIES.map((entry) => ({ entry, content: bytes("hello".slice(0, entry.size ?? 0)) }));
  const archive = await collectTar(members);
  const back = await readBack(archive);
  assert.equal(back.length, members.length);
  for (const [i, { entry, content }] of back.entries()) assertSame(entry, content, ODD_ENTRIES[i] ?? { name: "?" });
  assert.deepEqual(await collectTar(back), archive);
});

function assertSame(actual: NewEntry, content: NewMember["content"], expected: NewEntry): void {
  const asBytes = (name: string | Uint8Array = ""): Uint8Array => (typeof name === "string" ? bytes(name) : name);
  const isDirectory = expected.type === "directory";
  const name = isDirectory ? concatBytes([asBytes(expected.name), bytes("/")]) : asBytes(expected.name);
  assert.deepEqual(Buffer.from(asBytes(actual.name)), Buffer.from(name));
  assert.equal(actual.type, expected.type ?? "file");
  assert.equal(actual.mode, expected.mode ?? (isDirectory ? 0o755 : 0o644));
  for (const key of ["uid", "gid", "deviceMajor", "deviceMinor", "size"] as const) {
    assert.equal(actual[key], expected[key] ?? 0, key);
  }
  for (const key of ["linkname", "uname", "gname"] as const) {
    assert.deepEqual(Buffer.from(asBytes(actual[key])), Buffer.from(asBytes(expected[key])), key);
  }
  assert.deepEqual(actual.mtime, expected.mtime ?? { seconds: 0, nanoseconds: 0 });
  assert.deepEqual(actual.xattrs, expected.xattrs ?? new Map());
  assert.equal((content as Uint8Array).length, expected.size ?? 0);
}

test("writeTarSync() writes what writeTar() writes", async () => {
  const members = ODD_ENTRIES.map((entry) => ({ entry, content: [bytes("hello".slice(0, entry.size ?? 0))] }));
  assert.deepEqual(concatBytes([...writeTarSync(members)]), await collectTar(members));
});

test("writeTarSync() refuses content that is longer or shorter than its entry says", () => {
  const write = (content: Uint8Array): unknown => [...writeTarSync([{ entry: { name: "a", size: 3 }, content }])];
  assertCode(() => write(bytes("four")), "ERR_TAR_CONTENT_SIZE");
  assertCode(() => write(bytes("2b")), "ERR_TAR_CONTENT_SIZE");
});

const UNWRITABLE: readonly NewEntry[] = [
  { name: "" },
  { name: "", type: "directory" },
  { name: "a\0b" },
  { name: "a\ud800" },
  { name: "a", type: "symlink", linkname: "\udfff" },
  { name: "file/" },
  { name: "a", mode: 0o10000 },
  { name: "a", uid: -1 },
  { name: "a", gid: 1.5 },
  { name: "a", size: Number.MAX_SAFE_INTEGER + 1 },
  { name: "a", type: "directory", size: 1 },
  { name: "a", type: "symlink" },
  { name: "a", linkname: "b" },
  { name: "a", type: "unknown" },
  { name: "a", uname: "a\0" },
  { name: "a", mtime: { seconds: 0.5, nanoseconds: 0 } },
  { name: "a", mtime: { seconds: 0, nanoseconds: 1_000_000_000 } },
  { name: "a", xattrs: new Map([["user.a=b", bytes("v")]]) },
  { name: "a", xattrs: new Map([["", bytes("v")]]) },
];

for (const entry of UNWRITABLE) {
  test(`TarWriter refuses ${JSON.stringify({ ...entry, xattrs: [...(entry.xattrs ?? [])] })}`, () => {
    assertCode(() => new TarWriter().open(entry), "ERR_TAR_UNWRITABLE");
  });
}
