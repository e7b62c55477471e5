import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { needsLinux, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { helperPath } from "../helper-program.ts";
import { openHelperOps } from "./helper-ops.ts";
import { openNodeOps } from "./node-ops.ts";
import type { TreeOps } from "./ops.ts";

const helper = helperPath() ?? "";
const unbuilt = helper === "" && "needs teu-layer to be built";
const time = { seconds: 1_000_000, nanoseconds: 500_000_000 };

const IMPLEMENTATIONS = [
  { name: "teu-layer", skip: unbuilt, open: (root: string) => openHelperOps(helper, root) },
  { name: "teu-layer on QuickJS", skip: unbuilt, open: (root: string) => openHelperOps(`${helper}-quickjs`, root) },
  { name: "Node", skip: false, open: async (root: string) => openNodeOps(root) },
] as const;

for (const { name, skip, open } of IMPLEMENTATIONS) {
  suite(`a tree made by ${name}`, { skip }, () => {
    const made = async (make: (ops: TreeOps, dir: TempDir) => void): Promise<TempDir> => {
      const dir = await tempDir();
      mkdirSync(dir.join("root"));
      await using ops = await open(dir.join("root"));
      make(ops, dir);
      await ops.drain(true);
      return dir;
    };

    test("has files with content, holes and attributes", async () => {
      await using dir = await made((ops) => {
        ops.make("", "d", { type: "directory" });
        ops.make("d", "f", { type: "file" });
        ops.write(new Uint8Array([1, 2]), 0);
        ops.write(new Uint8Array(100_000).fill(3), 10);
        ops.settle("d", "f", { mode: 0o640, mtime: time }, 200_000);
        ops.settle("", "d", { mode: 0o751, mtime: time });
      });
      const content = readFileSync(dir.join("root/d/f"));
      assert.deepEqual([content.length, content[1], content[2], content[10], content[150_000]], [200_000, 2, 0, 3, 0]);
      for (const [path, mode] of [
        ["root/d/f", 0o640],
        ["root/d", 0o751],
      ] as const) {
        const stat = lstatSync(dir.join(path));
        assert.deepEqual([stat.mode & 0o7777, stat.mtimeMs], [mode, 1_000_000_500], path);
      }
    });

    test("has links, and loses what is removed", async () => {
      await using dir = await made((ops) => {
        ops.make("", "d", { type: "directory" });
        ops.make("d", "f", { type: "file" });
        ops.settle("d", "f", {}, 0);
        ops.make("", "l", { type: "symlink", target: "/nowhere" });
        ops.settle("", "l", { mtime: time });
        ops.make("", "h", { type: "hard-link", folder: "d", name: "f" });
        ops.remove("d", "f", false);
        ops.remove("", "d", true);
      });
      assert.deepEqual(readdirSync(dir.join("root")).sort(), ["h", "l"]);
      assert.equal(readlinkSync(dir.join("root/l")), "/nowhere");
      assert.equal(lstatSync(dir.join("root/l")).mtimeMs, 1_000_000_500);
    });

    test("has set-id bits though owners are set", { skip: needsRoot() }, async () => {
      await using dir = await made((ops) => {
        ops.make("", "f", { type: "file" });
        ops.settle("", "f", { owner: { uid: 5, gid: 6 }, mode: 0o6755 }, 0);
      });
      const { mode, uid, gid } = lstatSync(dir.join("root/f"));
      assert.deepEqual([mode & 0o7777, uid, gid], [0o6755, 5, 6]);
    });

    test("has names that are no text", async () => {
      await using dir = await made((ops) => {
        ops.make("", "\u00ff\u0080", { type: "file" });
        ops.settle("", "\u00ff\u0080", {}, 0);
      });
      assert.deepEqual(readdirSync(dir.join("root"), { encoding: "buffer" }), [Buffer.from([0xff, 0x80])]);
    });

    test("is refused where something is, and nothing is written through it", async () => {
      await using dir = await tempDir();
      mkdirSync(dir.join("root"));
      await dir.write("canary", "alive");
      symlinkSync("../canary", dir.join("root/l"));
      linkSync(dir.join("canary"), dir.join("root/h"));
      for (const taken of ["l", "h"]) {
        await using ops = await open(dir.join("root"));
        await assertCode(async () => {
          ops.make("", taken, { type: "file" });
          await ops.drain(true);
        }, "ERR_APPLY");
      }
      assert.equal(readFileSync(dir.join("canary"), "utf8"), "alive");
    });

    test("never leaves its root by a symbolic link in a folder's path", { skip: needsLinux() }, async () => {
      await using dir = await tempDir();
      for (const folder of ["root", "outside"]) mkdirSync(dir.join(folder));
      symlinkSync("../outside", dir.join("root/l"));
      await using ops = await open(dir.join("root"));
      await assertCode(async () => {
        ops.make("l", "f", { type: "file" });
        await ops.drain(true);
      }, "ERR_APPLY");
      assert.equal(existsSync(dir.join("outside/f")), false);
    });
  });
}
