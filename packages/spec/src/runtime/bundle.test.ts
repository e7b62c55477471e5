import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBundle } from "./bundle.ts";
import { CONFIG, WINDOWS } from "./good.test.data.ts";

const kindOf = (path: string) => (path === "config.json" ? "file" : "directory");

function clauses(root: string): readonly string[] {
  return checkBundle({ path: "/run/b", kindOf, config: { ...CONFIG, root: { path: root } } }).map(
    ({ clause }) => clause,
  );
}

test("checkBundle() takes a root file system in the bundle, by a relative or an absolute path", () => {
  for (const root of ["rootfs", "./a/../rootfs", "/run/b/rootfs", "/run//./b/rootfs"])
    assert.deepEqual(clauses(root), []);
  for (const root of ["../other", "/run/bundle/rootfs", "/", "a/../../c"]) {
    assert.deepEqual(clauses(root), ["runtime.bundle.together"], root);
  }
});

test("checkBundle() leaves volumes of Windows where they are, and does without a configuration", () => {
  assert.deepEqual(checkBundle({ path: "/run/b", kindOf, config: WINDOWS }), []);
  assert.deepEqual(checkBundle({ path: "/run/b", kindOf }), []);
});
