import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage, sampleIndex } from "@teu/content/testing/samples";
import { Registry } from "@teu/registry-client/registry";
import { startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { tempDir } from "@teu/testing/temp-dir";
import { build } from "esbuild";

const IMAGE = sampleImage("example", { layerBytes: [300_000] });
const INDEX = sampleIndex([[IMAGE, { os: "linux", architecture: "amd64" }]]);
const folder = import.meta.dirname;

async function filled(): ReturnType<typeof startFakeRegistry> {
  const fake = await startFakeRegistry();
  const memory = new MemoryStore();
  await putAll(memory, INDEX);
  await copy(memory, new Registry(fake.url).repository("team/app"), INDEX.root, { tags: ["v1"] });
  return fake;
}

async function run(example: string, words: readonly string[], home: string): Promise<string> {
  const main = ["--conditions=@teu/source", join(folder, example)];
  const env = { PATH: process.env["PATH"], HOME: home };
  return (await promisify(execFile)(process.execPath, [...main, ...words], { env, encoding: "utf8" })).stdout;
}

suite("examples that talk to registries", () => {
  test("list-tags.ts lists, and pull-image.ts pulls what is there", async () => {
    await using fake = await filled();
    await using dir = await tempDir();
    assert.equal(await run("list-tags.ts", [fake.url.href, "team/app"], dir.path), "v1\n");
    const pulled = await run("pull-image.ts", [`${fake.host}/team/app:v1`, dir.join("out")], dir.path);
    assert.equal(pulled, `${INDEX.root.digest}\n`);
  });

  test("pull-in-browser.ts pulls with what browsers have, and with nothing of Node's", async () => {
    await using fake = await filled();
    const lines: string[] = [];
    const exports = await runAsBrowser("pull-in-browser.ts", (line) => lines.push(line));
    const text = await exports.pull(fake.url.href, "team/app", "v1");
    assert.equal(text, new TextDecoder().decode(IMAGE.content.at(-1)?.bytes));
    assert.equal(lines.length, 3);
    await assert.rejects(exports.pull(fake.url.href, "team/app", "v2"), /There is no team\/app:v2/);
    fake.faults.push({ path: "/blobs/", fault: { kind: "flip", at: 5 } });
    await assert.rejects(exports.pull(fake.url.href, "team/app", "v1"), { code: "ERR_COPY_SOURCE" });
  });
});

interface BrowserExports {
  readonly pull: (address: string, name: string, tag: string) => Promise<string>;
}

/** Bundles an example as for a browser, which fails if it needs a module of Node, and loads it where Node's globals are not. */
async function runAsBrowser(example: string, onLine: (line: string) => void): Promise<BrowserExports> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, example)],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    target: "es2023",
    globalName: "example",
    conditions: ["@teu/source"],
    logLevel: "silent",
    logOverride: { "empty-import-meta": "silent" },
  });
  const web = { fetch, URL, URLSearchParams, Headers, ReadableStream, AbortController, AbortSignal, TextDecoder };
  const more = { TextEncoder, setTimeout, clearTimeout, atob, btoa, performance, crypto };
  const context = createContext({
    ...web,
    ...more,
    console: { log: (...words: unknown[]) => onLine(words.join(" ")) },
  });
  const code = outputFiles[0]?.text ?? "";
  assert.doesNotMatch(code, /node:/);
  return runInContext(`${code}; example`, context) as BrowserExports;
}
