import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createArchive } from "@teu/content/archive-writer";
import { type DockerArchive, openDockerArchive } from "@teu/content/docker-archive";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { copy } from "./copy.ts";
import { readDocument, walk } from "./graph.ts";
import { digestBytes } from "./hash.ts";
import { MemoryStore } from "./memory-store.ts";
import { type SampleGraph, putAll, sampleImage, sampleIndex, sampleOf } from "./testing/samples.ts";
import { readVerified } from "./verified-read.ts";

type Files = { readonly [name: string]: string | Uint8Array | object };

/** An archive of files; a text that starts with `-> ` is a link. */
function archiveOf(files: Files): Uint8Array {
  const members = Object.entries(files).map(([name, value]): NewMemberSync => {
    if (typeof value === "string" && value.startsWith("-> ")) {
      return { entry: { name, type: "symlink", linkname: value.slice(3) } };
    }
    const content = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
    return { entry: { name, size: content.length }, content };
  });
  return Buffer.concat([...writeTarSync(members)]);
}

async function openFiles(files: Files): Promise<DockerArchive> {
  return await openDockerArchive([archiveOf(files)]);
}

const LAYERS = [sampleOf(2000, 3).bytes, sampleOf(3000, 4).bytes] as const;
const [BASE, TOP] = LAYERS;
const CONFIG = {
  architecture: "amd64",
  os: "linux",
  config: { Shell: ["/bin/sh"] },
  rootfs: { type: "layers", diff_ids: LAYERS.map((layer) => digestBytes(layer)) },
};

async function contentOf(archive: DockerArchive, name: string): Promise<readonly Uint8Array[]> {
  const root = await archive.resolve(name);
  assert.ok(root !== undefined, name);
  const { links } = await readDocument(archive, root);
  return await Promise.all(links.children.map((child) => readVerified(archive, child)));
}

suite("an archive with manifest.json", () => {
  test("gives each image a manifest, and is found by any form of its name", async () => {
    await using archive = await openFiles({
      "c.json": CONFIG,
      "a/layer.tar": BASE,
      "b/layer.tar": TOP,
      "manifest.json": [
        { Config: "c.json", RepoTags: ["busybox:test", "localhost:5000/x:1"], Layers: ["a/layer.tar", "b/layer.tar"] },
      ],
    });
    assert.deepEqual(await Array.fromAsync(archive.tags()), ["busybox:test", "localhost:5000/x:1"]);
    for (const name of ["busybox:test", "docker.io/library/busybox:test", "localhost:5000/x:1"]) {
      assert.deepEqual(await contentOf(archive, name), [Buffer.from(JSON.stringify(CONFIG)), BASE, TOP].map(plain));
    }
    assert.equal(await archive.resolve("busybox"), undefined);
    const [root] = await Array.fromAsync(archive.roots());
    assert.deepEqual(await archive.resolve(root?.descriptor.digest ?? ""), root?.descriptor);
  });

  test("has layers that are links, as skopeo writes them, and compressed ones", async () => {
    const compressed = gzipSync(TOP);
    await using archive = await openFiles({
      "c.json": CONFIG,
      [`${digestBytes(BASE).slice(7)}.tar`]: BASE,
      "a/layer.tar": `-> ../${digestBytes(BASE).slice(7)}.tar`,
      "b.tar.gz": compressed,
      "manifest.json": [{ Config: "c.json", RepoTags: ["x:1"], Layers: ["a/layer.tar", "b.tar.gz"] }],
    });
    const root = await archive.resolve("x:1");
    assert.ok(root !== undefined);
    const { links } = await readDocument(archive, root);
    assert.deepEqual(
      links.children.slice(1).map(({ mediaType, digest }) => [mediaType, digest]),
      [
        ["application/vnd.oci.image.layer.v1.tar", digestBytes(BASE)],
        ["application/vnd.oci.image.layer.v1.tar+gzip", digestBytes(compressed)],
      ],
    );
    assert.deepEqual((await contentOf(archive, "x:1")).slice(1), [BASE, plain(compressed)]);
  });

  test("may have images without a name, and images in common", async () => {
    const image = { Config: "c.json", Layers: ["a.tar", "b.tar"] };
    await using archive = await openFiles({
      "c.json": CONFIG,
      "a.tar": BASE,
      "b.tar": TOP,
      "manifest.json": [
        { ...image, RepoTags: null },
        { ...image, RepoTags: ["y:1"] },
      ],
    });
    const roots = await Array.fromAsync(archive.roots());
    assert.deepEqual(
      roots.map(({ name }) => name),
      [undefined, "y:1"],
    );
    assert.equal(roots[0]?.descriptor.digest, roots[1]?.descriptor.digest);
  });

  test("that contradicts itself is refused", async () => {
    const image = { Config: "c.json", RepoTags: ["x:1"], Layers: ["a.tar", "b.tar"] };
    const files = { "c.json": CONFIG, "a.tar": BASE, "b.tar": TOP };
    const broken: readonly Files[] = [
      { "manifest.json": [image] },
      { ...files, "manifest.json": [{ ...image, Layers: ["a.tar"] }] },
      { ...files, "manifest.json": [{ ...image, Layers: ["a.tar", "c.tar"] }] },
      { ...files, "c.json": { rootfs: { diff_ids: ["nonsense", 5] } }, "manifest.json": [image] },
      {},
    ];
    for (const each of broken) await assertCode(() => openFiles(each), "ERR_ARCHIVE_INVALID");
    await assertCode(() => openFiles({ "manifest.json": {} }), "ERR_DOCUMENT_INVALID");
    await assertCode(() => openFiles({ ...files, "c.json": [], "manifest.json": [image] }), "ERR_DOCUMENT_UNREADABLE");
  });

  test("with a layer that is not what the config says fails when that is read", async () => {
    await using archive = await openFiles({
      "c.json": CONFIG,
      "a.tar": TOP,
      "b.tar": TOP,
      "manifest.json": [{ Config: "c.json", RepoTags: ["x:1"], Layers: ["a.tar", "b.tar"] }],
    });
    await assertCode(() => contentOf(archive, "x:1"), "ERR_BLOB_DIGEST");
  });
});

