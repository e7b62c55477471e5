import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_MANIFEST } from "@teu/spec/media-types";
import type { ByteSource } from "@teu/std/streams";
import { type CodedError, assertCode } from "@teu/testing/assert-code";
import { type CopyEvent, copy } from "./copy.ts";
import { walk } from "./graph.ts";
import { MemoryStore } from "./memory-store.ts";
import type { BlobMounter, BlobReader, CallOptions, ContentFilter, PutLimit, ReadOptions } from "./store.ts";
import {
  type SampleGraph,
  chunksOf,
  sampleDocument,
  sampleImage,
  sampleIndex,
  sampleOf,
  sampleReferrer,
  storeOf,
  assertComplete,
} from "./testing/samples.ts";
import { readVerified } from "./verified-read.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

function twoPlatforms(): SampleGraph {
  const [amd64, arm64] = [sampleImage("amd64"), sampleImage("arm64", { layerBytes: [2000] })];
  return sampleIndex([[amd64, AMD64], [sampleIndex([[arm64, ARM64]])]]);
}

/** A memory store that notes in which order content is put, and can fail. */
class Target extends MemoryStore {
  readonly order: string[] = [];
  running = 0;
  mostRunning = 0;
  failAt: string | undefined;

  override async put(descriptor: Descriptor, source: ByteSource, options?: CallOptions): Promise<void> {
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      await new Promise(setImmediate);
      if (descriptor.digest === this.failAt) throw new Error("the disk is full");
      await super.put(descriptor, source, options);
      this.order.push(descriptor.digest);
    } finally {
      this.running -= 1;
    }
  }

  override async tag(name: string, descriptor: Descriptor, options?: CallOptions): Promise<void> {
    await super.tag(name, descriptor, options);
    this.order.push(name);
  }
}

suite("copy()", () => {
  test("brings a whole graph, children before parents, tags last", async () => {
    const index = twoPlatforms();
    const target = new Target();
    const root = await copy(await storeOf(index), target, index.root, { tags: ["v1", "latest"] });
    assert.equal(root, index.root);
    await assertComplete(target, root);
    assert.deepEqual(await target.resolve("latest"), index.root);
    assert.deepEqual(target.order.slice(-3), [index.root.digest, "v1", "latest"]);
    await assertChildrenFirst(target, root);
  });

  test("moves only so much at a time, and in order where the target takes one at a time", async () => {
    const image = sampleImage("wide", { layerBytes: Array.from({ length: 9 }, (_, at) => 100 + at) });
    const source = await storeOf(image);
    const target = new Target();
    await copy(source, target, image.root, { concurrency: 3 });
    assert.equal(target.mostRunning, 3);

    class Serial extends Target implements PutLimit {
      maxParallelPuts(): number {
        return 1;
      }
    }
    const [serial, again] = [new Serial(), new Serial()];
    await copy(source, serial, image.root);
    await copy(source, again, image.root);
    assert.equal(serial.mostRunning, 1);
    assert.deepEqual(again.order, serial.order);
  });

  test("looks at what is there, and moves only what is not", async () => {
    const [first, second] = [sampleImage("same"), sampleImage("last", { layerBytes: [1000, 30] })];
    const source = await storeOf(first, second);
    const target = await storeOf(first);
    const events: CopyEvent[] = [];
    await copy(source, target, first.root, { onEvent: (event) => events.push(event) });
    assert.ok(events.every(({ type }) => type === "found" || type === "finished"));
    assert.ok(events.filter((event) => event.type === "finished").every(({ outcome }) => outcome === "present"));
    await copy(source, target, second.root);
    await assertComplete(target, second.root);
  });

  test("completes an image whose manifest is there without its layers, unless the target is trusted", async () => {
    const image = sampleImage("torn");
    const source = await storeOf(image);
    const target = await storeOf(image);
    const layer = image.content[0]?.descriptor;
    assert.ok(layer !== undefined);
    await target.delete(layer.digest);
    await copy(source, target, image.root, { trustTarget: true });
    assert.equal(await target.has(layer), false);
    await copy(source, target, image.root);
    await assertComplete(target, image.root);
  });

  test("uses content that a descriptor carries itself", async () => {
    const image = sampleImage("x");
    const referrer = sampleReferrer(image.root, "application/vnd.example");
    const source = await storeOf(image, { root: referrer.root, content: referrer.content.slice(1) });
    const target = new MemoryStore();
    await copy(source, target, referrer.root);
    await assertComplete(target, referrer.root);
  });
});

async function assertChildrenFirst(target: Target, root: Descriptor): Promise<void> {
  for await (const { descriptor, parent } of walk(target, root)) {
    if (parent === undefined) continue;
    assert.ok(target.order.indexOf(descriptor.digest) < target.order.indexOf(parent.digest));
  }
}

