/** Unpacked and packed again by who is not root, and by root as if it were not. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, lstatSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { imageGraph } from "@teu/content/mutate/image";
import { helperPath } from "@teu/layer/helper-program";
import { archive, file, folder, imageOf } from "@teu/layer/testing/sample-image";
import { anyOf, needsLinux, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { teu, teuWell } from "./teu.ts";

const skip = anyOf(needsLinux(), needsRoot(), helperPath() === undefined && "needs teu-layer to be built");
const NOBODY = 65_534;

/** A folder of nobody's with the layout `l`, whose image has owners, a device and a name that is not UTF-8. */
async function place(): Promise<TempDir> {
  const dir = await tempDir();
  const image = await imageOf([
    archive(
      folder("srv/", { uid: 7, gid: 8, mode: 0o750 }),
      file("srv/data", "data", { uid: 7, gid: 8, mode: 0o4640 }),
      file("root", "root"),
      { entry: { name: "null", type: "character-device", deviceMajor: 1, deviceMinor: 3, mode: 0o666 } },
      { entry: { name: Buffer.from([0xff, 0xfe]), type: "file", mode: 0o644, size: 0 } },
    ),
  ]);
  await using layout = await openLayout(dir.join("l"), { create: true });
  const { root, store } = imageGraph(image);
  await copy(store, layout, root, { tags: ["v1"] });
  return dir;
}

interface Row {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly layer: number;
}

async function rows(dir: TempDir, name: string): Promise<readonly Row[]> {
  const text = await teuWell(["image", "files", name, "--format", "json"], { cwd: dir.path });
  return text.split("\n").map((line) => JSON.parse(line) as Row);
}

suite("unpacked without privileges", { skip, concurrency: 2 }, () => {
  test("an image says what was left out, and comes back without a change as it was", async () => {
    await using dir = await place();
    chmodSync(dir.path, 0o777);
    const options = { cwd: dir.path, uid: NOBODY };
    const { code, notes } = await teu(["image", "unpack", "--bundle", "oci:l:v1", "bundle"], options);
    assert.equal(code, 0, notes);
    assert.match(notes, /left out: devices \(1\)/);
    assert.match(notes, /left out: set-user-id and set-group-id bits \(1\)/);
    assert.equal(lstatSync(dir.join("bundle/rootfs/srv/data")).uid, NOBODY);
    const repacked = await teu(["image", "repack", "oci:l:v1", "bundle", "oci:new:v2"], options);
    assert.match(repacked.notes, /0 changed, 0 removed, so no new layer/);
  });

  test("owners that were noted come back when something changes", async () => {
    await using dir = await place();
    chownSync(dir.path, NOBODY, NOBODY);
    const options = { cwd: dir.path, uid: NOBODY };
    await teuWell(["image", "unpack", "--bundle", "--record-owners", "oci:l:v1", "bundle"], options);
    writeFileSync(dir.join("bundle/rootfs/srv/data"), "changed");
    await teuWell(["image", "repack", "oci:l:v1", "bundle", "oci:new:v2"], options);
    const changed = (await rows(dir, "oci:new:v2")).filter(({ layer }) => layer === 1);
    assert.deepEqual(
      changed.map(({ path, uid, gid }) => [path, uid, gid]),
      [["srv/data", 7, 8]],
    );
  });

  test("without the notes all files are root's", async () => {
    await using dir = await place();
    chownSync(dir.path, NOBODY, NOBODY);
    const options = { cwd: dir.path, uid: NOBODY };
    await teuWell(["image", "unpack", "--bundle", "oci:l:v1", "bundle"], options);
    writeFileSync(dir.join("bundle/rootfs/srv/data"), "changed");
    await teuWell(["image", "repack", "oci:l:v1", "bundle", "oci:new:v2"], options);
    const changed = (await rows(dir, "oci:new:v2")).filter(({ layer }) => layer === 1);
    assert.deepEqual(
      changed.map(({ uid, gid }) => [uid, gid]),
      [[0, 0]],
    );
  });

  test("root maps ids, and they come back", async () => {
    await using dir = await place();
    const maps = ["--uid-map", "0:100000:1000", "--gid-map", "0:200000:1000"];
    await teuWell(["image", "unpack", "--bundle", ...maps, "oci:l:v1", "bundle"], { cwd: dir.path });
    const { uid, gid } = lstatSync(dir.join("bundle/rootfs/srv/data"));
    assert.deepEqual([uid, gid], [100_007, 200_008]);
    chmodSync(dir.join("bundle/rootfs/srv/data"), 0o600);
    await teuWell(["image", "repack", "oci:l:v1", "bundle", "oci:new:v2"], { cwd: dir.path });
    const changed = (await rows(dir, "oci:new:v2")).filter(({ layer }) => layer === 1);
    assert.deepEqual(
      changed.map((row) => [row.uid, row.gid]),
      [[7, 8]],
    );
  });
});
