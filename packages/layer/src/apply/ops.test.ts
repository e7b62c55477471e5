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
import { needsLinux } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { byteString, bytesOf } from "../byte-path.ts";
import { helperPath } from "../helper-program.ts";
import { type OpsUnderTest, type SeenFile, testOps } from "../testing/ops-contract.ts";
import { RecordedOps } from "../testing/recorded-ops.ts";
import { openHelperOps } from "./helper-ops.ts";
import { openNodeOps } from "./node-ops.ts";
import type { TreeOps } from "./ops.ts";

const helper = helperPath() ?? "";
const unbuilt = helper === "" && "needs teu-layer to be built";

const IMPLEMENTATIONS = [
  { name: "teu-layer", skip: unbuilt, open: (root: string) => openHelperOps(helper, root) },
  { name: "teu-layer on QuickJS", skip: unbuilt, open: (root: string) => openHelperOps(`${helper}-quickjs`, root) },
  { name: "Node", skip: false, open: async (root: string) => openNodeOps(root) },
] as const;

for (const { name, skip, open } of IMPLEMENTATIONS) testOps(name, skip, () => onDisk(open));
testOps("the recording fake", false, async () => inMemory(new RecordedOps()));

async function onDisk(open: (root: string) => Promise<TreeOps>): Promise<OpsUnderTest> {
  const dir = await tempDir();
  const root = dir.join("root");
  mkdirSync(root);
  const ops = await open(root);
  return {
    ops,
    see: (path) => seeFile(Buffer.concat([Buffer.from(`${root}/`), bytesOf(path)])),
    names: () => readdirSync(root, { encoding: "buffer" }).map(byteString).sort(),
    async [Symbol.asyncDispose]() {
      await ops[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

function seeFile(path: Buffer): SeenFile | undefined {
  if (!existsSync(path) && !isLink(path)) return undefined;
  const stat = lstatSync(path);
  const types = [
    [stat.isFile(), "file"],
    [stat.isDirectory(), "directory"],
    [stat.isSymbolicLink(), "symlink"],
    [stat.isCharacterDevice(), "character-device"],
    [stat.isBlockDevice(), "block-device"],
    [stat.isFIFO(), "fifo"],
  ] as const;
  const type = types.find(([is]) => is)?.[1] ?? "";
  const { mode, mtimeMs, uid, gid, ino } = stat;
  return {
    type,
    mode: mode & 0o7777,
    mtimeMs,
    uid,
    gid,
    identity: ino,
    ...(type === "file" ? { content: readFileSync(path) } : {}),
    ...(type === "symlink" ? { target: readlinkSync(path) } : {}),
  };
}

function isLink(path: Buffer): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function inMemory(ops: RecordedOps): OpsUnderTest {
  return {
    ops,
    see(path) {
      const file = ops.files.get(path);
      if (file === undefined) return undefined;
      const { seconds, nanoseconds } = file.mtime ?? { seconds: 0, nanoseconds: 0 };
      const { type, mode, content, target = "", owner } = file;
      const mtimeMs = seconds * 1000 + nanoseconds / 1e6;
      return { type, mode, content, target, mtimeMs, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0, identity: file };
    },
    names: () => [...ops.files.keys()].filter((path) => path !== "" && !path.includes("/")).sort(),
    [Symbol.asyncDispose]: () => ops[Symbol.asyncDispose](),
  };
}

for (const { name, skip, open } of IMPLEMENTATIONS) {
  suite(`a tree on a disk made by ${name}`, { skip }, () => {
    test("is not written through links that are there", async () => {
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
