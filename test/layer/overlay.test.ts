import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { appendLayers } from "@teu/content/mutate/layer-edit";
import { helperPath } from "@teu/layer/helper-program";
import { packOverlay } from "@teu/layer/repack/pack-overlay";
import { scanTree } from "@teu/layer/repack/scan";
import { archive, file, folder, hardLink, imageOf, symlink } from "@teu/layer/testing/sample-image";
import { unpack } from "@teu/layer/unpack";
import { unpackLayer } from "@teu/layer/unpack-layer";
import { assertCode } from "@teu/testing/assert-code";
import { anyOf, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { compareTrees } from "./compare-trees.ts";

const helper = helperPath() ?? "";
const skip = anyOf(needsRoot(), helper === "" && "needs teu-layer to be built");
const time = { mtime: { seconds: 1_000_000, nanoseconds: 5 } };

/** Every way in which a layer rests on those below it. */
const LAYERS: readonly Uint8Array[] = [
  archive(
    folder("./", { mode: 0o711, uid: 3, ...time }),
    folder("usr/", time),
    folder("usr/bin/", { mode: 0o750, uid: 5, gid: 6, ...time }),
    file("usr/bin/tool", "tool", { mode: 0o4755, uid: 7, xattrs: new Map([["user.a", new Uint8Array([1])]]), ...time }),
    symlink("bin", "usr/bin"),
    folder("opaque/", { mode: 0o700, ...time }),
    file("opaque/old", "old", time),
    folder("opaque/sub/", time),
    file("opaque/sub/old", "old", time),
    folder("gone/", time),
    file("gone/file", "gone", time),
    folder("replaced/", { mode: 0o701, ...time }),
    file("replaced/old", "old", time),
    file("hidden", "hidden", time),
    file("becomes-folder", "file", time),
    folder("becomes-file/", time),
    file("becomes-file/old", "old", time),
  ),
  archive(
    file("bin/added", "through a link", time),
    hardLink("linked", "bin/tool"),
    file(".wh.hidden", ""),
    file(".wh.gone", ""),
    file("opaque/.wh..wh..opq", ""),
    file("opaque/new", "new", time),
    folder("opaque/sub/", time),
    file(".wh.replaced", ""),
    file("replaced/new", "new", time),
    folder("becomes-folder/", time),
    file("becomes-folder/new", "new", time),
    file("becomes-file", "file", time),
  ),
  archive(file("opaque/sub/late", "late", time), file("usr/bin/.wh.added", ""), hardLink("again", "linked")),
];

function mounted(dir: TempDir, lower: readonly string[], options: string): { readonly path: string } & Disposable {
  const path = dir.join("merged");
  mkdirSync(path);
  const layers = `lowerdir=${lower.join(":")}${options}`;
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", layers, path]);
  return { path, [Symbol.dispose]: () => void execFileSync("umount", [path]) };
}

/** The options of a mount that can be written to. */
function writable(dir: TempDir): string {
  for (const each of ["work", "upper"]) mkdirSync(dir.join(each));
  return `,upperdir=${dir.join("upper")},workdir=${dir.join("work")}`;
}

async function unpackAll(
  dir: TempDir,
  layers: readonly Uint8Array[],
  options: { readonly overlay?: "user" | "trusted"; readonly privileged?: boolean } = {},
): Promise<string[]> {
  const image = await imageOf(layers);
  const folders: string[] = [];
  for (const [at, layer] of image.layers.entries()) {
    const target = dir.join(`layer${at}`);
    await unpackLayer(layer, target, { below: folders, ...options });
    folders.unshift(target);
  }
  return folders;
}

const isNoLink = (line: string): boolean => line !== "hard links differ" && !/: links \d/.test(line);

suite("layers for overlayfs", { skip }, () => {
  for (const overlay of ["trusted", "user"] as const) {
    test(`mounted with attributes of ${overlay}, they are what one tree of them is`, async () => {
      await using dir = await tempDir();
      const image = await imageOf(LAYERS);
      await unpack(image, dir.join("whole"));
      const folders = await unpackAll(dir, LAYERS, { overlay });
      using merged = mounted(dir, folders, overlay === "user" ? ",userxattr" : "");
      // Overlayfs shows a directory's time of the topmost layer that has it, a tree keeps one that no entry sets.
      const implicit = new Set(["replaced", "opaque/sub", "opaque", "usr/bin", ""]);
      const lines = await compareTrees(helper, dir.join("whole"), merged.path, {
        ignoreTimes: (path) => implicit.has(path),
      });
      // Overlayfs brings up the one name of a file that is linked to, and so parts it from those further below.
      assert.deepEqual(lines.filter(isNoLink), []);
    });
  }

  test("what a mount changes becomes a layer that changes the same", async () => {
    await using dir = await tempDir();
    const folders = await unpackAll(dir, LAYERS);
    const memory = new MemoryStore();
    let layer;
    {
      using merged = mounted(dir, folders, writable(dir));
      rmSync(`${merged.path}/becomes-file`);
      rmSync(`${merged.path}/opaque`, { recursive: true });
      mkdirSync(`${merged.path}/opaque`);
      writeFileSync(`${merged.path}/opaque/newest`, "newest");
      chmodSync(`${merged.path}/usr/bin/tool`, 0o755);
      execFileSync("cp", ["-a", dir.join("merged"), dir.join("expected")]);
    }
    layer = await packOverlay(dir.join("upper"), memory);
    assert.ok(layer !== undefined);
    const image = appendLayers(await imageOf(LAYERS), [layer]);
    await unpack(image, dir.join("actual"));
    const lines = await compareTrees(helper, dir.join("expected"), dir.join("actual"));
    assert.deepEqual(lines.filter(isNoLink), []);
  });

  test("an upper folder that nothing was done in makes no layer", async () => {
    await using dir = await tempDir();
    mkdirSync(dir.join("upper"));
    assert.equal(await packOverlay(dir.join("upper"), new MemoryStore()), undefined);
  });

  test("a renamed directory, which no layer can say, is refused", async (context) => {
    await using dir = await tempDir();
    const folders = await unpackAll(dir, LAYERS);
    {
      using merged = mounted(dir, folders, `${writable(dir)},redirect_dir=on`);
      renameSync(`${merged.path}/usr`, `${merged.path}/lib`);
    }
    const scan = await scanTree(helper, dir.join("upper"));
    if (scan.get("lib")?.xattrs?.has("trusted.overlay.redirect") !== true) return context.skip("no redirects here");
    await assertCode(() => packOverlay(dir.join("upper"), new MemoryStore()), "ERR_OVERLAY_INVALID");
  });

  test("a hard link to a layer below is refused where that is not known", async () => {
    await using dir = await tempDir();
    const image = await imageOf(LAYERS);
    const [, second] = image.layers;
    assert.ok(second !== undefined);
    await assertCode(() => unpackLayer(second, dir.join("alone")), "ERR_LAYER_LINK");
  });

  test("files brought up keep their holes", async () => {
    await using dir = await tempDir();
    const folders = await unpackAll(dir, [archive(file("f", "x"))]);
    truncateSync(`${folders[0]}/f`, 10_000_000);
    utimesSync(`${folders[0]}/f`, 1, 1);
    const image = await imageOf([archive(hardLink("g", "f"))]);
    const [layer] = image.layers;
    assert.ok(layer !== undefined);
    await unpackLayer(layer, dir.join("top"), { below: folders });
    const blocks = Number(execFileSync("stat", ["-c", "%b", dir.join("top/g")], { encoding: "utf8" }));
    assert.ok(blocks < 200, `${blocks} blocks`);
  });
});
