import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { findRoot, openSource, openTarget, parseImagePlace } from "@teu/content/image-place";
import { copy } from "./copy.ts";
import { MemoryStore } from "./memory-store.ts";
import { putAll, sampleImage } from "./testing/samples.ts";

suite("a place of images", () => {
  const cases: readonly (readonly [string, ReturnType<typeof parseImagePlace>])[] = [
    ["oci:/a/b", { transport: "oci", location: "/a/b" }],
    ["oci:/a/b:v1", { transport: "oci", location: "/a/b", name: "v1" }],
    ["oci:b:docker.io/x/y:v1", { transport: "oci", location: "b", name: "docker.io/x/y:v1" }],
    ["oci:b@2", { transport: "oci", location: "b", index: 2 }],
    ["oci:a@b", { transport: "oci", location: "a@b" }],
    ["oci-archive:a.tar:v1", { transport: "oci-archive", location: "a.tar", name: "v1" }],
    ["docker-archive:a.tar:@0", { transport: "docker-archive", location: "a.tar", index: 0 }],
    ["docker-archive:a.tar:busybox", { transport: "docker-archive", location: "a.tar", name: "busybox" }],
    ["dir:/a:b", { transport: "dir", location: "/a:b" }],
    ["docker://busybox:1", { transport: "docker", location: "busybox:1" }],
    ["docker:dind", { transport: "docker", location: "docker:dind" }],
    ["busybox", { transport: "docker", location: "busybox" }],
    ["localhost:5000/x@sha256:0", { transport: "docker", location: "localhost:5000/x@sha256:0" }],
    ["store:busybox:1", { transport: "store", location: "busybox:1" }],
  ];
  for (const [text, place] of cases) test(text, () => assert.deepEqual(parseImagePlace(text), place));

  test("needs a path or a name", () => {
    for (const text of ["", "oci:", "oci::v1", "dir:", "docker://", "dir:a\0b"]) {
      assertCode(() => parseImagePlace(text), "ERR_PLACE_INVALID");
    }
  });
});

suite("images in places", () => {
  test("go from one to the next", async () => {
    await using dir = await tempDir();
    const image = sampleImage("image");
    let source: Parameters<typeof copy>[0] = new MemoryStore();
    await putAll(source as MemoryStore, image);
    const texts = ["oci:L:busybox:1", "oci-archive:O:busybox:1", "docker-archive:D:busybox:1", "dir:F"];
    for (const text of texts.map((each) => each.replace(":", `:${dir.path}/`))) {
      const place = parseImagePlace(text);
      {
        await using target = await openTarget(place);
        await copy(source, target.target, image.root, { tags: target.tags });
        await target.commit();
      }
      await using opened = await openSource(place);
      assert.deepEqual(await findRoot(opened.source, place), image.root);
      const { name: _, ...nameless } = place;
      assert.deepEqual(await findRoot(opened.source, nameless), image.root);
      const held = new MemoryStore();
      await copy(opened.source, held, image.root);
      source = held;
    }
  });

  test("that are several have to be named", async () => {
    await using dir = await tempDir();
    const place = parseImagePlace(`oci:${dir.path}`);
    const [one, two] = [sampleImage("one"), sampleImage("two")];
    await using opened = await openTarget(place);
    const { target } = opened;
    for (const image of [one, two]) await putAll(target, image);
    await target.tag("one", one.root);
    await target.tag("also-one", one.root);
    await using source = await openSource(place);
    assert.deepEqual(await findRoot(source.source, place), one.root);
    await target.tag("two", two.root);
    const error = await assertCode(() => findRoot(source.source, place), "ERR_TAG_MISSING");
    assert.equal(error.hint, "its images are also-one, one, two");
    assert.deepEqual(await findRoot(source.source, { ...place, index: 2 }), two.root);
    await assertCode(() => findRoot(source.source, { ...place, index: 3 }), "ERR_TAG_MISSING");
    await assertCode(() => findRoot(source.source, { ...place, name: "three" }), "ERR_TAG_MISSING");
  });

  test("that this room does not know are opened by others", async () => {
    const place = parseImagePlace("docker://busybox");
    await assertCode(() => openSource(place), "ERR_PLACE_INVALID");
    const store = new MemoryStore();
    const source = async (): ReturnType<typeof openSource> => ({ source: store, async [Symbol.asyncDispose]() {} });
    assert.equal((await openSource(place, { source })).source, store);
  });
});
