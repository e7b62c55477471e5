import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { CHANGES_FILE, INSTALL_DRIVER, type InstallChange, OUTPUT_FOLDER } from "./install-driver.ts";

const PROGRAM = '#!/usr/bin/env node\nrequire("fs").writeFileSync(process.argv[2], process.env.npm_package_name);\n';

/** Runs the driver in a folder, with a shell or as in a base that has none. */
async function drive(
  dir: TempDir,
  hasShell: boolean,
  ...locations: readonly string[]
): Promise<readonly InstallChange[]> {
  await mkdir(dir.join("out"), { recursive: true });
  const script = INSTALL_DRIVER.replaceAll(OUTPUT_FOLDER, dir.join("out"));
  const fitted = hasShell ? script : script.replace('fs.existsSync("/bin/sh")', "false");
  await promisify(execFile)(process.execPath, ["-e", fitted, dir.join("app"), ...locations]);
  return JSON.parse(await readFile(dir.join("out", CHANGES_FILE), "utf8")) as readonly InstallChange[];
}

async function appWith(scripts: object): Promise<TempDir> {
  const dir = await tempDir();
  await dir.write("app/node_modules/a/package.json", JSON.stringify({ name: "a", version: "1.0.0", scripts }));
  await dir.write("app/node_modules/a/old", "");
  await chmod(await dir.write("app/node_modules/.bin/make", PROGRAM), 0o755);
  return dir;
}

suite("the script that runs install scripts", () => {
  for (const hasShell of [true, false]) {
    test(`gives what they changed, ${hasShell ? "with" : "without"} a shell`, async () => {
      const scripts = {
        preinstall: "missing-program-x || make 'b c' && make d",
        postinstall: "node -e \"require('fs').rmSync('old')\"",
      };
      await using dir = await appWith(scripts);
      const changes = await drive(dir, hasShell, "node_modules/a");
      const shown = changes
        .map(({ path, type }) => `${type} ${path}`)
        .filter((line) => line !== "directory node_modules/a");
      assert.deepEqual(shown.sort(), ["file node_modules/a/b c", "file node_modules/a/d", "gone node_modules/a/old"]);
      const { content = "" } = changes.find(({ path }) => path.endsWith("/d")) ?? {};
      assert.equal(await readFile(dir.join("out", content), "utf8"), "a");
    });
  }

  test("ends as the first script that fails", async () => {
    await using dir = await appWith({ install: "node -e 'process.exit(7)'" });
    await assert.rejects(drive(dir, false, "node_modules/a"), { code: 7 });
    await using other = await appWith({ install: "make $(date)" });
    await assert.rejects(drive(other, false, "node_modules/a"), (error: Error & { readonly code?: number }) => {
      assert.equal(error.code, 127);
      assert.match(error.message, /needs a shell, and the base has none/);
      return true;
    });
  });
});
