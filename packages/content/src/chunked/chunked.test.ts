import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { collect } from "@teu/std/streams";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import { assertCode } from "@teu/testing/assert-code";
import { decompress } from "../decompress.ts";
import { digestBytes } from "../hash.ts";
import { chunksOf } from "../testing/samples.ts";
import { Crc64 } from "./crc64.ts";
import { estargz } from "./estargz.ts";
import { tarPieces } from "./tar-pieces.ts";
import type { TocEntry } from "./toc.ts";
import { type LayerAnnotations, zstdChunked } from "./zstd-chunked.ts";

const MAX = { maxBytes: 2 ** 24 };
const BIG = randomBytes(300_000);
const MEMBERS: readonly NewMemberSync[] = [
  { entry: { name: "d/", type: "directory", mode: 0o755, mtime: { seconds: 1, nanoseconds: 500_000_000 } } },
  { entry: { name: "d/empty", mode: 0o600 } },
  { entry: { name: "d/big", mode: 0o4755, uid: 7, gid: 8, size: BIG.length }, content: BIG },
  {
    entry: { name: "d/small", size: 5, xattrs: new Map([["user.a", Uint8Array.of(0, 255)]]) },
    content: Buffer.from("small"),
  },
  { entry: { name: "h", type: "hard-link", linkname: "d/big" } },
  { entry: { name: "l", type: "symlink", linkname: "d/small", mode: 0o777 } },
  { entry: { name: "null", type: "character-device", deviceMajor: 1, deviceMinor: 3 } },
];
const PLAIN = Buffer.concat([...writeTarSync(MEMBERS)]);

interface Written {
  readonly bytes: Buffer;
  readonly annotations: LayerAnnotations;
}

async function written(layer: AsyncGenerator<Uint8Array, LayerAnnotations>): Promise<Written> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const next = await layer.next();
    if (next.done === true) return { bytes: Buffer.concat(parts), annotations: next.value };
    parts.push(next.value);
  }
}

async function unzstd(bytes: Uint8Array): Promise<Buffer> {
  return Buffer.from(await collect(decompress([bytes], "zstd"), MAX));
}

/** The numbers of an annotation such as `12:34:56`. */
function numbersOf(annotation: string | undefined): number[] {
  return (annotation ?? "").split(":").map(Number);
}

interface Toc {
  readonly version: number;
  readonly entries: readonly TocEntry[];
  readonly tarSplitDigest?: string;
}

suite("the pieces of an archive", () => {
  test("make it whole again, however it comes", async () => {
    for (const size of [PLAIN.length, 1000, 511, 61]) {
      const parts: Uint8Array[] = [];
      for await (const piece of tarPieces(chunksOf(PLAIN, size))) if ("bytes" in piece) parts.push(piece.bytes);
      assert.ok(Buffer.concat(parts).equals(PLAIN), `in chunks of ${size}`);
    }
  });

  test("leave out what is to be dropped", async () => {
    const parts: Uint8Array[] = [];
    for await (const piece of tarPieces(chunksOf(PLAIN, 333), (name) => name === "d/big"))
      if ("bytes" in piece) parts.push(piece.bytes);
    const others = MEMBERS.filter(({ entry }) => entry.name !== "d/big");
    assert.ok(Buffer.concat(parts).equals(Buffer.concat([...writeTarSync(others)])));
  });

  test("are refused of entries that no table can tell of", async () => {
    const plain = Buffer.concat([...writeTarSync([{ entry: { name: Uint8Array.of(0xff) } }])]);
    await assertCode(() => Array.fromAsync(tarPieces(chunksOf(plain, 512))), "ERR_IMAGE_INVALID");
  });
});

test("CRC-64 of ISO 3309", () => {
  const crc = new Crc64();
  crc.update(Buffer.from("1234"));
  crc.update(Buffer.from("56789"));
  assert.equal(crc.digest().toString("hex"), "b90956c775a41001");
});

/** The entries of the table of a layer, whose annotations and footer are right. */
async function entriesOf({ bytes, annotations }: Written): Promise<readonly TocEntry[]> {
  const [at = 0, length = 0, plainLength, kind] = numbersOf(
    annotations["io.github.containers.zstd-chunked.manifest-position"],
  );
  const table = bytes.subarray(at, at + length);
  assert.equal(annotations["io.github.containers.zstd-chunked.manifest-checksum"], digestBytes(table));
  const json = await unzstd(table);
  assert.deepEqual([json.length, kind], [plainLength, 1]);
  const footer = bytes.subarray(-64);
  assert.equal(footer.subarray(56).toString("latin1"), "GNUlInUx");
  assert.deepEqual([footer.readBigUInt64LE(0), footer.readBigUInt64LE(8)], [BigInt(at), BigInt(length)]);
  return (JSON.parse(json.toString("utf8")) as Toc).entries;
}

