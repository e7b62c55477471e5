import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { copy } from "./copy.ts";
import { type FilePlace, parseFilePlace } from "./image-place.ts";
import { MemoryStore } from "./memory-store.ts";
import { findRoot, openSource, openTarget } from "./open-place.ts";
import { packArtifact } from "./pack.ts";
import { putAll, sampleImage } from "./testing/samples.ts";

suite("images in places", () => {
  test("go from one to the next", async () => {
    await using dir = await tempDir();
    const image = sampleImage("image");
    let source: Parameters<typeof copy>[0] = new MemoryStore();
    await putAll(source as MemoryStore, image);
    const texts = ["oci:L:busybox:1", "oci-archive:O:busybox:1", "docker-archive:D:busybox:1", "dir:F"];
    for (const text of texts.map((each) => each.replace(":", `:${dir.path}/`))) {
      const place = parseFilePlace(text);
      {
        await using target = await openTarget(place);
        await copy(source, target.target, image.root, { tags: target.tags });
        await target.commit();
      }
      await using opened = await openSource(place);
      assert.deepEqual(await findRoot(opened.source, place), image.root);
      const nameless = { kind: place.kind, path: place.path } as FilePlace;
      assert.deepEqual(await findRoot(opened.source, nameless), image.root);
      const held = new MemoryStore();
      await copy(opened.source, held, image.root);
      source = held;
    }
  });

  test("that are several have to be named", async () => {
    await using dir = await tempDir();
    const place = { kind: "oci", path: dir.path } as const;
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
    await assertCode(() => findRoot(source.source, { ...place, tag: "three" }), "ERR_TAG_MISSING");
  });

  test("that stand beside what was made for them are the only ones", async () => {
    await using dir = await tempDir();
    const place = { kind: "oci", path: dir.path } as const;
    await using opened = await openTarget(place);
    const image = sampleImage("image");
    await putAll(opened.target, image);
    await opened.target.tag("v1", image.root);
    await opened.target.tag(`sha256-${"0".repeat(64)}.sig`, sampleImage("signature").root).catch(() => undefined);
    const artifact = packArtifact({ artifactType: "application/spdx+json", contents: [], subject: image.root });
    await copy(artifact.store, opened.target, artifact.root);
    await using source = await openSource(place);
    assert.deepEqual(await findRoot(source.source, place), image.root);
  });
});
