/**
 * What every store has to hold to, as a suite that a room's tests run on its own stores:
 *
 *     suite("memory", () => testStore({ open: async () => ({ store: new MemoryStore() }) }));
 *
 * Which abilities a store has is found out by {@link can}; what it has is tested.
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseDigest } from "@teu/spec/digest";
import { collect } from "@teu/std/streams";
import { type CallOptions, type Source, type Target } from "../store.ts";
import { openRange, openVerified, readVerified } from "../verified-read.ts";
import { testAbilities } from "./ability-contract.ts";
import { type Sample, chunksOf, codeOf, putAll, sampleImage, sampleOf } from "./samples.ts";

/** A store under test. */
export interface OpenedStore {
  readonly store: Source & Target;
  /** Ends the use of the store. */
  close?(): Promise<void>;
}

/** What to test, and how. */
export interface StoreUnderTest {
  /** Makes an empty store for one test. */
  open(): Promise<OpenedStore>;
  /** A name that the store takes. Default: `v1`. */
  readonly tag?: string;
  /** False for stores that keep one nameless root only, such as `dir:`. Default: true. */
  readonly hasTags?: boolean;
}

/** Defines the tests of the contract, to be called inside a suite. */
export function testStore(under: StoreUnderTest): void {
  testContent(under);
  testRefusals(under);
  testSignals(under);
  if (under.hasTags !== false) testTags(under);
  testAbilities((name, body) => contractTest(under, name, body));
}

function contractTest(under: StoreUnderTest, name: string, body: (store: Source & Target) => Promise<void>): void {
  void test(name, async () => {
    const { store, close } = await under.open();
    try {
      await body(store);
    } finally {
      await close?.();
    }
  });
}

function testContent(under: StoreUnderTest): void {
  contractTest(under, "content that was put is there, whole and in parts", async (store) => {
    const { descriptor, bytes } = sampleOf(700_001);
    assert.equal(await store.has(descriptor), false);
    await store.put(descriptor, chunksOf(bytes, 65_537));
    assert.equal(await store.has(descriptor), true);
    assert.deepEqual(await readVerified(store, descriptor), bytes);
    await checkRanges(store, { descriptor, bytes });
  });

  contractTest(under, "empty content and content of several sizes", async (store) => {
    for (const length of [0, 1, 511, 512, 513, 262_144]) {
      const { descriptor, bytes } = sampleOf(length);
      await store.put(descriptor, [bytes]);
      assert.deepEqual(await readVerified(store, descriptor), bytes, `${length} bytes`);
    }
  });

  contractTest(under, "content may be put twice, one after the other and at once", async (store) => {
    const { descriptor, bytes } = sampleOf(100_000);
    await Promise.all([1, 2, 3].map(() => store.put(descriptor, chunksOf(bytes, 1000))));
    await store.put(descriptor, [bytes]);
    assert.deepEqual(await readVerified(store, descriptor), bytes);
  });

  contractTest(under, "a reader gets chunks of its own", async (store) => {
    const { descriptor, bytes } = sampleOf(1000);
    await store.put(descriptor, [bytes]);
    for await (const chunk of openVerified(store, descriptor)) chunk.fill(0);
    assert.deepEqual(await readVerified(store, descriptor), bytes);
  });

  contractTest(under, "a reader may leave early", async (store) => {
    const { descriptor, bytes } = sampleOf(3_000_000);
    await store.put(descriptor, [bytes]);
    for await (const chunk of openVerified(store, descriptor)) {
      assert.ok(chunk.length > 0);
      break;
    }
  });
}

async function checkRanges(store: Source, { descriptor, bytes }: Sample): Promise<void> {
  for (const [start, end] of [
    [0, 1],
    [5, 70_000],
    [700_000, 700_001],
    [300, 300],
    [699_999, undefined],
  ] as const) {
    const { chunks, verified } = openRange(store, descriptor, { start, end });
    assert.equal(verified, false);
    const part = await collect(chunks, { maxBytes: bytes.length });
    assert.deepEqual(part, bytes.slice(start, end), `${start} to ${end}`);
  }
  const whole = openRange(store, descriptor, { start: 0, end: bytes.length });
  assert.equal(whole.verified, true);
  assert.deepEqual(await collect(whole.chunks, { maxBytes: bytes.length }), bytes);
}