suite("copy() with referrers", () => {
  test("brings what refers to the graph, and what refers to that", async () => {
    const image = sampleImage("image");
    const index = sampleIndex([[image, AMD64]]);
    const signature = sampleReferrer(image.root, "application/vnd.example.signature");
    const note = sampleReferrer(signature.root, "application/vnd.example.note");
    const source = await storeOf(index, signature, note);
    const target = new MemoryStore();
    await copy(source, target, index.root, { referrers: true });
    await assertComplete(target, note.root);
    const found = await Array.fromAsync(target.referrers(image.root));
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [signature.root.digest],
    );
  });

  test("a store that lists content as its own referrer does no harm", async () => {
    const image = sampleImage("image");
    const source = await storeOf(image);
    source.referrers = async function* () {
      yield image.root;
    };
    await copy(source, new MemoryStore(), image.root, { referrers: true });
  });
});

/** A source that gives other bytes, or none, for one content. */
function damaged(store: MemoryStore, descriptor: Descriptor, bytes: Uint8Array | Error): BlobReader {
  return {
    has: (asked, options) => store.has(asked, options),
    openUnverified: (asked, options) => {
      if (asked.digest !== descriptor.digest) return store.openUnverified(asked, options);
      if (bytes instanceof Uint8Array) return chunksOf(bytes, 100);
      return (async function* () {
        yield new Uint8Array(1);
        throw bytes;
      })();
    },
  };
}

suite("copy() that fails", () => {
  const image = sampleImage("image", { layerBytes: [1000, 2000, 3000, 4000] });
  const layer = image.content[2]?.descriptor ?? image.root;

  function check(error: CodedError, side: string): void {
    assert.deepEqual(error.detail, { descriptor: layer, side });
    assert.match(error.message, new RegExp(`at the ${side}: `));
  }

  test("says that the source is wrong", async () => {
    const store = await storeOf(image);
    const target = new Target();
    for (const bytes of [new Uint8Array(3000), new Uint8Array(3001), new Error("the line went dead")]) {
      const copying = (): Promise<Descriptor> => copy(damaged(store, layer, bytes), target, image.root);
      check(await assertCode(copying, "ERR_COPY_SOURCE"), "source");
    }
    await store.delete(layer.digest);
    check(await assertCode(() => copy(store, target, image.root), "ERR_COPY_SOURCE"), "source");
    assert.equal(target.running, 0);
    assert.equal(await target.has(image.root), false);
  });

  test("says that the target is wrong, and is quiet then", async () => {
    const target = new Target();
    target.failAt = layer.digest;
    const source = await storeOf(image);
    check(await assertCode(() => copy(source, target, image.root, { tags: ["v1"] }), "ERR_COPY_TARGET"), "target");
    assert.equal(target.running, 0);
    const puts = target.order.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(target.order.length, puts);
    assert.equal(await target.resolve("v1"), undefined);
  });

  test("says which tag the target does not take", async () => {
    const error = await assertCode(
      async () => copy(await storeOf(image), new Target(), image.root, { tags: [""] }),
      "ERR_COPY_TARGET",
    );
    assert.match(error.message, /tagging it "" failed at the target/);
  });

  test("is aborted with the reason of the signal", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const target = new Target();
    const onEvent = (event: CopyEvent): void => {
      if (event.type === "finished") controller.abort(reason);
    };
    const copying = copy(await storeOf(image), target, image.root, { signal: controller.signal, onEvent });
    await assert.rejects(copying, (error) => error === reason);
    assert.equal(target.running, 0);
    assert.equal(await target.has(image.root), false);
    const late = copy(await storeOf(image), target, image.root, { signal: controller.signal });
    await assert.rejects(late, (error) => error === reason);
  });
});

suite("copy() of a graph that is not as it should be", () => {
  const image = sampleImage("image", { layerBytes: [1000, 2000] });

  test("names a manifest that cannot be followed", async () => {
    const broken = sampleDocument(OCI_MANIFEST, { config: 5 });
    const source = await storeOf({ root: broken.descriptor, content: [broken] });
    await assertCode(() => copy(source, new Target(), broken.descriptor), "ERR_GRAPH_INVALID");
  });

  test("respects the limits of graphs", async () => {
    const source = await storeOf(image);
    await assertCode(() => copy(source, new Target(), image.root, { maxNodes: 2 }), "ERR_GRAPH_LIMIT");
    await assertCode(() => copy(source, new Target(), image.root, { maxDocumentBytes: 10 }), "ERR_COPY_SOURCE");
  });
});