suite("zstd:chunked", () => {
  test("is the same archive to everyone, the same bytes each time", async () => {
    const one = await written(zstdChunked(chunksOf(PLAIN, 1000), { maxChunkBytes: 65_536 }));
    const other = await written(zstdChunked(chunksOf(PLAIN, PLAIN.length), { maxChunkBytes: 65_536 }));
    assert.ok((await unzstd(one.bytes)).equals(PLAIN));
    assert.ok(one.bytes.equals(other.bytes));
    assert.deepEqual(one.annotations, other.annotations);
  });

  test("has a table that leads to every file and chunk", async () => {
    const layer = await written(zstdChunked(chunksOf(PLAIN, 999), { maxChunkBytes: 65_536 }));
    const { bytes } = layer;
    const entries = await entriesOf(layer);
    const chunks = entries.filter(({ name, type }) => name === "d/big" && (type === "reg" || type === "chunk"));
    assert.equal(chunks.length, 5);
    for (const [index, chunk] of chunks.entries()) {
      const end = chunks[index + 1]?.offset ?? chunks[0]?.endOffset ?? 0;
      const content = await unzstd(bytes.subarray(chunk.offset ?? 0, end));
      assert.deepEqual([content.length, digestBytes(content)], [chunk.chunkSize, chunk.chunkDigest]);
      assert.ok(content.equals(BIG.subarray(chunk.chunkOffset ?? 0, (chunk.chunkOffset ?? 0) + content.length)));
    }
    const small = entries.find(({ name }) => name === "d/small");
    assert.equal((await unzstd(bytes.subarray(small?.offset, small?.endOffset))).toString(), "small");
    assert.deepEqual(small?.xattrs, { "user.a": "AP8=" });
    assert.deepEqual(
      entries.map(({ type }) => type).filter((type) => type !== "chunk"),
      ["dir", "reg", "reg", "reg", "hardlink", "symlink", "char"],
    );
    assert.equal(entries[0]?.modtime, "1970-01-01T00:00:01.5Z");
  });

  test("has what is needed to put the archive together from its files", async () => {
    const { bytes, annotations } = await written(zstdChunked(chunksOf(PLAIN, 999)));
    const [at = 0, length = 0, plainLength] = numbersOf(
      annotations["io.github.containers.zstd-chunked.tarsplit-position"],
    );
    const text = await unzstd(bytes.subarray(at, at + length));
    assert.equal(text.length, plainLength);
    const contents = new Map<unknown, Uint8Array>([
      ["d/big", BIG],
      ["d/small", Buffer.from("small")],
    ]);
    const parts: Uint8Array[] = [];
    for (const [position, line] of text.toString("utf8").trimEnd().split("\n").entries()) {
      const entry = JSON.parse(line) as { type: number; name: string; payload: string | null; position: number };
      assert.equal(entry.position, position);
      if (entry.type === 2) parts.push(Buffer.from(entry.payload ?? "", "base64"));
      else parts.push(contents.get(entry.name) ?? new Uint8Array(0));
      if (entry.type !== 1 || entry.payload === null) continue;
      const crc = new Crc64();
      crc.update(contents.get(entry.name) ?? new Uint8Array(0));
      assert.equal(entry.payload, crc.digest().toString("base64"));
    }
    assert.ok(Buffer.concat(parts).equals(PLAIN));
  });
});

suite("eStargz", () => {
  const onPlain = (): void => {};

  test("has a footer that leads to a table that leads to every file and chunk", async () => {
    const { bytes, annotations } = await written(estargz(chunksOf(PLAIN, 999), { onPlain, maxChunkBytes: 100_000 }));
    const footer = bytes.subarray(-51);
    const [, offset = ""] = /([0-9a-f]{16})STARGZ/.exec(footer.toString("latin1")) ?? [];
    const tail = gunzipSync(bytes.subarray(Number.parseInt(offset, 16)));
    const size = Number.parseInt(tail.subarray(124, 135).toString("latin1"), 8);
    assert.equal(tail.subarray(0, 18).toString("latin1").replaceAll("\0", ""), "stargz.index.json");
    const table = tail.subarray(512, 512 + size);
    assert.equal(annotations["containerd.io/snapshot/stargz/toc.digest"], digestBytes(table));
    const { version, entries } = JSON.parse(table.toString("utf8")) as Toc;
    assert.equal(version, 1);
    const chunks = entries.filter(({ name, type }) => name === "d/big" && (type === "reg" || type === "chunk"));
    assert.equal(chunks.length, 3);
    assert.deepEqual(
      chunks.map(({ chunkSize = 0 }) => chunkSize),
      [100_000, 100_000, 0].slice(0, 3),
    );
    for (const chunk of [...chunks, ...entries.filter(({ name }) => name === "d/small")]) {
      const content = memberAt(bytes, chunk.offset ?? 0);
      assert.equal(digestBytes(content), chunk.chunkDigest);
    }
    assert.equal(entries[0]?.name, ".no.prefetch.landmark");
  });

  test("is an archive of gzip with two more files, and stays the same when it is made of itself", async () => {
    const first = await written(estargz(chunksOf(PLAIN, 999), { onPlain }));
    const again = await written(estargz(chunksOf(gunzipSync(first.bytes), 999), { onPlain }));
    assert.ok(first.bytes.equals(again.bytes));
    assert.equal(first.annotations["io.containers.estargz.uncompressed-size"], String(gunzipSync(first.bytes).length));
  });
});

/** What the member that begins at an offset has: up to the next one that can be read. */
function memberAt(bytes: Buffer, offset: number): Buffer {
  const next = bytes.indexOf(Buffer.from([0x1f, 0x8b, 8]), offset + 1);
  for (let end = next; end > 0; end = bytes.indexOf(Buffer.from([0x1f, 0x8b, 8]), end + 1)) {
    try {
      return gunzipSync(bytes.subarray(offset, end));
    } catch {
      // The three bytes stood inside of the member.
    }
  }
  return gunzipSync(bytes.subarray(offset));
}
