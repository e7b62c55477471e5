/** Disks that are full or read-only, and pipes. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { openArchive } from "@teu/content/archive-store";
import { createArchive } from "@teu/content/archive-writer";
import { copy } from "@teu/content/copy";
import { openDirectory } from "@teu/content/directory-store";
import { openLayout } from "@teu/content/layout-store";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import type { TeuError } from "@teu/std/error";
import { assertCode } from "@teu/testing/assert-code";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { assertWhole } from "./peers.ts";

const run = promisify(execFile);

/** Mounts a file system of 2 MiB at a folder for the length of a test; nothing where the machine does not allow it. */
async function smallDisk(dir: TempDir): Promise<AsyncDisposable & { readonly path: string }> {
  const path = dir.join("disk");
  await mkdir(path);
  await run("mount", ["-t", "tmpfs", "-o", "size=2m", "none", path]);
  return { path, [Symbol.asyncDispose]: async () => void (await run("umount", [path])) };
}

const skip = anyOf(needsLinux(), needsRoot(), needsProgram("mount"));

const LARGE = sampleImage("large", { layerBytes: [1_500_000, 1_600_000] });

async function sourceOf(): Promise<MemoryStore> {
  const source = new MemoryStore();
  await putAll(source, LARGE);
  return source;
}

suite("a full disk", { skip }, () => {
  async function fails(copying: () => Promise<unknown>): Promise<void> {
    const error = await assertCode(copying, "ERR_COPY_TARGET");
    assert.equal((error as { cause?: TeuError }).cause?.code, "ERR_STORE_FULL");
    assert.match(error.message, /the disk is full/);
  }

  test("gives one clear error and leaves no debris in a layout", async () => {
    await using dir = await tempDir();
    await using disk = await smallDisk(dir);
    {
      await using layout = await openLayout(`${disk.path}/l`, { create: true });
      await fails(async () => copy(await sourceOf(), layout, LARGE.root, { tags: ["v1"] }));
      assert.deepEqual(await Array.fromAsync(layout.tags()), []);
    }
    assert.deepEqual((await readdir(`${disk.path}/l/.teu`)).sort(), ["index.lock", "use.lock"]);
    // What did arrive is whole, and there is room for it alone.
    await using layout = await openLayout(`${disk.path}/l`);
    for await (const { digest, size } of layout.blobs()) {
      assert.ok(LARGE.content.some(({ descriptor }) => descriptor.digest === digest && descriptor.size === size));
    }
  });

  test("leaves nothing of an archive, and no half content in a folder", async () => {
    await using dir = await tempDir();
    await using disk = await smallDisk(dir);
    {
      await using archive = await createArchive(`${disk.path}/a.tar`);
      await fails(async () => copy(await sourceOf(), archive, LARGE.root));
    }
    assert.deepEqual(await readdir(disk.path), []);
    const folder = await openDirectory(`${disk.path}/f`, { create: true });
    await fails(async () => copy(await sourceOf(), folder, LARGE.root));
    const names = await readdir(`${disk.path}/f`);
    assert.ok(
      names.every((name) => !name.startsWith(".teu-tmp-")),
      names.join(),
    );
  });
});

suite("a disk that is read-only", { skip }, () => {
  test("can be read, and says so when it is written to", async () => {
    await using dir = await tempDir();
    await using disk = await smallDisk(dir);
    const image = sampleImage("small");
    {
      await using layout = await openLayout(`${disk.path}/l`, { create: true });
      await putAll(layout, image);
      await layout.tag("v1", image.root);
    }
    await run("mount", ["-o", "remount,ro", disk.path]);
    await using layout = await openLayout(`${disk.path}/l`);
    assert.equal((await layout.resolve("v1"))?.digest, image.root.digest);
    await assertWhole(layout, image.root);
    await assertCode(() => layout.untag("v1"), "ERR_STORE_READ_ONLY");
    await assertCode(() => openLayout(`${disk.path}/new`, { create: true }), "ERR_STORE_READ_ONLY");
    await assertCode(() => createArchive(`${disk.path}/a.tar`), "ERR_STORE_READ_ONLY");
    const target = await openLayout(`${disk.path}/l`);
    const error = await assertCode(async () => copy(await sourceOf(), target, LARGE.root), "ERR_COPY_TARGET");
    assert.equal((error as { cause?: TeuError }).cause?.code, "ERR_STORE_READ_ONLY");
  });
});

test("an archive goes through a pipe", { skip: anyOf(needsLinux(), needsProgram("mkfifo")) }, async () => {
  await using dir = await tempDir();
  const pipe = dir.join("pipe");
  await run("mkfifo", [pipe]);
  const writing = (async () => {
    await using archive = await createArchive(pipe);
    await copy(await sourceOf(), archive, LARGE.root, { tags: ["v1"] });
    await archive.commit();
  })();
  await using store = await openArchive(createReadStream(pipe));
  await writing;
  assert.deepEqual(await store.resolve("v1"), LARGE.root);
  await assertWhole(store, LARGE.root);
});

test(
  "an archive is read from a pipe by its name",
  { skip: anyOf(needsLinux(), needsProgram("mkfifo", "cat")) },
  async () => {
    await using dir = await tempDir();
    {
      await using archive = await createArchive(dir.join("a.tar"));
      await copy(await sourceOf(), archive, LARGE.root, { tags: ["v1"] });
      await archive.commit();
    }
    const pipe = dir.join("pipe");
    await run("mkfifo", [pipe]);
    const cat = spawn("sh", ["-c", 'cat "$1" > "$2"', "sh", dir.join("a.tar"), pipe], { stdio: "ignore" });
    await using store = await openArchive(pipe);
    assert.deepEqual(await store.resolve("v1"), LARGE.root);
    cat.kill();
  },
);
