/** Commands that are run often load no more than they need: what is loaded has to be read and run at every start. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { tempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../../tools/project.ts";

/** For each command, how many files of ours it may load, and which modules of Node it must not. */
const LIMITS: readonly (readonly [words: string, files: number, without: readonly string[]])[] = [
  ["--version", 30, ["crypto", "http", "https", "readline", "sqlite", "stream/promises", "tls", "zlib"]],
  ["--help", 30, ["crypto", "http", "https", "readline", "sqlite", "tls", "zlib"]],
];

// Prints, when the process ends, the files that were loaded and the modules of Node.
const COUNT = `import { writeSync } from "node:fs";
import { registerHooks } from "node:module";
const before = new Set(process.moduleLoadList);
const files = [];
registerHooks({ load: (url, context, next) => { if (url.startsWith("file:")) files.push(url); return next(url, context); } });
process.on("exit", () => {
  const builtins = process.moduleLoadList.filter((name) => name.startsWith("NativeModule ") && !before.has(name));
  writeSync(2, JSON.stringify({ files, builtins: builtins.map((name) => name.slice(13)) }));
});`;

suite("light commands", { concurrency: 2 }, () => {
  for (const [words, most, without] of LIMITS)
    test(`teu ${words}`, async () => {
      await using dir = await tempDir();
      const { files, builtins } = await loadedBy(words.split(" "), dir.path);
      assert.ok(files.length <= most, `${files.length} files were loaded, expected at most ${most}`);
      assert.deepEqual(
        without.filter((name) => builtins.includes(name)),
        [],
      );
    });
});

async function loadedBy(words: readonly string[], home: string): Promise<{ files: string[]; builtins: string[] }> {
  const hook = `data:text/javascript,${encodeURIComponent(COUNT)}`;
  const options = ["--import", hook, "--conditions=@teu/source", "--disable-warning=ExperimentalWarning"];
  const { stderr } = await promisify(execFile)(
    process.execPath,
    [...options, join(projectRoot, "packages/cli/src/main.ts"), ...words],
    { env: { PATH: process.env["PATH"], HOME: home, TEU_ROOT: join(home, "root") } },
  );
  return JSON.parse(stderr) as { files: string[]; builtins: string[] };
}
