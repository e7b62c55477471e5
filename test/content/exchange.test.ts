/** Layouts, archives and folders go from us to other programs and back. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { readDocument } from "@teu/content/graph";
import { parseFilePlace } from "@teu/content/image-place";
import { collectGarbage } from "@teu/content/layout-gc";
import { openLayout } from "@teu/content/layout-store";
import { convertGraph } from "@teu/content/mutate/convert";
import { openImage } from "@teu/content/mutate/image";
import { findRoot, openSource, openTarget } from "@teu/content/open-place";
import { assembleIndex } from "@teu/content/mutate/index-edit";
import type { Graph } from "@teu/content/overlay";
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { assertWhole, buildah, peer, podman, realImage, skopeoCopy } from "./peers.ts";

const NAME = "example.com/app/image:v1";
const IMAGE = realImage();

async function write(place: string, graph: Graph): Promise<void> {
  await using opened = await openTarget(parseFilePlace(place));
  await copy(graph.store, opened.target, graph.root, { tags: opened.tags });
  await opened.commit();
}

async function read<T>(place: string, look: (source: Source, root: Descriptor) => Promise<T>): Promise<T> {
  const parsed = parseFilePlace(place);
  await using opened = await openSource(parsed);
  const root = await findRoot(opened.source, parsed);
  await assertWhole(opened.source, root);
  return await look(opened.source, root);
}

const digestOf = (place: string): Promise<string> => read(place, async (_, root) => root.digest);

const diffIdsOf = (place: string): Promise<readonly string[]> =>
  read(place, async (store, root) => (await openImage({ root, store })).layers.map(({ diffId }) => diffId));

suite("skopeo", { skip: needsProgram("skopeo") }, () => {
  for (const transport of ["oci", "oci-archive", "dir"] as const) {
    test(`reads our ${transport} and we read its`, async () => {
      await using dir = await tempDir();
      const name = transport === "dir" ? "" : `:${NAME}`;
      await write(`${transport}:${dir.path}/ours${name}`, IMAGE);
      await skopeoCopy(`${transport}:${dir.path}/ours${name}`, `${transport}:${dir.path}/theirs${name}`);
      assert.equal(await digestOf(`${transport}:${dir.path}/theirs${name}`), IMAGE.root.digest);
    });
  }

  test("reads our docker-archive and we read its", async () => {
    await using dir = await tempDir();
    await write(`docker-archive:${dir.path}/ours:${NAME}`, IMAGE);
    await skopeoCopy(`docker-archive:${dir.path}/ours:${NAME}`, `oci:${dir.path}/layout:${NAME}`);
    assert.deepEqual(await diffIdsOf(`oci:${dir.path}/layout:${NAME}`), IMAGE.diffIds);
    await skopeoCopy(`oci:${dir.path}/layout:${NAME}`, `docker-archive:${dir.path}/theirs:${NAME}`);
    assert.deepEqual(await diffIdsOf(`docker-archive:${dir.path}/theirs:${NAME}`), IMAGE.diffIds);
  });

  test("reads an index of ours with all images, and images of Docker's types", async () => {
    await using dir = await tempDir();
    const entries = [IMAGE, realImage("y")].map(({ root, store }, at) => ({
      root: { ...root, platform: { os: "linux", architecture: at === 0 ? "amd64" : "arm64" } },
      store,
    }));
    const index = assembleIndex(entries);
    await write(`oci:${dir.path}/index:v1`, index);
    await skopeoCopy(`oci:${dir.path}/index:v1`, `dir:${dir.path}/all`, "--all");
    assert.equal(await digestOf(`dir:${dir.path}/all`), index.root.digest);
    const docker = await convertGraph(index, "docker");
    await write(`dir:${dir.path}/docker`, docker);
    await skopeoCopy(`dir:${dir.path}/docker`, `dir:${dir.path}/docker2`, "--all");
    assert.equal(await digestOf(`dir:${dir.path}/docker2`), docker.root.digest);
  });

  test("and we share one layout", async () => {
    await using dir = await tempDir();
    const place = `oci:${dir.path}/layout`;
    await write(`${place}:ours`, IMAGE);
    await write(`dir:${dir.path}/dir`, realImage("theirs"));
    await skopeoCopy(`dir:${dir.path}/dir`, `${place}:theirs`);
    await write(`${place}:again`, realImage("again"));
    await using layout = await openLayout(`${dir.path}/layout`);
    assert.deepEqual(await Array.fromAsync(layout.tags()), ["again", "ours", "theirs"]);
    await collectGarbage(layout, { graceMs: -1 });
    for (const name of ["again", "ours", "theirs"]) await digestOf(`${place}:${name}`);
  });
});

suite("umoci", { skip: needsProgram("umoci") }, () => {
  test("lists, tags, unpacks and cleans a layout of ours, and we go on with it", async () => {
    await using dir = await tempDir();
    const layout = dir.join("layout");
    await write(`oci:${layout}:v1`, IMAGE);
    assert.equal(await peer("umoci", "list", "--layout", layout), "v1\n");
    await peer("umoci", "tag", "--image", `${layout}:v1`, "v2");
    await peer("umoci", "config", "--image", `${layout}:v2`, "--config.user", "1000");
    await peer("umoci", "gc", "--layout", layout);
    assert.equal(await digestOf(`oci:${layout}:v1`), IMAGE.root.digest);
    assert.notEqual(await digestOf(`oci:${layout}:v2`), IMAGE.root.digest);
    await write(`oci:${layout}:v3`, realImage("v3"));
    assert.equal(await peer("umoci", "list", "--layout", layout), "v1\nv2\nv3\n");
  });

  test("makes layouts that we read", async () => {
    await using dir = await tempDir();
    const layout = dir.join("layout");
    await peer("umoci", "init", "--layout", layout);
    await peer("umoci", "new", "--image", `${layout}:empty`);
    assert.deepEqual(await diffIdsOf(`oci:${layout}:empty`), []);
  });
});

// Their stores need root, or much more set-up than a test should do.
suite("podman", { skip: anyOf(needsLinux(), needsRoot(), needsProgram("podman")) }, () => {
  for (const transport of ["docker-archive", "oci-archive"] as const) {
    test(`loads our ${transport}, and we read what it saves`, async () => {
      await using dir = await tempDir();
      const state = dir.join("state");
      await write(`${transport}:${dir.path}/ours:${NAME}`, IMAGE);
      assert.match(await podman(state, "load", "-q", "-i", dir.join("ours")), /example\.com\/app\/image:v1/);
      const id = (await podman(state, "image", "inspect", "--format", "{{.Id}}", NAME)).trim();
      const { links } = await readDocument(IMAGE.store, IMAGE.root);
      assert.equal(`sha256:${id}`, links.children[0]?.digest);
      for (const format of ["docker-archive", "oci-archive"] as const) {
        await podman(state, "save", "-q", "--format", format, "-o", dir.join(format), NAME);
        assert.deepEqual(await diffIdsOf(`${format}:${dir.path}/${format}:${NAME}`), IMAGE.diffIds);
      }
      for (const [format, place] of [
        ["oci-dir", "oci"],
        ["docker-dir", "dir"],
      ] as const) {
        await podman(state, "save", "-q", "--format", format, "-o", dir.join(format), NAME);
        assert.deepEqual(await diffIdsOf(`${place}:${dir.path}/${format}`), IMAGE.diffIds);
      }
      await podman(state, "rmi", "-a", "-f");
    });
  }
});

suite("buildah", { skip: anyOf(needsLinux(), needsRoot(), needsProgram("buildah")) }, () => {
  // From a layout it names the image after the folder, whose name has letters that it does not take.
  test("pulls from our archive, and we read what it pushes", async () => {
    await using dir = await tempDir();
    const state = dir.join("state");
    await write(`oci-archive:${dir.path}/ours:${NAME}`, IMAGE);
    const id = (await buildah(state, "pull", "-q", `oci-archive:${dir.path}/ours:${NAME}`)).trim();
    for (const transport of ["oci", "oci-archive", "docker-archive", "dir"] as const) {
      const name = transport === "dir" ? "" : `:${NAME}`;
      const place = `${transport}:${dir.path}/pushed-${transport}${name}`;
      await buildah(state, "push", "-q", id, place);
      assert.deepEqual(await diffIdsOf(place), IMAGE.diffIds, transport);
    }
    await buildah(state, "rmi", "-a", "-f");
  });
});
