import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { tarArchive, tarFile, tarHeader } from "@teu/testing/craft-tar";
import { type TarMember, type TarSource, readTar } from "./read-tar.ts";

const ARCHIVE = tarArchive(
  tarFile({ name: "a" }, "alpha".repeat(1000)),
  tarHeader({ name: "d/", typeflag: "5" }),
  tarFile({ name: "b" }, "beta"),
);

/** A source that tells what was read of it and whether it was closed. */
class Recorder implements TarSource {
  readonly log: string[] = [];
  readonly #chunkBytes: number;
  #at = 0;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      while (this.#at < ARCHIVE.length) {
        const chunk = ARCHIVE.slice(this.#at, this.#at + this.#chunkBytes);
        this.log.push(`read ${chunk.length}`);
        this.#at += chunk.length;
        yield chunk;
      }
    } finally {
      this.log.push("closed");
    }
  }

  protected pass(bytes: number): number {
    const passed = Math.min(bytes, ARCHIVE.length - this.#at);
    this.log.push(`skipped ${passed}`);
    this.#at += passed;
    return passed;
  }
}

class Seekable extends Recorder {
  skip(bytes: number): number {
    return this.pass(bytes);
  }
}

async function text(content: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(content)).toString();
}

test("readTar() gives entries with their contents", async () => {
  for (const source of [[ARCHIVE], new Recorder(100), new Recorder(10_000)]) {
    const seen: [string | undefined, string][] = [];
    for await (const { entry, content } of readTar(source)) seen.push([entry.nameText, await text(content)]);
    assert.deepEqual(seen, [
      ["a", "alpha".repeat(1000)],
      ["d/", ""],
      ["b", "beta"],
    ]);
  }
});

test("readTar() passes over contents that are not read, or not to their end", async () => {
  const names: unknown[] = [];
  for await (const { entry, content } of readTar(new Recorder(300))) {
    names.push(entry.nameText);
    if (entry.nameText === "a") for await (const _ of content) break;
  }
  assert.deepEqual(names, ["a", "d/", "b"]);
});

test("readTar() lets a source pass over contents that nobody reads", async () => {
  const source = new Seekable(512);
  const names = await Array.fromAsync(readTar(source), ({ entry }) => entry.nameText);
  assert.deepEqual(names, ["a", "d/", "b"]);
  assert.deepEqual(source.log.slice(0, 4), ["read 512", "skipped 5120", "read 512", "read 512"]);
});

test("readTar() finds out that an archive ends within what was passed over", async () => {
  const source: TarSource = {
    async *[Symbol.asyncIterator]() {
      yield ARCHIVE.slice(0, 512);
    },
    skip: () => 100,
  };
  const error = await assertCode(() => Array.fromAsync(readTar(source)), "ERR_TAR_TRUNCATED");
  assert.equal(error.message, 'Reading tar entry "a" at offset 0: the archive ends at offset 612, expected more');
});

test("readTar() reads its source to the end, behind the end of the archive too, and closes it when left early", async () => {
  const whole = new Recorder(4096);
  await Array.fromAsync(readTar(whole));
  assert.deepEqual(whole.log, ["read 4096", "read 4096", "closed"]);
  const left = new Recorder(4096);
  for await (const _ of readTar(left)) break;
  assert.deepEqual(left.log, ["read 4096", "closed"]);
});

test("readTar() closes its source when the archive is bad", async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield tarHeader({ name: "x", uid: "z" });
      yield new Uint8Array(512);
    } finally {
      closed = true;
    }
  }
  await assertCode(async () => {
    for await (const _ of readTar(source())) assert.fail("there is no entry");
  }, "ERR_TAR_NUMBER");
  assert.equal(closed, true);
});

test("readTar() passes on the errors of its source", async () => {
  const failure = new Error("unplugged");
  async function* source(): AsyncGenerator<Uint8Array> {
    yield ARCHIVE.slice(0, 1000);
    throw failure;
  }
  await assert.rejects(
    Array.fromAsync(readTar(source()), ({ content }) => text(content)),
    failure,
  );
  await assert.rejects(Array.fromAsync(readTar(source())), failure);
});

test("a content can be read once, and not after the iteration went on", async () => {
  const members: TarMember[] = [];
  for await (const member of readTar([concatBytes([ARCHIVE])])) {
    members.push(member);
    if (member.entry.nameText !== "b") continue;
    assert.equal(await text(member.content), "beta");
    await assertCode(() => text(member.content), "ERR_TAR_MISUSE");
  }
  for (const { content } of members) await assertCode(() => text(content), "ERR_TAR_MISUSE");
});
