import assert from "node:assert/strict";
import { test } from "node:test";
import { MS_PRIVATE, MS_REC } from "@teu/kernel/mounts";
import {
  OPTIONAL_MOUNT_OPTIONS,
  RECOMMENDED_MOUNT_OPTIONS,
  REQUIRED_MOUNT_OPTIONS,
} from "@teu/spec/runtime/mount-option-names";
import { parseMountOptions } from "./options.ts";

test("options become attributes, propagation, flags and data", () => {
  const options = parseMountOptions(["nosuid", "ro", "rprivate", "sync", "mode=755", "size=1k"]);
  assert.deepEqual(options.own, { set: 3, clear: 0 });
  assert.deepEqual(options.propagation, [MS_PRIVATE | MS_REC]);
  assert.deepEqual([options.flags, options.data], [["sync"], ["mode=755", "size=1k"]]);
});

test("the later of two options wins, and access times are one field", () => {
  assert.deepEqual(parseMountOptions(["ro", "rw"]).own, { set: 0, clear: 1 });
  assert.deepEqual(parseMountOptions(["rw", "ro"]).own, { set: 1, clear: 0 });
  assert.deepEqual(parseMountOptions(["rnoatime"]).recursive, { set: 0x10, clear: 0x70 });
  assert.deepEqual(parseMountOptions(["strictatime", "noatime"]).own, { set: 0x10, clear: 0x70 });
});

test("every option that the specification names is known", () => {
  for (const name of [...REQUIRED_MOUNT_OPTIONS, ...RECOMMENDED_MOUNT_OPTIONS, ...OPTIONAL_MOUNT_OPTIONS])
    assert.deepEqual(parseMountOptions([name]).data, [], name);
});
