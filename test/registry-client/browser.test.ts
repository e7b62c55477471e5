/** A page in Chromium that pulls an image, over fetch alone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { digestBytes } from "@teu/content/hash";
import { type SampleGraph, putAll, sampleImage } from "@teu/content/testing/samples";
import { Registry } from "@teu/registry-client/registry";
import { startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { serveRegistry } from "@teu/registry-server/serve";
import { memoryRegistry } from "@teu/registry-server/testing/fixture";
import { needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { build } from "esbuild";
import { projectRoot } from "../../tools/project.ts";
import { type Tab, openTab } from "../registry-server/browser.ts";

const IMAGE: SampleGraph = sampleImage("page", { layerBytes: [3_000_000, 20, 0] });
const WAIT_MS = 20;

suite("a page in Chromium", { skip: needsProgram("chromium") }, () => {
  for (const where of ["page", "worker"] as const)
    test(`pulls from our registry what it can verify: ${where}`, { timeout: 60_000 }, async () => {
      await using dir = await tempDir();
      await using fixture = memoryRegistry();
      await using server = await serveRegistry({ registry: fixture.registry, port: 0 });
      await fill(server.url);
      await using tab = await openTab(dir);
      const pulled = await pullIn(tab, server.url, where);
      assert.equal(pulled.error, undefined);
      assert.equal(digestBytes(new TextEncoder().encode(pulled.manifest)), IMAGE.root.digest);
      const copied = IMAGE.content.map(({ descriptor }) => `${descriptor.digest} copied`);
      assert.deepEqual(pulled.lines.toSorted(), copied.toSorted());
    });

  test("refuses a layer that is not what its digest says", { timeout: 60_000 }, async () => {
    await using dir = await tempDir();
    await using fake = await startFakeRegistry();
    await fill(fake.url.href);
    fake.faults.push({ method: "GET", path: "/blobs/", fault: { kind: "flip", at: 5 }, times: 9 });
    await using tab = await openTab(dir);
    const pulled = await pullIn(tab, fake.url.href);
    assert.match(pulled.error ?? "", /the content has digest sha256:/);
  });
});

async function fill(url: string): Promise<void> {
  const repository = new Registry(url).repository("team/app");
  await putAll(repository, IMAGE);
  await repository.tag("v1", IMAGE.root);
}

interface Pulled {
  readonly manifest: string;
  /** What the page logged. */
  readonly lines: readonly string[];
  readonly error?: string;
}

/** Has a page at the registry, whose origin it so shares, run the example: itself, or in a worker. */
async function pullIn(tab: Tab, registry: string, where: "page" | "worker" = "page"): Promise<Pulled> {
  await tab.open(new URL("/v2/", registry).href);
  const script = `${await bundled()};
    const lines = [];
    console.log = (...words) => void lines.push(words.join(" "));
    example.pull(${JSON.stringify(new URL(registry).origin)}, "team/app", "v1").then(
      (manifest) => tell({ manifest, lines }),
      (error) => tell({ manifest: "", lines, error: String(error) + String(error.cause) }),
    );`;
  const inWorker = JSON.stringify(`const tell = (pulled) => postMessage(pulled);${script}`);
  const code = {
    page: `{ const tell = (pulled) => (globalThis.pulled = pulled);${script} } 0`,
    worker: `new Worker(URL.createObjectURL(new Blob([${inWorker}]))).onmessage = ({ data }) => (globalThis.pulled = data); 0`,
  };
  await tab.read(code[where]);
  for (;;) {
    const pulled = await tab.read("globalThis.pulled");
    if (pulled !== undefined) return pulled as Pulled;
    await sleep(WAIT_MS);
  }
}

/** The example as one script, in which there is nothing of Node's. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot, "examples/pull-in-browser.ts")],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "globalThis.example",
    conditions: ["@teu/source"],
    logLevel: "error",
    logOverride: { "empty-import-meta": "silent" },
  });
  return outputFiles[0]?.text ?? "";
}