function testRefusals(under: StoreUnderTest): void {
  contractTest(under, "bytes that are not the descriptor's are refused, and leave nothing", async (store) => {
    const { descriptor, bytes } = sampleOf(10_000);
    const other = bytes.map((byte) => byte ^ 1);
    assert.equal(await codeOf(store.put(descriptor, [other])), "ERR_BLOB_DIGEST");
    assert.equal(await codeOf(store.put(descriptor, [bytes, bytes])), "ERR_BLOB_SIZE");
    assert.equal(await codeOf(store.put(descriptor, [bytes.subarray(1)])), "ERR_BLOB_SIZE");
    assert.equal(await store.has(descriptor), false);
    await store.put(descriptor, [bytes]);
    assert.deepEqual(await readVerified(store, descriptor), bytes);
  });

  contractTest(under, "content of an algorithm that is not known is refused", async (store) => {
    const { descriptor, bytes } = sampleOf(2_000_000);
    const unknown = { ...descriptor, digest: parseDigest(`md6:${"0".repeat(32)}`) };
    assert.equal(await codeOf(store.put(unknown, [bytes])), "ERR_DIGEST_UNSUPPORTED");
    assert.equal(await store.has(unknown), false);
  });

  contractTest(under, "an error of the source comes through as it is, and leaves nothing", async (store) => {
    const { descriptor, bytes } = sampleOf(10_000);
    const failure = new Error("the source broke");
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.slice(0, 5000);
      throw failure;
    };
    await assert.rejects(store.put(descriptor, broken()), (error) => error === failure);
    assert.equal(await store.has(descriptor), false);
  });

  contractTest(under, "missing content is missing", async (store) => {
    const { descriptor, bytes } = sampleOf(10);
    assert.equal(await codeOf(readVerified(store, descriptor)), "ERR_BLOB_MISSING");
    await store.put(descriptor, [bytes]);
    const larger = { ...descriptor, size: 11 };
    assert.equal(await store.has(larger), false);
  });

  contractTest(under, "a range outside of the content is refused", async (store) => {
    const { descriptor, bytes } = sampleOf(10);
    await store.put(descriptor, [bytes]);
    for (const [start, end] of [
      [0, 11],
      [-1, 3],
      [6, 5],
      [0.5, 2],
    ] as const) {
      const reading = async (): Promise<unknown> =>
        await collect(store.openUnverified(descriptor, { start, end }), { maxBytes: 100 });
      assert.equal(await codeOf(reading()), "ERR_RANGE_INVALID", `${start} to ${end}`);
    }
  });
}

function testSignals(under: StoreUnderTest): void {
  contractTest(under, "a signal that has fired ends every call with its reason", async (store) => {
    const { descriptor, bytes } = sampleOf(10);
    const reason = new Error("stop");
    const options: CallOptions = { signal: AbortSignal.abort(reason) };
    const isReason = (error: unknown): boolean => error === reason;
    await assert.rejects(store.put(descriptor, [bytes], options), isReason);
    assert.equal(await store.has(descriptor), false);
    await store.put(descriptor, [bytes]);
    await assert.rejects(store.has(descriptor, options), isReason);
    await assert.rejects(readVerified(store, descriptor, options), isReason);
    await assert.rejects(store.resolve("v1", options), isReason);
    await assert.rejects(store.tag("v1", descriptor, options), isReason);
  });

  contractTest(under, "a signal that fires during a put ends it and leaves nothing", async (store) => {
    const { descriptor, bytes } = sampleOf(500_000);
    const controller = new AbortController();
    const reason = new Error("stop");
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.slice(0, 100_000);
      controller.abort(reason);
      yield bytes.slice(100_000);
    };
    const putting = store.put(descriptor, source(), { signal: controller.signal });
    await assert.rejects(putting, (error) => error === reason);
    assert.equal(await store.has(descriptor), false);
  });
}

function testTags(under: StoreUnderTest): void {
  const name = under.tag ?? "v1";

  contractTest(under, "a tag stands for what it was last given", async (store) => {
    const [first, second] = [sampleImage("first"), sampleImage("second")];
    for (const image of [first, second]) await putAll(store, image);
    assert.equal(await store.resolve(name), undefined);
    await store.tag(name, first.root);
    assertSame(await store.resolve(name), first.root);
    await store.tag(name, second.root);
    assertSame(await store.resolve(name), second.root);
    assert.deepEqual(await Array.fromAsync(store.tags()), [name]);
  });

  contractTest(under, "a manifest is found by its digest", async (store) => {
    const image = sampleImage("by digest");
    await putAll(store, image);
    await store.tag(name, image.root);
    assertSame(await store.resolve(image.root.digest), image.root);
    assert.equal(await store.resolve(sampleOf(77).descriptor.digest), undefined);
  });

  contractTest(under, "content that is not there cannot be tagged", async (store) => {
    const { root } = sampleImage("absent");
    assert.equal(await codeOf(store.tag(name, root)), "ERR_BLOB_MISSING");
    assert.equal(await store.resolve(name), undefined);
  });

  contractTest(under, "a digest and nothing are no tags", async (store) => {
    const image = sampleImage("names");
    await putAll(store, image);
    for (const wrong of ["", image.root.digest]) {
      assert.equal(await codeOf(store.tag(wrong, image.root)), "ERR_TAG_INVALID", JSON.stringify(wrong));
    }
  });

  contractTest(under, "many tags at once are all there, sorted", async (store) => {
    const image = sampleImage("many");
    await putAll(store, image);
    const names = Array.from({ length: 12 }, (_, at) => `t${String(at).padStart(2, "0")}`);
    await Promise.all(names.toReversed().map((each) => store.tag(each, image.root)));
    await store.keep(image.root);
    assert.deepEqual(await Array.fromAsync(store.tags()), names);
  });
}

function assertSame(actual: Descriptor | undefined, expected: Descriptor): void {
  assert.deepEqual(
    [actual?.mediaType, actual?.digest, actual?.size],
    [expected.mediaType, expected.digest, expected.size],
  );
}
