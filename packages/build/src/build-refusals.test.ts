import assert from "node:assert/strict";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { esbuildBundler } from "./assemble/esbuild-bundler.ts";
import { type BuildEvent } from "./build-image.ts";
import { packPackage } from "./testing/fake-npm-registry.ts";
import { tinyBase } from "./testing/tiny-base.ts";
import {
  AMD64,
  ARM64,
  GREET,
  MANIFEST,
  NATIVE_X64,
  PACKAGES,
  SCRIPTED,
  changingRunner,
  filesOf,
  store,
  world,
} from "./testing/application-world.ts";

suite("images that cannot be built", () => {
  test("a bundle of an application that has no bundler", async () => {
    await using here = await world(await tempDir(), { manifest: { name: "app" }, packages: {} });
    await here.dir.write("app/teu.build.json", '{ "build": "bundle", "entry": "src/server.js" }');
    const error = await assertCode(() => here.build({ bundler: esbuildBundler }), "ERR_BUILD_COMMAND");
    assert.equal((error as { readonly hint?: string }).hint, "npm install --save-dev esbuild");
  });

  test("a build that is interrupted leaves nothing half-made", async () => {
    await using here = await world(await tempDir());
    const abort = new AbortController();
    const onEvent = (event: BuildEvent): void =>
      event.type === "fetch" ? abort.abort(new Error("enough")) : undefined;
    await assert.rejects(here.build({ signal: abort.signal, onEvent }), /enough/);
    const left = await readdir(here.dir.join("cache"), { recursive: true }).catch(() => []);
    assert.deepEqual(
      left.filter((name) => /spool\/.|teu-tmp/.test(name)),
      [],
    );
  });

  test("a package that is not what was locked", async () => {
    await using here = await world(await tempDir(), {
      tamper: (name, bytes) => (name === "greet" ? packPackage({ ...GREET, version: "6.6.6" }).archive : bytes),
    });
    const error = await assertCode(() => here.build(), "ERR_PACKAGE_INTEGRITY");
    assert.match(
      error.message,
      /^Fetching package "greet@1\.0\.0": its digest is sha512:[0-9a-f]{128}, expected sha512:/,
    );
    const kept = await readdir(here.dir.join("cache/packages"), { recursive: true, withFileTypes: true });
    assert.ok(!kept.some((entry) => entry.name.startsWith(".teu-tmp")), "nothing half-written stays");
  });

  test("a package in the cache that was damaged is refused, and fetched anew", async () => {
    await using here = await world(await tempDir());
    const first = await here.build();
    await first[Symbol.asyncDispose]();
    const names = await readdir(here.dir.join("cache/packages"), { recursive: true });
    for (const name of names.filter((one) => one.endsWith(".tgz"))) {
      const path = here.dir.join("cache/packages", name);
      const bytes = await readFile(path);
      if (bytes.equals(GREET.archive))
        await writeFile(path, packPackage({ ...GREET, files: { ...GREET.files, "index.js": "evil\n" } }).archive);
    }
    await using again = await here.build();
    await assertCode(() => store(again), "ERR_COPY_SOURCE");
    await using third = await here.build();
    await store(third);
  });

  test("install scripts, when they are demanded", async () => {
    const manifest = { ...MANIFEST, dependencies: { ...MANIFEST.dependencies, scripted: "1" } };
    await using here = await world(await tempDir(), {
      manifest,
      packages: { ...PACKAGES, "node_modules/scripted": SCRIPTED },
    });
    await using _built = await here.build();
    assert.ok(
      here.events.some(
        (event) => event.type === "note" && event.text === 'install scripts are not run: "scripted@1.0.0"',
      ),
    );
    await here.dir.write("app/teu.build.json", '{ "installScripts": true }');
    const error = await assertCode(() => here.build(), "ERR_BUILD_SCRIPTS");
    assert.match(error.message, /"scripted@1\.0\.0": there is nobody to run them/);
  });

  test("install scripts that somebody runs, once", async () => {
    const manifest = { ...MANIFEST, dependencies: { ...MANIFEST.dependencies, scripted: "1" } };
    await using here = await world(await tempDir(), {
      manifest,
      packages: { ...PACKAGES, "node_modules/scripted": SCRIPTED },
    });
    await here.dir.write("app/teu.build.json", '{ "installScripts": ["scripted"] }');
    const runner = changingRunner([
      { path: "node_modules/scripted/made", type: "file", isExecutable: true, content: "0" },
      { path: "node_modules/scripted/index.js", type: "gone" },
    ]);
    await using first = await here.build({ stepRunner: runner });
    const files = await filesOf(first);
    assert.ok(files.includes("app/node_modules/scripted/made 755"), files.join("\n"));
    assert.ok(files.includes("app/node_modules/scripted/.wh.index.js 644"));
    await using second = await here.build({ stepRunner: runner });
    assert.equal(second.graph.root.digest, first.graph.root.digest);
    assert.equal(runner.steps.length, 1);
    const [step] = runner.steps;
    assert.deepEqual(step?.command.slice(-2), ["/app", "node_modules/scripted"]);
    assert.deepEqual(step?.env, {});
  });

  test("a base for another platform", async () => {
    await using here = await world(await tempDir());
    const error = await assertCode(
      () => here.build({ platforms: [ARM64], base: () => tinyBase(AMD64) }),
      "ERR_BUILD_BASE",
    );
    assert.match(error.message, /^Building for linux\/arm64: base "sha256:[0-9a-f]{64}" is for linux\/amd64/);
  });

  test("a package that is needed and does not run there", async () => {
    const manifest = {
      ...MANIFEST,
      dependencies: { "native-x64": "1" },
      optionalDependencies: {},
      scripts: { start: "node src/server.js" },
    };
    await using here = await world(await tempDir(), { manifest, packages: { "node_modules/native-x64": NATIVE_X64 } });
    const error = await assertCode(() => here.build({ platforms: [ARM64] }), "ERR_PACKAGE_PLATFORM");
    assert.match(error.message, /"native-x64@1\.0\.0" for linux arm64 glibc: it runs on linux x64 only/);
  });

  test("a script that fails, and one that makes nothing", async () => {
    const manifest = { scripts: { build: "echo cannot >&2; exit 3", start: "node dist/x.js" } };
    await using here = await world(await tempDir(), { manifest, packages: {} });
    const failed = await assertCode(() => here.build(), "ERR_BUILD_COMMAND");
    assert.match(failed.message, /"npm run build" ended with 3, expected 0/);
    await here.dir.write("app/package.json", JSON.stringify({ scripts: { build: "true", start: "node dist/x.js" } }));
    assert.match((await assertCode(() => here.build(), "ERR_BUILD_COMMAND")).message, /it made no "dist\/x\.js"/);
  });

  test("a lockfile that lacks a package", async () => {
    await using here = await world(await tempDir());
    await here.dir.write("app/package.json", JSON.stringify({ ...MANIFEST, dependencies: { greet: "1", more: "1" } }));
    const error = await assertCode(() => here.build(), "ERR_LOCKFILE_STALE");
    assert.match(error.message, /package\.json needs more, which is not in it/);
  });

  test("a cache that cannot be written to", async () => {
    await using here = await world(await tempDir());
    await here.dir.write("file", "");
    const error = await assertCode(() => here.build({ cache: here.dir.join("file") }), "ERR_BUILD_CACHE");
    assert.match(error.message, /^Writing to the cache at/);
    assert.equal((await stat(here.dir.join("file"))).size, 0);
  });
});
