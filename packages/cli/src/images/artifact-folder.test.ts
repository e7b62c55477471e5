import assert from "node:assert/strict";
import { chmod, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { compress } from "@teu/content/compress";
import { digestBytes } from "@teu/content/hash";
import { MemoryStore } from "@teu/content/memory-store";
import type { Descriptor } from "@teu/spec/descriptor";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type NewMember, writeTar } from "@teu/tar/write-tar";
import { type FolderOptions, putFolder, writeFolder } from "./artifact-folder.ts";

async function sample(dir: TempDir): Promise<string> {
  await dir.write("in/b.txt", "b");
  await dir.write("in/a/deep.txt", "deep");
  await dir.write("in/a/empty", "");
  await chmod(dir.join("in/b.txt"), 0o755);
  await mkdir(dir.join("in/none"));
  await symlink("a/deep.txt", dir.join("in/link"));
  await writeFile(Buffer.concat([Buffer.from(`${dir.join("in")}/`), Buffer.from([0xff, 0x62])]), "no text");
  return dir.join("in");
}

function options(dir: TempDir): FolderOptions {
  return { title: "in", temporary: dir.path };
}

const file = (name: string): NewMember => ({ entry: { name, size: 1 }, content: new Uint8Array(1) });
const link = (name: string, linkname: string): NewMember => ({ entry: { name, type: "symlink", linkname } });

const HOSTILE: Readonly<Record<string, readonly NewMember[]>> = {
  "a path out of the folder": [file("in/../x")],
  "a path beside the folder": [file("other/x")],
  "an absolute path": [file("/in/x")],
  "a link to an absolute path": [link("in/x", "/etc")],
  "a link out of the folder": [link("in/a/x", "../../y")],
  "a link with steps up behind a name": [link("in/a/x", "b/../c")],
  "a file through a link": [{ entry: { name: "in/d/", type: "directory" } }, link("in/l", "d"), file("in/l/x")],
  "a hard link out of the folder": [{ entry: { name: "in/x", type: "hard-link", linkname: "../y" } }],
  "a device": [{ entry: { name: "in/null", type: "character-device", deviceMajor: 1, deviceMinor: 3 } }],
};

suite("folders in artifacts", () => {
  test("come back as they were, and give the same bytes again", async () => {
    await using dir = await tempDir();
    const store = new MemoryStore();
    const layer = await putFolder(store, await sample(dir), options(dir));
    await dir.write("in/b.txt", "b");
    assert.deepEqual(await putFolder(store, dir.join("in"), options(dir)), layer);
    const later = { ...options(dir), epoch: { seconds: 1, nanoseconds: 0 } };
    assert.notEqual((await putFolder(store, dir.join("in"), later)).digest, layer.digest);
    assert.deepEqual(
      (await readdir(dir.path)).filter((name) => name !== "in"),
      [],
    );
    await writeFolder(store, layer, { path: dir.join("out"), title: "in" });
    assert.equal(await readFile(dir.join("out/a/deep.txt"), "utf8"), "deep");
    assert.equal((await readFile(dir.join("out/a/empty"))).length, 0);
    assert.equal((await stat(dir.join("out/b.txt"))).mode & 0o111, 0o111);
    assert.equal((await stat(dir.join("out/b.txt"))).mtimeMs, 0);
    assert.equal(await readlink(dir.join("out/link")), "a/deep.txt");
    assert.deepEqual(await readdir(dir.join("out/none")), []);
    const names = await readdir(dir.join("out"), { encoding: "latin1" });
    assert.ok(names.includes("\u00ffb"));
  });

  test("replace files of a folder that is there, and leave others", async () => {
    await using dir = await tempDir();
    const store = new MemoryStore();
    const layer = await putFolder(store, await sample(dir), options(dir));
    await dir.write("out/b.txt", "old");
    await dir.write("out/a/other.txt", "other");
    await writeFolder(store, layer, { path: dir.join("out"), title: "in" });
    assert.equal(await readFile(dir.join("out/b.txt"), "utf8"), "b");
    assert.equal(await readFile(dir.join("out/a/other.txt"), "utf8"), "other");
    await dir.write("more/b.txt/x", "a folder in the place of a file");
    await assertCode(() => writeFolder(store, layer, { path: dir.join("more"), title: "in" }), "ERR_FILE_EXISTS");
  });

  for (const [what, members] of Object.entries(HOSTILE))
    test(`are refused with ${what}, and nothing is written`, async () => {
      await using dir = await tempDir();
      const store = new MemoryStore();
      const layer = await layerOf(store, members);
      await assertCode(() => writeFolder(store, layer, { path: dir.join("out"), title: "in" }), "ERR_PATH_ESCAPE");
      assert.deepEqual(await readdir(dir.path), []);
    });

  test("are refused when the archive is another than the annotation says", async () => {
    await using dir = await tempDir();
    const store = new MemoryStore();
    const layer = await layerOf(store, [{ entry: { name: "in/", type: "directory" } }]);
    const annotations = { ...layer.annotations, "io.deis.oras.content.digest": digestBytes(new Uint8Array()) };
    const place = { path: dir.join("out"), title: "in" };
    await assertCode(() => writeFolder(store, { ...layer, annotations }, place), "ERR_BLOB_DIGEST");
    assert.deepEqual(await readdir(dir.path), []);
  });
});

async function layerOf(store: MemoryStore, members: readonly NewMember[]): Promise<Descriptor> {
  const bytes = concatBytes(await Array.fromAsync(compress(writeTar(members), "gzip")));
  const annotations = { "io.deis.oras.content.unpack": "true" };
  const layer = { mediaType: "application/x", digest: digestBytes(bytes), size: bytes.length, annotations };
  await store.put(layer, [bytes]);
  return layer;
}
