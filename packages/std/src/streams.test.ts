import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ByteSource, collect, countBytes, limitBytes, rechunk } from "@teu/std/streams";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Gives each text as a chunk and notes how many were asked for and whether it was closed. */
class Source {
  given = 0;
  closed = false;
  readonly #chunks: readonly string[];

  constructor(...chunks: readonly string[]) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const text of this.#chunks) {
        this.given += 1;
        yield encode(text);
      }
    } finally {
      this.closed = true;
    }
  }
}

async function texts(source: ByteSource): Promise<string[]> {
  const result: string[] = [];
  for await (const chunk of source) result.push(decode(chunk));
  return result;
}

suite("collect()", () => {
  test("joins asynchronous and ready chunks, and web streams", async () => {
    assert.equal(decode(await collect(new Source("ab", "", "c"), { maxBytes: 3 })), "abc");
    assert.equal(decode(await collect([encode("ab"), encode("c")], { maxBytes: 3 })), "abc");
    assert.equal(decode(await collect(new Blob(["abc"]).stream(), { maxBytes: 3 })), "abc");
    assert.equal((await collect([], { maxBytes: 0 })).length, 0);
  });

  test("gives memory of its own", async () => {
    const chunk = encode("ab");
    const collected = await collect([chunk], { maxBytes: 2 });
    chunk[0] = 0;
    assert.equal(decode(collected), "ab");
  });

  test("stops at the limit and closes the source", async () => {
    const source = new Source("ab", "cd", "ef");
    const error = await assertCode(() => collect(source, { maxBytes: 3, what: "a manifest" }), "ERR_TOO_LARGE");
    assert.equal(error.message, "Reading a manifest: more than 3 bytes, expected at most that many");
    assert.deepEqual(error.detail, { maxBytes: 3 });
    assert.equal(source.given, 2);
    assert.ok(source.closed);
  });

  test("rejects with the reason of the signal", async () => {
    const reason = new Error("enough");
    const aborted = new Source("ab");
    await assert.rejects(collect(aborted, { maxBytes: 9, signal: AbortSignal.abort(reason) }), reason);
    assert.equal(aborted.given, 0);

    const controller = new AbortController();
    const source = new Source("ab", "cd", "ef");
    const counted = countBytes(source, (total) => total === 4 && controller.abort(reason));
    await assert.rejects(collect(counted, { maxBytes: 9, signal: controller.signal }), reason);
    assert.ok(source.closed);
  });

  test("passes the failure of the source on", async () => {
    const failure = new Error("broken");
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(failure) });
    await assert.rejects(collect(broken, { maxBytes: 9 }), failure);
  });
});

suite("limitBytes()", () => {
  test("passes up to the limit, without a byte of the chunk beyond it", async () => {
    assert.deepEqual(await texts(limitBytes(new Source("ab", "cd"), { maxBytes: 4 })), ["ab", "cd"]);
    const seen: string[] = [];
    const limited = countBytes(limitBytes(new Source("ab", "cde"), { maxBytes: 4 }), (total) => {
      seen.push(String(total));
    });
    const error = await assertCode(() => texts(limited), "ERR_TOO_LARGE");
    assert.equal(error.message, "Reading a stream: more than 4 bytes, expected at most that many");
    assert.deepEqual(seen, ["2"]);
  });

  test("closes the source when the reader leaves", async () => {
    const source = new Source("ab", "cd");
    for await (const chunk of limitBytes(source, { maxBytes: 9 })) {
      assert.equal(decode(chunk), "ab");
      break;
    }
    assert.ok(source.closed);
    assert.equal(source.given, 1);
  });
});

test("countBytes() tells the total before each chunk", async () => {
  const events: string[] = [];
  const counted = countBytes(new Source("ab", "", "cde"), (total) => {
    events.push(`total ${total}`);
  });
  for await (const chunk of counted) events.push(decode(chunk));
  assert.deepEqual(events, ["total 2", "ab", "total 2", "", "total 5", "cde"]);
});

suite("rechunk()", () => {
  test("cuts long chunks and joins short ones", async () => {
    assert.deepEqual(await texts(rechunk(new Source("abcdefg"), 3)), ["abc", "def", "g"]);
    assert.deepEqual(await texts(rechunk(new Source("a", "", "b", "c", "d"), 3)), ["abc", "d"]);
    assert.deepEqual(await texts(rechunk(new Source("ab", "cdef", "gh"), 4)), ["abcd", "efgh"]);
    assert.deepEqual(await texts(rechunk(new Source("", ""), 4)), []);
  });

  test("refuses a chunk size that is not a whole number above zero", async () => {
    for (const size of [0, -1, 1.5, Number.NaN, Infinity]) {
      await assert.rejects(texts(rechunk(new Source("ab"), size)), RangeError);
    }
  });

  test("keeps all bytes in order, in chunks of the size asked for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 })), fc.integer({ min: 1, max: 25 }), keepsBytes),
    );
  });
});

async function keepsBytes(chunks: Uint8Array[], size: number): Promise<void> {
  const cut = await Array.fromAsync(rechunk(chunks, size));
  assert.deepEqual(Buffer.concat(cut), Buffer.concat(chunks));
  assert.ok(cut.slice(0, -1).every((chunk) => chunk.length === size));
  assert.ok(cut.every((chunk) => chunk.length > 0 && chunk.length <= size));
}
