import assert from "node:assert/strict";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { FileIndex } from "./file-index.ts";
import { collectFiles } from "./source-files.ts";

suite("files of an application", () => {
  test("in the order of their paths, with links, rights of execution and empty folders", async () => {
    await using dir = await tempDir();
    await dir.write("app/b", "1");
    await dir.write("app/a/x", "2");
    await dir.write("app/a.txt", "3");
    await chmod(dir.join("app/b"), 0o711);
    await symlink("/nowhere", dir.join("app/link"));
    await mkdir(dir.join("app/empty"));
    await dir.write("app/left/out", "");
    const index = FileIndex.open(dir.join("cache"), dir.join("app"), Date.now());
    const files = collectFiles({ root: dir.join("app"), ignore: ["left"], index });
    const shown = files.map((file) => [
      file.type,
      file.path,
      "mode" in file ? file.mode : "target" in file ? file.target : undefined,
    ]);
    assert.deepEqual(shown, [
      ["file", "a.txt", 0o644],
      ["file", "a/x", 0o644],
      ["file", "b", 0o755],
      ["directory", "empty", undefined],
      ["symlink", "link", "/nowhere"],
    ]);
  });

  test("what is known of files survives, and damage of it does not matter", async () => {
    await using dir = await tempDir();
    await dir.write("app/a\nb", "1");
    const later = Date.now() + 10_000;
    const collect = async (): Promise<unknown> => {
      const index = FileIndex.open(dir.join("cache"), dir.join("app"), later);
      const files = collectFiles({ root: dir.join("app"), ignore: [], index });
      await index.close();
      return files;
    };
    const first = await collect();
    assert.deepEqual(await collect(), first);
    const { createHash } = await import("node:crypto");
    const name = createHash("sha256").update(dir.join("app")).digest("hex").slice(0, 32);
    await dir.write(`cache/files/${name}`, "teu file index 1\nhalf");
    assert.deepEqual(await collect(), first);
  });
});
