/** Commands on disks that are full or read-only: one clear error, and no debris. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { before, suite, test } from "node:test";
import { helperPath } from "@teu/layer/helper-program";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type Run, teu, teuWell } from "./teu.ts";

const skip = anyOf(
  needsLinux(),
  needsRoot(),
  needsProgram("mount"),
  helperPath() === undefined && "needs teu-layer to be built",
);
const DISK_BYTES = 2_000_000;

/** Mounts a small file system for the length of a test. */
function smallDisk(dir: TempDir): Disposable & { readonly path: string } {
  const path = dir.join("disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "none", path]);
  return { path, [Symbol.dispose]: () => void execFileSync("umount", [path]) };
}

/** Every name below a folder that is not of the lock files of a layout. */
function namesIn(path: string): string[] {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  return names.filter((name) => !/^(?:.*\/)?\.teu(?:\/(?:index|use)\.lock)?$/.test(name)).sort();
}

function assertOneError({ code, notes }: Run, message: RegExp): void {
  assert.equal(code, 1, notes);
  const lines = notes.trimEnd().split("\n");
  assert.match(notes, message);
  assert.ok(lines.length <= 2 && lines.every((line) => line.startsWith("teu: ")), notes);
}

suite("a disk", { skip, concurrency: 2 }, () => {
  let shared: TempDir;
  const image = (): string => `oci:${shared.join("layout")}:v1`;

  before(async () => {
    shared = await tempDir();
    mkdirSync(shared.join("tree/d"), { recursive: true });
    writeFileSync(shared.join("tree/big"), randomBytes(DISK_BYTES + 1_000_000));
    for (let at = 0; at < 20; at += 1) writeFileSync(shared.join(`tree/d/${at}`), String(at));
    await teuWell(["image", "append", "scratch", "tree", "-o", image()], { cwd: shared.path });
    await teuWell(["copy", "-q", image(), `docker-archive:${shared.path}/saved.tar:example.com/image:1`], {
      cwd: shared.path,
    });
  });

  test("that is full gives one error when unpacking, and nothing is left", async () => {
    await using dir = await tempDir();
    using disk = smallDisk(dir);
    assertOneError(
      await teu(["image", "unpack", image(), `${disk.path}/root`], { cwd: dir.path }),
      /no space left|disk is full/i,
    );
    assertOneError(
      await teu(["image", "unpack", "--bundle", image(), `${disk.path}/b`], { cwd: dir.path }),
      /no space left|disk is full/i,
    );
    assert.deepEqual(namesIn(disk.path), []);
  });

  test("that is full gives one error when copying, saving and loading", async () => {
    await using dir = await tempDir();
    using disk = smallDisk(dir);
    const full = /the disk is full/;
    assertOneError(await teu(["copy", "-q", image(), `oci:${disk.path}/l:v1`], { cwd: dir.path }), full);
    assert.deepEqual(
      namesIn(`${disk.path}/l`).filter((name) => name.startsWith(".teu/")),
      [],
    );
    assert.doesNotMatch(await teuWell(["image", "ls", `oci:${disk.path}/l`], { cwd: dir.path }), /v1/);
    assertOneError(await teu(["copy", "-q", image(), `oci-archive:${disk.path}/a.tar`], { cwd: dir.path }), full);
    assertOneError(
      await teu(["load", "-q", "-i", shared.join("saved.tar")], { cwd: dir.path, env: { TEU_ROOT: disk.path } }),
      full,
    );
    assert.equal(
      (await teuWell(["image", "validate", `oci:${disk.path}/l`], { cwd: dir.path })).includes("0 broken"),
      true,
    );
  });

  test("that is full gives one error when packing again", async () => {
    await using dir = await tempDir();
    await teuWell(["image", "unpack", "--bundle", image(), "bundle"], { cwd: dir.path });
    writeFileSync(dir.join("bundle/rootfs/more"), randomBytes(DISK_BYTES + 500_000));
    using disk = smallDisk(dir);
    const run = await teu(["image", "repack", image(), "bundle", `oci:${disk.path}/l:v2`], { cwd: dir.path });
    assertOneError(run, /the disk is full/);
    assert.deepEqual(
      namesIn(`${disk.path}/l`).filter((name) => name.startsWith("blobs/sha256/") || name.includes("tmp")),
      [],
    );
  });

  test("that is read-only gives one error, whatever is done", async () => {
    await using dir = await tempDir();
    using disk = smallDisk(dir);
    mkdirSync(`${disk.path}/l`);
    await teuWell(["image", "unpack", "--bundle", image(), "bundle"], { cwd: dir.path });
    writeFileSync(dir.join("bundle/rootfs/more"), "more");
    execFileSync("mount", ["-o", "remount,ro", disk.path]);
    const earlier = namesIn(disk.path);
    for (const words of [
      ["image", "unpack", image(), `${disk.path}/root`],
      ["copy", "-q", image(), `oci:${disk.path}/l:v1`],
      ["copy", "-q", image(), `docker-archive:${disk.path}/a.tar:example.com/image:1`],
      ["image", "repack", image(), "bundle", `oci:${disk.path}/l:v2`],
    ]) {
      assertOneError(await teu(words, { cwd: dir.path }), /read-only/);
    }
    const load = await teu(["load", "-q", "-i", shared.join("saved.tar")], {
      cwd: dir.path,
      env: { TEU_ROOT: disk.path },
    });
    assertOneError(load, /read-only/);
    assert.deepEqual(namesIn(disk.path), earlier);
  });
});
