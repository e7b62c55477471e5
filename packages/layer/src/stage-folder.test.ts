import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { stageFolder, sweepFolders } from "./stage-folder.ts";

const LATER = Date.now() + 3_600_000;

suite("stageFolder()", () => {
  test("gives a folder its name, or removes it, and leaves nothing else", async () => {
    await using dir = await tempDir();
    {
      await using staged = await stageFolder(dir.join("made.lock"));
      writeFileSync(`${staged.path}/f`, "");
      await staged.commit();
    }
    {
      await using _ = await stageFolder(dir.join("given-up"));
    }
    assert.deepEqual(readdirSync(dir.path), ["made.lock"]);
    assert.deepEqual(readdirSync(dir.join("made.lock")), ["f"]);
    await assertCode(() => stageFolder(dir.join("made.lock")), "ERR_TARGET_EXISTS");
  });

  test("takes away what a killed process left, and not what one is at work on", async () => {
    await using dir = await tempDir();
    await using _ = await stageFolder(dir.join("here"));
    const child = spawn(
      process.execPath,
      [...process.execArgv, "--input-type=module", "-e", MAKER, dir.join("there")],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    await once(child.stdout, "data");
    await sweepFolders(dir.path, LATER);
    assert.equal(readdirSync(dir.path).length, 2);
    child.kill("SIGKILL");
    await once(child, "exit");
    await sweepFolders(dir.path);
    assert.equal(readdirSync(dir.path).length, 2, "young");
    await sweepFolders(dir.path, LATER);
    assert.equal(readdirSync(dir.path).length, 1);
  });

  test("leaves alone what may be of others", async () => {
    await using dir = await tempDir();
    mkdirSync(dir.join(".teu-tmp-without-lock"), { mode: 0o700 });
    mkdirSync(dir.join(".teu-tmp-open"), { mode: 0o755 });
    writeFileSync(dir.join(".teu-tmp-open/a.lock"), "");
    writeFileSync(dir.join(".teu-tmp-file"), "");
    symlinkSync(dir.join(".teu-tmp-without-lock"), dir.join(".teu-tmp-link"));
    await sweepFolders(dir.path, LATER);
    assert.equal(readdirSync(dir.path).length, 4);
  });
});

const MAKER = `
import { stageFolder } from ${JSON.stringify(fileURLToPath(new URL("stage-folder.ts", import.meta.url)))};
const staged = await stageFolder(process.argv[1]);
console.log(staged.path);
setInterval(() => {}, 1000);
`;
