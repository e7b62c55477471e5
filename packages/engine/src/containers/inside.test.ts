import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { resolveInside } from "./inside.ts";
import { granted } from "./subordinate-ids.ts";

async function tree(dir: TempDir): Promise<string> {
  const root = dir.join("root");
  await mkdir(`${root}/usr/lib`, { recursive: true });
  await writeFile(dir.join("secret"), "of the host");
  await symlink("usr/lib", `${root}/lib`);
  await symlink("/usr", `${root}/absolute`);
  await symlink("../../../../secret", `${root}/out`);
  await symlink("loop", `${root}/loop`);
  return root;
}

suite("paths inside a container", () => {
  test("links lead to what the container has there", async () => {
    await using dir = await tempDir();
    const root = await tree(dir);
    assert.equal(resolveInside(root, "/lib/x"), `${root}/usr/lib/x`);
    assert.equal(resolveInside(root, "absolute/lib"), `${root}/usr/lib`);
    assert.equal(resolveInside(root, "/new/file"), `${root}/new/file`);
    assert.equal(resolveInside(root, "/"), root);
  });

  test("no link and no point leads out", async () => {
    await using dir = await tempDir();
    const root = await tree(dir);
    assert.equal(resolveInside(root, "/out"), `${root}/secret`);
    assert.equal(resolveInside(root, "/../../secret"), `${root}/secret`);
    assert.equal(resolveInside(root, "/loop"), undefined);
  });
});

test("ids that are granted to a user, by name or number", () => {
  const text = "ana:100000:65536\nbob:200000:65536\n1000:300000:10\nana:x:1\nana:5:0\n";
  assert.deepEqual(granted(text, ["ana", "1000"]), [
    { start: 100_000, count: 65_536 },
    { start: 300_000, count: 10 },
  ]);
});
