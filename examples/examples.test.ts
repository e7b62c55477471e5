import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";

const MAX_LINES = 40;
const folder = import.meta.dirname;

function run(example: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, ["--conditions=@teu/source", join(folder, example), ...args], {
    encoding: "utf8",
  });
}

suite("examples", () => {
  for (const example of globSync("*.ts", { cwd: folder }).filter((name) => !name.endsWith(".test.ts"))) {
    test(`${example} runs, prints something, and is at most ${MAX_LINES} lines long`, () => {
      assert.ok(readFileSync(join(folder, example), "utf8").split("\n").length <= MAX_LINES);
      assert.notEqual(run(example), "");
    });
  }

  test("copy-image.ts copies what teu makes", async () => {
    await using dir = await tempDir();
    const { openLayout } = await import("@teu/content/layout-store");
    const { digestBytes } = await import("@teu/content/hash");
    const bytes = new TextEncoder().encode("{}");
    const descriptor = {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: digestBytes(bytes),
      size: bytes.length,
    } as const;
    const from = await openLayout(dir.join("from"), { create: true });
    await from.put(descriptor, [bytes]);
    await from.tag("v1", descriptor);
    assert.equal(run("copy-image.ts", dir.join("from"), "v1", dir.join("to")).trim(), descriptor.digest);
    assert.equal((await (await openLayout(dir.join("to"))).resolve("v1"))?.digest, descriptor.digest);
  });
});
