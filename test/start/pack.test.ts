import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { tempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../../tools/project.ts";
import { writePack } from "../../tools/start/pack.ts";

const start = promisify(execFile);

suite("the pack of the command", () => {
  test("runs in place of the sources until one of them changes", async () => {
    await using dir = await tempDir();
    // It finds the sources from where it lies.
    const folder = join(projectRoot, ".setup", `start-test-${process.pid}`);
    const teu = async (...words: readonly string[]): Promise<string> => {
      const env = { PATH: process.env["PATH"], HOME: dir.path, TEU_ROOT: dir.join("root") };
      const options = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", join(folder, "teu.cjs")];
      return (await start(process.execPath, [...options, ...words], { env })).stdout;
    };
    try {
      await writePack(false, folder);
      assert.match(await teu("--version"), /^teu \d/);
      assert.match(await teu("images"), /^REPOSITORY/);
      await dir.write("layout/oci-layout", '{"imageLayoutVersion":"1.0.0"}');
      await dir.write("layout/index.json", '{"schemaVersion":3,"manifests":[]}');
      const validate = teu("image", "validate", `oci:${dir.join("layout")}`);
      // What the tables of clauses say, which are loaded late.
      await assert.rejects(validate, { stdout: /\(image\.index\.schemaVersion\)\n +https:.*image-index\.md/ });
      const code = join(folder, "code");
      assert.ok(existsSync(code));
      await rm(code, { recursive: true });
      const stamp = join(folder, "stamps", "program.json");
      const rows = JSON.parse(await readFile(stamp, "utf8")) as [string, number, number][];
      await writeFile(stamp, JSON.stringify(rows.map(([path, size]) => [path, size, 0])));
      assert.match(await teu("images"), /^REPOSITORY/);
      assert.ok(!existsSync(code), "the stale pack ran to its end");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
