import assert from "node:assert/strict";
import { readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parsePlatform } from "@teu/spec/platform";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import type { KnownPackage } from "./dependency-layers.ts";
import { CHANGES_FILE } from "./install-driver.ts";
import { installLayer } from "./install-scripts.ts";
import type { StepRunner } from "./interfaces.ts";
import { emptyImage } from "./assemble-image.ts";

const PLATFORM = parsePlatform("linux/amd64", { os: "linux", architecture: "amd64" });
const SCRIPTED = {
  location: "node_modules/scripted",
  node: { id: "scripted", name: "scripted", version: "1.0.0", edges: [], source: { kind: "registry" } },
} as unknown as KnownPackage;

async function install(cache: string, runner: StepRunner): ReturnType<typeof installLayer> {
  const image = async (): ReturnType<typeof emptyImage> => await emptyImage(PLATFORM);
  return await installLayer([SCRIPTED], {
    runner,
    platform: PLATFORM,
    image,
    base: "b",
    recipes: [],
    to: "/app",
    cache,
    env: {},
  });
}

suite("what install scripts leave", () => {
  const hostile: readonly (readonly [what: string, changes: unknown, message: RegExp])[] = [
    ["a path out of it", [{ path: "../x", type: "gone" }], /\.\.\/x/],
    ["a whiteout of its own", [{ path: "a/.wh.b", type: "directory" }], /has a meaning in layers/],
    ["content from elsewhere", [{ path: "a", type: "file", content: "../../x" }], /"a" has no content/],
    ["a link for content", [{ path: "a", type: "file", content: "9" }], /ELOOP/],
    ["a device", [{ path: "a", type: "device" }], /nothing that a layer can hold/],
    ["no list", { a: 1 }, /malformed or too long/],
  ];
  for (const [what, changes, message] of hostile) {
    test(`${what} is refused`, async () => {
      await using dir = await tempDir();
      const run: StepRunner["run"] = async ({ output: { folder } }) => {
        await symlink("/etc/hostname", join(folder, "9"));
        await writeFile(join(folder, CHANGES_FILE), JSON.stringify(changes));
        return { exitCode: 0, lines: [] };
      };
      const error = await assertCode(() => install(dir.path, { run }), "ERR_BUILD_SCRIPTS");
      assert.match(error.message, message);
      assert.deepEqual(await readdir(dir.join("scripts")), []);
    });
  }

  test("what runs a program that they made is known, also from the cache", async () => {
    await using dir = await tempDir();
    let runs = 0;
    const run: StepRunner["run"] = async ({ output: { folder } }) => {
      runs += 1;
      await writeFile(join(folder, "0"), "\u007fELF");
      await writeFile(join(folder, "1"), "#!/usr/bin/env node\n");
      const file = { type: "file", isExecutable: true } as const;
      const changes = [
        { ...file, path: "a", content: "0" },
        { ...file, path: "b", content: "1" },
      ];
      await writeFile(join(folder, CHANGES_FILE), JSON.stringify(changes));
      return { exitCode: 0, lines: [] };
    };
    for (const time of [1, 2]) {
      const { interpreters } = await install(dir.path, { run });
      assert.deepEqual(
        [...interpreters],
        [
          ["a", ""],
          ["b", "/usr/bin/env node"],
        ],
        `time ${time}`,
      );
    }
    assert.equal(runs, 1);
  });

  test("a failure tells the last lines", async () => {
    await using dir = await tempDir();
    const run: StepRunner["run"] = async () => ({ exitCode: 3, lines: ["no compiler"] });
    const error = await assertCode(() => install(dir.path, { run }), "ERR_BUILD_SCRIPTS");
    assert.match(error.message, /"scripted@1\.0\.0": they ended with 3, expected 0:\nno compiler/);
  });
});