suite("an archive from before manifest.json", () => {
  const [lower, upper] = ["1".repeat(64), "2".repeat(64)];
  const files: Files = {
    [`${lower}/VERSION`]: Buffer.from("1.0"),
    [`${lower}/json`]: {
      id: lower,
      created: "2015-01-01T00:00:00Z",
      container_config: { Cmd: ["/bin/sh", "-c", "x"] },
    },
    [`${lower}/layer.tar`]: BASE,
    [`${upper}/json`]: {
      id: upper,
      parent: lower,
      os: "linux",
      architecture: "arm",
      config: { Env: ["A=b"] },
      Size: 5,
    },
    [`${upper}/layer.tar`]: TOP,
    repositories: { "example.com/app": { v1: upper } },
  };

  async function checkConfig(archive: DockerArchive, name: string): Promise<void> {
    const [config, ...layers] = await contentOf(archive, name);
    assert.deepEqual(layers, [BASE, TOP]);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(config)), {
      os: "linux",
      architecture: "arm",
      config: { Env: ["A=b"] },
      rootfs: CONFIG.rootfs,
      history: [{ created: "2015-01-01T00:00:00Z", created_by: "/bin/sh -c x" }, {}],
    });
  }

  test("has a config made of those of its layers", async () => {
    await using archive = await openFiles(files);
    assert.deepEqual(await Array.fromAsync(archive.tags()), ["example.com/app:v1"]);
    await checkConfig(archive, "example.com/app:v1");
  });

  test("may be without names", async () => {
    const { repositories: _, ...others } = files;
    await using archive = await openFiles(others);
    const [root, ...more] = await Array.fromAsync(archive.roots());
    assert.deepEqual([root?.name, more], [undefined, []]);
  });

  test("whose layers go round in circles, or are missing, is refused", async () => {
    const circle = { ...files, [`${lower}/json`]: { id: lower, parent: upper } };
    await assertCode(() => openFiles(circle), "ERR_ARCHIVE_INVALID");
    await assertCode(() => openFiles({ repositories: { x: { y: upper } } }), "ERR_ARCHIVE_INVALID");
  });
});

async function save(path: string, graph: SampleGraph, tags: readonly string[]): Promise<void> {
  const source = new MemoryStore();
  await putAll(source, graph);
  await using archive = await createArchive(path, { format: "docker" });
  await copy(source, archive, graph.root, { tags });
  await archive.commit();
}

suite("an archive of ours for Docker", () => {
  test("has what both Docker and OCI tools look for", async () => {
    await using dir = await tempDir();
    const image = sampleImage("image");
    await save(dir.join("a.tar"), image, ["busybox:1", "example.com/x/y"]);
    await using archive = await openDockerArchive(dir.join("a.tar"));
    assert.deepEqual(await Array.fromAsync(archive.tags()), ["docker.io/library/busybox:1", "example.com/x/y:latest"]);
    assert.deepEqual(await archive.resolve("busybox:1"), image.root);
    for await (const { descriptor } of walk(archive, image.root)) await readVerified(archive, descriptor);
  });

  test("lists its images in manifest.json, of an index the first", async () => {
    await using dir = await tempDir();
    const [one, two] = [sampleImage("one"), sampleImage("two")];
    await save(dir.join("a.tar"), sampleIndex([[one], [two]]), ["x:1", "x:2"]);
    const { listed } = await readManifest(dir.join("a.tar"));
    const config = one.content.at(-2)?.descriptor.digest.slice(7) ?? "";
    const layer = one.content[0]?.descriptor.digest.slice(7) ?? "";
    assert.deepEqual(listed, [
      { Config: `blobs/sha256/${config}`, RepoTags: ["x:1", "x:2"], Layers: [`blobs/sha256/${layer}`] },
    ]);
  });

  test("takes names of images only", async () => {
    await using dir = await tempDir();
    for (const name of ["Upper/Case", `x@sha256:${"0".repeat(64)}`]) {
      const error = await assertCode(() => save(dir.join("a.tar"), sampleImage("x"), [name]), "ERR_COPY_TARGET");
      assert.equal((error.cause as { code?: string }).code, "ERR_TAG_INVALID");
    }
  });
});

async function readManifest(path: string): Promise<{ readonly listed: unknown }> {
  const { readFile } = await import("node:fs/promises");
  const { readTar } = await import("@teu/tar/read-tar");
  for await (const { entry, content } of readTar([await readFile(path)])) {
    if (entry.nameText !== "manifest.json") continue;
    return { listed: JSON.parse(Buffer.concat(await Array.fromAsync(content)).toString()) };
  }
  return { listed: undefined };
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
