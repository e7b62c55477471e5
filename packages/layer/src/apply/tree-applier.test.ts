import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";
import { readImage } from "../read-layers.ts";
import { RecordedOps } from "../testing/recorded-ops.ts";
import { archive, file, folder, hardLink, imageOf, symlink } from "../testing/sample-image.ts";
import type { FilesBelow } from "../tree.ts";
import { TreeFile } from "../tree-node.ts";
import type { Omissions } from "./applier.ts";
import type { Lack } from "./ops.ts";
import { overlayMarks } from "./overlay-marks.ts";
import { OWNER_RECORD, type PolicyChoice, ownerRecord, parseOwnerRecord, policyOf } from "./policy.ts";
import { TreeApplier, type TreeApplierOptions } from "./tree-applier.ts";

interface Case extends PolicyChoice, TreeApplierOptions {
  readonly lacks?: readonly Lack[];
}

async function apply(
  layers: readonly Uint8Array[],
  { lacks, ...options }: Case = {},
): Promise<{ readonly ops: RecordedOps; readonly omissions: Omissions }> {
  const ops = new RecordedOps(lacks);
  const applier = new TreeApplier(ops, policyOf({ privileged: true, ...options }), options);
  await readImage(await imageOf(layers), applier);
  return { ops, omissions: await applier.finish() };
}

const DEVICES = archive(
  { entry: { name: "null", type: "character-device", deviceMajor: 1, deviceMinor: 3, mode: 0o666 } },
  { entry: { name: "pipe", type: "fifo", mode: 0o600 } },
  hardLink("null2", "null"),
  file("su", "su", { mode: 0o4755, uid: 3, gid: 4 }),
  file("caps", "", {
    xattrs: new Map([
      ["security.capability", new Uint8Array([1])],
      ["user.note", new Uint8Array([2])],
    ]),
  }),
);

suite("layers applied", () => {
  test("settle directories last, the root after all others", async () => {
    const { ops } = await apply([archive(folder("d/", { mode: 0o500 }), folder("d/e/"), file("d/e/f", "x"))]);
    assert.deepEqual(ops.calls, [
      "make directory d",
      "make directory d/e",
      "make file d/e/f",
      "write 1 at 0",
      "settle d/e/f",
      "settle d/e",
      "settle d",
      "settle ",
    ]);
  });

  test("without privileges leave out what needs them, and count it", async () => {
    const { ops, omissions } = await apply([DEVICES], { privileged: false });
    assert.deepEqual(
      [...omissions],
      [
        ["devices", 1],
        ["set-user-id and set-group-id bits", 1],
        ["security.capability", 1],
      ],
    );
    assert.deepEqual([...ops.files.keys()], ["", "pipe", "su", "caps"]);
    assert.deepEqual([ops.files.get("su")?.mode, ops.files.get("su")?.owner], [0o755, undefined]);
    assert.deepEqual([...(ops.files.get("caps")?.xattrs.keys() ?? [])], ["user.note"]);
  });

  test("leave out what the implementation lacks", async () => {
    const { ops, omissions } = await apply([DEVICES], { lacks: ["devices", "fifos", "extended attributes"] });
    assert.deepEqual([...ops.files.keys()], ["", "su", "caps"]);
    assert.deepEqual([...omissions.keys()], ["devices", "fifos", "security.capability", "user.note"]);
  });

  test("note owners where that is asked for", async () => {
    const { ops } = await apply([DEVICES], { privileged: false, recordsOwners: true });
    const record = ops.files.get("su")?.xattrs.get(OWNER_RECORD);
    assert.deepEqual(parseOwnerRecord(record ?? new Uint8Array(0)), { uid: 3, gid: 4 });
    assert.equal(ops.files.get("caps")?.xattrs.has(OWNER_RECORD), false);
  });

  test("map owners, and refuse those that have no place", async () => {
    const ranges = [{ containerId: 0, hostId: 100_000, size: 5 }];
    const idMaps = { uids: ranges, gids: ranges };
    const { ops } = await apply([DEVICES], { idMaps });
    assert.deepEqual(ops.files.get("su")?.owner, { uid: 100_003, gid: 100_004 });
    await assertCode(() => apply([archive(file("f", "", { uid: 5 }))], { idMaps }), "ERR_LAYER_OWNER");
  });

  test("hold every owner that can be noted", () => {
    const id = fc.nat({ max: 2 ** 32 - 2 });
    fc.assert(
      fc.property(id, id, (uid, gid) => {
        assert.deepEqual(parseOwnerRecord(ownerRecord(uid, gid) ?? new Uint8Array(0)), { uid, gid });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const { uid, gid } = parseOwnerRecord(bytes);
        assert.ok(uid >= 0 && uid < 2 ** 32 && gid >= 0 && gid < 2 ** 32);
      }),
    );
  });
});

suite("a layer applied for overlayfs", () => {
  const overlay = { marks: overlayMarks("trusted") };
  const isOpaque = (ops: RecordedOps, path: string): boolean =>
    ops.files.get(path)?.xattrs.get("trusted.overlay.opaque")?.[0] === 0x79;

  test("has a device for each hidden name, and marks opaque directories", async () => {
    const layer = archive(file("d/.wh.a", ""), folder("o/"), file("o/.wh..wh..opq", ""), file("o/new", "x"));
    const { ops } = await apply([layer], { overlay });
    const hidden = ops.files.get("d/a");
    assert.deepEqual([hidden?.type, hidden?.major, hidden?.minor], ["character-device", 0, 0]);
    assert.deepEqual([isOpaque(ops, "d"), isOpaque(ops, "o"), isOpaque(ops, "")], [false, true, false]);
  });

  test("marks directories that stand where another was hidden, with an entry or without", async () => {
    for (const members of [
      [file(".wh.d", ""), folder("d/"), file("d/f", "x")],
      [file(".wh.d", ""), file("d/f", "x")],
      [file("d/f", "x"), file(".wh.d", "")],
      [file("d", "x"), folder("d/")],
    ]) {
      const { ops } = await apply([archive(...members)], { overlay });
      assert.ok(isOpaque(ops, "d"), JSON.stringify(members.map(({ entry }) => entry.name)));
    }
  });

  test("does not let a layer set marks of its own", async () => {
    const xattrs = new Map([["trusted.overlay.redirect", Buffer.from("/etc")]]);
    const { ops, omissions } = await apply([archive(folder("d/", { xattrs }))], { overlay });
    assert.deepEqual([...(ops.files.get("d")?.xattrs ?? [])], []);
    assert.equal(omissions.get("trusted.overlay.redirect"), 1);
  });

  test("follows symbolic links of the layers below, and takes their directories' attributes", async () => {
    const base = await apply([archive(folder("usr/", { mode: 0o711, uid: 9 }), symlink("bin", "usr"))]);
    const { ops } = await apply([archive(file("bin/f", "x"))], { overlay: { ...overlay, below: below(base.ops) } });
    assert.deepEqual([...ops.files.keys()], ["", "usr", "usr/f"]);
    assert.deepEqual([ops.files.get("usr")?.mode, ops.files.get("usr")?.owner?.uid], [0o711, 9]);
  });
});

/** What was made in memory, as the layers below. */
function below(ops: RecordedOps): FilesBelow {
  return {
    find(path) {
      const found = ops.files.get(path);
      if (found === undefined) return undefined;
      const { uid = 0, gid = 0 } = found.owner ?? {};
      const made = new TreeFile(found.type, found.mode, uid, gid, { seconds: 0, nanoseconds: 0 }, -1, -1);
      made.target = found.target ?? "";
      return made;
    },
    read: () => [],
  };
}
