import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { MemoryStore } from "@teu/content/memory-store";
import { type Image, imageGraph, openImage } from "@teu/content/mutate/image";
import { unpackBundle } from "@teu/layer/bundle/bundle";
import { S_IFDIR, S_IFMT } from "@teu/kernel/files";
import { hashTree } from "@teu/layer/emit/digests";
import { flattenLayers } from "@teu/layer/emit/flatten";
import { diffTrees } from "@teu/layer/emit/tree-diff";
import { helperPath } from "@teu/layer/helper-program";
import { repack } from "@teu/layer/repack/repack";
import { archive, file, folder, hardLink, imageOf, symlink } from "@teu/layer/testing/sample-image";
import type { TreeFile } from "@teu/layer/tree-node";
import { unpack } from "@teu/layer/unpack";
import { collect } from "@teu/std/streams";
import { anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { TempDir, tempDir } from "@teu/testing/temp-dir";
import { compareTrees } from "./compare-trees.ts";

const helper = helperPath() ?? "";
const needsHelper = helper === "" && "needs teu-layer to be built";
const time = (seconds: number): { mtime: { seconds: number; nanoseconds: number } } => ({
  mtime: { seconds, nanoseconds: 123_456_789 },
});

/** An image with everything that a layer can have. */
function richImage(): ReturnType<typeof imageOf> {
  const base = archive(
    folder("./", { mode: 0o755, ...time(1) }),
    folder("etc/", time(2)),
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", time(3)),
    file("etc/hidden", "gone", time(3)),
    folder("bin/", time(4)),
    file("bin/su", "su", { mode: 0o4755, ...time(5) }),
    file("bin/ping", "ping", {
      xattrs: new Map([
        ["security.capability", CAPABILITY],
        ["user.note", new Uint8Array([0, 1, 255])],
      ]),
      ...time(5),
    }),
    hardLink("bin/ping6", "bin/ping", { mode: 0o644, ...time(5) }),
    symlink("sbin", "/bin"),
    file("owned", "mine", { uid: 70_000, gid: 80_000, mode: 0o640, ...time(6) }),
    { entry: { name: "null", type: "character-device", deviceMajor: 1, deviceMinor: 3, mode: 0o666, ...time(7) } },
    {
      entry: { name: "disk", type: "block-device", deviceMajor: 7, deviceMinor: 300, mode: 0o660, gid: 6, ...time(7) },
    },
    { entry: { name: "pipe", type: "fifo", mode: 0o600, ...time(8) } },
    folder("opaque/", time(9)),
    file("opaque/old", "old", time(9)),
    folder("tmp/", { mode: 0o1777, ...time(10) }),
    file("n".repeat(200), "long", time(11)),
    file("größe", "text", time(12)),
  );
  const top = archive(
    file("etc/.wh.hidden", ""),
    file("etc/motd", "new", time(20)),
    file("opaque/.wh..wh..opq", ""),
    file("opaque/new", "new", time(21)),
    hardLink("linked", "bin/su", { mode: 0o4755, ...time(5) }),
    file("sbin/added", "through a link", time(22)),
  );
  return imageOf([base, top]);
}

// As setcap writes cap_net_raw+ep.
const CAPABILITY = Uint8Array.from([1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

async function layoutOf(image: Image, path: string): Promise<void> {
  await using layout = await openLayout(path, { create: true });
  const { root, store } = imageGraph(image);
  await copy(store, layout, root, { tags: ["v1"] });
}

suite("trees beside those of other tools", { skip: needsHelper || needsRoot() }, () => {
  test("umoci makes the same", { skip: needsProgram("umoci") }, async () => {
    await using dir = await tempDir();
    const image = await richImage();
    await layoutOf(image, dir.join("layout"));
    await unpack(image, dir.join("ours"));
    execFileSync("umoci", ["raw", "unpack", "--image", `${dir.join("layout")}:v1`, dir.join("theirs")], {
      stdio: "ignore",
    });
    assert.deepEqual(await compareTrees(helper, dir.join("ours"), dir.join("theirs")), []);
  });

  test("podman makes the same", { skip: anyOf(needsProgram("podman")) }, async (context) => {
    // podman takes the path for a name, which has no capitals.
    await using dir = new TempDir(join(tmpdir(), `teu-test-${randomBytes(6).toString("hex")}`));
    mkdirSync(dir.path);
    const image = await richImage();
    await layoutOf(image, dir.join("layout"));
    await unpack(image, dir.join("ours"));
    const podman = (...args: string[]): string =>
      execFileSync(
        "podman",
        ["--root", dir.join("store"), "--runroot", dir.join("run"), "--storage-driver", "vfs", ...args],
        { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
      ).trim();
    let id = "";
    try {
      id =
        podman("pull", "-q", `oci:${dir.join("layout")}:v1`)
          .split("\n")
          .at(-1) ?? "";
    } catch (error) {
      context.skip(`podman does not work here: ${String((error as { stderr?: string }).stderr).slice(0, 200)}`);
      return;
    }
    const mounted = podman("image", "mount", id);
    const isFolder = (_: string, found: { readonly mode: number }): boolean => (found.mode & S_IFMT) === S_IFDIR;
    assert.deepEqual(await compareTrees(helper, dir.join("ours"), mounted, { ignoreTimes: isFolder }), []);
  });
});

suite("an image there and back", { skip: needsHelper || needsRoot() }, () => {
  test("nothing changed makes no layer", async () => {
    await using dir = await tempDir();
    const image = await richImage();
    await unpackBundle(image, dir.join("bundle"));
    const scratch = new MemoryStore();
    assert.equal((await repack(image, dir.join("bundle"), scratch)).layer, undefined);
  });

  test("a copy of the same files makes no layer: contents are compared where in doubt", async () => {
    await using dir = await tempDir();
    const image = await richImage();
    await unpackBundle(image, dir.join("bundle"));
    execFileSync("cp", ["-a", dir.join("bundle"), dir.join("copy")]);
    assert.equal((await repack(image, dir.join("copy"), new MemoryStore())).layer, undefined);
  });

  test("what changed, and only that, is in the new layer, and unpacks to the same tree", async () => {
    await using dir = await tempDir();
    const image = await richImage();
    await unpackBundle(image, dir.join("bundle"));
    const root = (path: string): string => dir.join("bundle/rootfs", path);
    rmSync(root("etc/motd"));
    rmSync(root("opaque"), { recursive: true });
    writeFileSync(root("bin/su"), "SU");
    writeFileSync(root("owned"), "mini");
    utimesSync(root("owned"), 6, 6.123456789);
    const scratch = new MemoryStore();
    const { image: changed, layer } = await repack(image, dir.join("bundle"), scratch);
    assert.notEqual(layer, undefined);
    const again = await repack(image, dir.join("bundle"), new MemoryStore());
    assert.equal(again.layer?.descriptor.digest, layer?.descriptor.digest);
    const graph = imageGraph(changed);
    await unpack(await openImage(graph), dir.join("again"));
    assert.deepEqual(await compareTrees(helper, dir.join("bundle/rootfs"), dir.join("again")), []);
    const { tree } = await hashTree([layer].filter((one) => one !== undefined));
    const names = [...tree.nodes()].filter((node) => node.file.offset >= 0).map(({ path }) => path);
    assert.deepEqual(names, ["bin/su", "etc", "linked", "owned"]);
  });

  test("flattened layers are the same tree", async () => {
    const image = await richImage();
    const flat = await imageOf([await collect(flattenLayers(image.layers), { maxBytes: 2 ** 24 })]);
    const [one, two] = [await hashTree(image.layers), await hashTree(flat.layers)];
    const sameContent = (before: TreeFile, after: TreeFile): boolean =>
      one.digests.get(before) === two.digests.get(after);
    assert.deepEqual(
      [...diffTrees(one.tree, two.tree, { sameContent })].map(({ path, fields }) => [path, fields]),
      [],
    );
  });

  test("a squashed range does the same above the same base", async () => {
    const base = archive(
      folder("d/"),
      file("d/a", "1"),
      file("d/b", "1"),
      folder("e/"),
      file("e/a", "1"),
      file("f", "1"),
      folder("g/"),
      file("g/x", "1"),
    );
    const one = archive(file("d/.wh.a", ""), file("e/.wh..wh..opq", ""), file(".wh.g", ""), file("f", "2"));
    const two = archive(file("d/c", "2"), file("e/n", "2"), folder("g/"), file("g/y", "2"), file("d/.wh.b", ""));
    const image = await imageOf([base, one, two]);
    const squashed = await collect(flattenLayers(image.layers.slice(1), { below: image.layers.slice(0, 1) }), {
      maxBytes: 2 ** 20,
    });
    const [before, after] = [await hashTree(image.layers), await hashTree((await imageOf([base, squashed])).layers)];
    assert.deepEqual(
      [...diffTrees(before.tree, after.tree)].map(({ path, kind, fields }) => [path, kind, fields]),
      [],
    );
  });
});