suite("copy() uses what the target can", () => {
  const image = sampleImage("image", { layerBytes: [1000, 2000] });
  const layer = image.content[1]?.descriptor ?? image.root;

  test("mount", async () => {
    class Mounting extends Target implements BlobMounter {
      async mount(descriptor: Descriptor, from: BlobReader): Promise<boolean> {
        if (descriptor.digest !== layer.digest) return false;
        await super.put(descriptor, from.openUnverified(descriptor));
        return true;
      }
    }
    const events: CopyEvent[] = [];
    await copy(await storeOf(image), new Mounting(), image.root, { onEvent: (event) => events.push(event) });
    const finished = events.find((event) => event.type === "finished" && event.descriptor.digest === layer.digest);
    assert.deepEqual(finished, { type: "finished", descriptor: layer, outcome: "mounted" });
  });

  test("content that it does not want is left out", async () => {
    class Choosy extends Target implements ContentFilter {
      wants({ digest }: Descriptor): boolean {
        return digest !== layer.digest;
      }
    }
    const target = new Choosy();
    await copy(await storeOf(image), target, image.root);
    assert.equal(await target.has(layer), false);
    assert.equal(await target.has(image.root), true);
  });

  test("a layer that may not be distributed may be missing at the source", async () => {
    const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    const [config, foreign] = [sampleOf(2, 1, "application/vnd.oci.image.config.v1+json"), sampleOf(9, 1, mediaType)];
    const manifest = sampleDocument(OCI_MANIFEST, { config: config.descriptor, layers: [foreign.descriptor] });
    const source = await storeOf({ root: manifest.descriptor, content: [config, manifest] });
    const target = new MemoryStore();
    await copy(source, target, manifest.descriptor);
    assert.equal(await target.has(manifest.descriptor), true);
  });
});

/** A target that keeps the first half of one layer from an earlier try, right or wrong. */
class Resuming extends MemoryStore {
  readonly starts: number[] = [];
  partial: Uint8Array | undefined;
  readonly layer: Descriptor;

  constructor(layer: Descriptor, partial: Uint8Array) {
    super();
    this.layer = layer;
    this.partial = partial;
  }

  async partialBytes({ digest }: Descriptor): Promise<number> {
    return digest === this.layer.digest ? (this.partial?.length ?? 0) : 0;
  }

  async resume(descriptor: Descriptor, start: number, source: ByteSource, options?: CallOptions): Promise<void> {
    const partial = this.partial ?? new Uint8Array();
    this.partial = undefined;
    this.starts.push(start);
    const whole = async function* (): AsyncGenerator<Uint8Array> {
      yield partial;
      yield* source;
    };
    await this.put(descriptor, whole(), options);
  }
}

suite("copy() that resumes", () => {
  const image = sampleImage("image", { layerBytes: [100_000] });
  const [{ descriptor: layer, bytes } = sampleOf(0)] = image.content;

  test("asks the source for the rest only", async () => {
    const target = new Resuming(layer, bytes.slice(0, 60_000));
    const asked: (number | undefined)[] = [];
    const store = await storeOf(image);
    const source: BlobReader = {
      has: (descriptor) => store.has(descriptor),
      openUnverified: (descriptor, options?: ReadOptions) => {
        if (descriptor.digest === layer.digest) asked.push(options?.start);
        return store.openUnverified(descriptor, options);
      },
    };
    const events: CopyEvent[] = [];
    await copy(source, target, image.root, { onEvent: (event) => events.push(event) });
    assert.deepEqual(asked, [60_000]);
    assert.ok(events.some((event) => event.type === "started" && event.start === 60_000));
    const last = events.findLast((event) => event.type === "progress" && event.descriptor.digest === layer.digest);
    assert.deepEqual(last, { type: "progress", descriptor: layer, bytes: 100_000 });
  });

  test("begins anew where the part from before was wrong", async () => {
    const target = new Resuming(layer, new Uint8Array(60_000));
    await copy(await storeOf(image), target, image.root);
    assert.deepEqual(target.starts, [60_000]);
    assert.deepEqual(await readVerified(target, layer), bytes);
  });
});

suite("copy() of a large index", () => {
  test("holds few documents at a time", async () => {
    const images = Array.from({ length: 60 }, (_, at) => sampleImage(`image ${at}`));
    const index = sampleIndex(images.map((image) => [image]));
    const store = await storeOf(index);
    let open = 0;
    let most = 0;
    const source: BlobReader = {
      has: (descriptor) => store.has(descriptor),
      openUnverified: (descriptor, options) => {
        if (descriptor.mediaType === OCI_MANIFEST) most = Math.max(most, (open += 1));
        return store.openUnverified(descriptor, options);
      },
    };
    const onEvent = (event: CopyEvent): void => {
      if (event.type === "finished" && event.descriptor.mediaType === OCI_MANIFEST) open -= 1;
    };
    const target = new MemoryStore();
    await copy(source, target, index.root, { concurrency: 3, onEvent });
    assert.equal(most, 3);
    await assertComplete(target, index.root);
  });

  test("comes to an end where documents are inside each other in odd ways", { timeout: 10_000 }, async () => {
    const shared = sampleImage("shared");
    const inner = sampleIndex([[shared], [sampleImage("other")]]);
    const odd = Array.from({ length: 6 }, (_, at) =>
      sampleDocument(OCI_MANIFEST, { at, config: shared.content[1]?.descriptor, layers: [shared.root, inner.root] }),
    );
    const graphs = odd.map((document): SampleGraph => ({ root: document.descriptor, content: [document] }));
    const index = sampleIndex([...graphs.map((graph) => [graph] as const), [inner], [shared]]);
    for (const concurrency of [1, 2, 5]) {
      const target = new MemoryStore();
      await copy(await storeOf(inner, shared, index), target, index.root, { concurrency });
      await assertComplete(target, index.root);
    }
  });
});
