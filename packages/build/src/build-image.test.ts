// oxlint-disable max-lines -- one world of packages and applications serves all of these
import assert from "node:assert/strict";
import { chmod, cp, readFile, readdir, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { chooseManifest } from "@teu/content/platform-choice";
import { openImage } from "@teu/content/mutate/image";
import { validate } from "@teu/content/validate/validate";
import { decompress } from "@teu/content/decompress";
import { openVerified, readVerified } from "@teu/content/verified-read";
import { parsePlatform } from "@teu/spec/platform";
import { readTar } from "@teu/tar/read-tar";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { esbuildBundler } from "./assemble/esbuild-bundler.ts";
import { CHANGES_FILE } from "./assemble/install-driver.ts";
import type { ContainerStep, StepRunner } from "./assemble/interfaces.ts";
import { type BuildEvent, type BuildOptions, buildImage } from "./build-image.ts";
import { makePlan } from "./plan/make-plan.ts";
import { folderProject } from "./plan/project.ts";
import {
  type FakeNpmRegistry,
  type FakeRegistryOptions,
  type PackedPackage,
  packPackage,
  packageLock,
  startFakeNpmRegistry,
} from "./testing/fake-npm-registry.ts";
import { tinyBase } from "./testing/tiny-base.ts";

const AMD64 = parsePlatform("linux/amd64", { os: "linux", architecture: "amd64" });
const ARM64 = parsePlatform("linux/arm64", { os: "linux", architecture: "amd64" });

const GREET = packPackage({
  name: "greet",
  version: "1.0.0",
  manifest: { license: "MIT", dependencies: { "@x/word": "1" }, bin: { greet: "./cli.js" } },
  files: { "cli.js": "#!/usr/bin/env node\n" },
});
const WORD = packPackage({ name: "@x/word", version: "1.0.0" });
const WORD_2 = packPackage({ name: "@x/word", version: "2.0.0" });
const NATIVE_X64 = packPackage({ name: "native-x64", version: "1.0.0", manifest: { os: ["linux"], cpu: ["x64"] } });
const NATIVE_ARM64 = packPackage({
  name: "native-arm64",
  version: "1.0.0",
  manifest: { os: ["linux"], cpu: ["arm64"] },
});
const SCRIPTED = packPackage({ name: "scripted", version: "1.0.0", manifest: { scripts: { postinstall: "node x" } } });

const MANIFEST = {
  name: "app",
  version: "1.0.0",
  scripts: { start: "greet --loud" },
  dependencies: { greet: "1" },
  optionalDependencies: { "native-x64": "1", "native-arm64": "1" },
};
const PACKAGES = {
  "node_modules/greet": GREET,
  "node_modules/@x/word": WORD,
  "node_modules/native-x64": NATIVE_X64,
  "node_modules/native-arm64": NATIVE_ARM64,
};

interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly registry: FakeNpmRegistry;
  readonly app: string;
  readonly events: BuildEvent[];
  readonly build: (options?: Partial<BuildOptions>) => ReturnType<typeof buildImage>;
}

interface WorldOptions extends FakeRegistryOptions {
  readonly manifest?: object;
  readonly packages?: Readonly<Record<string, PackedPackage>>;
  readonly npmrc?: (url: string) => string;
}

async function world(options: WorldOptions = {}): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const { manifest = MANIFEST, packages = PACKAGES } = options;
  const registry = cleanup.use(await startFakeNpmRegistry([...Object.values(packages), WORD_2], options));
  await dir.write("app/package.json", JSON.stringify(manifest));
  await dir.write("app/package-lock.json", packageLock({ manifest: { ...manifest }, packages }));
  await dir.write("app/src/server.js", "1\n");
  await dir.write("app/.env", "SECRET=canary\n");
  await dir.write("home/.npmrc", options.npmrc?.(registry.url) ?? `registry=${registry.url}\n`);
  const events: BuildEvent[] = [];
  const app = dir.join("app");
  const build: World["build"] = async (more = {}) => {
    const folder = more.folder ?? app;
    return await buildImage({
      folder,
      plan: makePlan(folderProject(folder)),
      platforms: [AMD64],
      base: (platform) => tinyBase(platform),
      cache: dir.join("cache"),
      env: { HOME: dir.join("home"), PATH: process.env["PATH"] },
      onEvent: (event) => void events.push(event),
      ...more,
    });
  };
  return { dir, registry, app, events, build, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

/** Somebody who runs steps and leaves these changes, with a file `0` and a link `9` beside them. */
function changingRunner(changes: unknown): StepRunner & { readonly steps: ContainerStep[] } {
  const steps: ContainerStep[] = [];
  const run: StepRunner["run"] = async (step) => {
    steps.push(step);
    const { folder } = step.output;
    await writeFile(join(folder, "0"), "made");
    await symlink("/etc/hostname", join(folder, "9"));
    await writeFile(join(folder, CHANGES_FILE), JSON.stringify(changes));
    return { exitCode: 0, lines: [] };
  };
  return { steps, run };
}

type Built = Awaited<ReturnType<typeof buildImage>>;

/** Names, modes and targets of what the layers above the base have. */
async function filesOf({ images }: Built, at = 0): Promise<readonly string[]> {
  const { image } = images[at] ?? assert.fail("no image");
  const found: string[] = [];
  for (const { descriptor, store: from } of image.layers.slice(1)) {
    for await (const { entry } of readTar(decompress(openVerified(from, descriptor), "gzip"))) {
      assert.deepEqual([entry.uid, entry.gid, entry.mtime.seconds], [0, 0, 315_532_800]);
      if (entry.type !== "directory")
        found.push(
          `${entry.nameText} ${entry.type === "symlink" ? `-> ${entry.linknameText}` : entry.mode.toString(8)}`,
        );
    }
  }
  return found.sort();
}

async function store(built: Built): Promise<MemoryStore> {
  const target = new MemoryStore();
  await copy(built.graph.store, target, built.graph.root, { tags: ["v1"] });
  for (const { root, store: from } of built.attestations) await copy(from, target, root);
  return target;
}

suite("images of applications", () => {
  test("packages, links and files, for the image's platform, without secrets", async () => {
    await using here = await world();
    await using built = await here.build();
    assert.deepEqual(await filesOf(built), [
      "app/node_modules/.bin/greet -> ../greet/cli.js",
      "app/node_modules/@x/word/index.js 644",
      "app/node_modules/@x/word/package.json 644",
      "app/node_modules/greet/cli.js 755",
      "app/node_modules/greet/index.js 644",
      "app/node_modules/greet/package.json 644",
      "app/node_modules/native-x64/index.js 644",
      "app/node_modules/native-x64/package.json 644",
      "app/package-lock.json 644",
      "app/package.json 644",
      "app/src/server.js 644",
    ]);
    const { config } = (built.images[0] ?? assert.fail()).image.config as {
      readonly config: Readonly<Record<string, unknown>>;
    };
    assert.deepEqual(config["Cmd"], ["node", "node_modules/greet/cli.js", "--loud"]);
    assert.deepEqual([config["User"], config["WorkingDir"], config["StopSignal"]], ["65532:65532", "/app", "SIGTERM"]);
    assert.deepEqual(config["Env"], ["PATH=/bin", "NODE_ENV=production", "PORT=8080"]);
    assert.deepEqual(config["ExposedPorts"], { "8080/tcp": {} });
  });

  test("passes every clause of the specification, with its documents as referrers", async () => {
    await using here = await world();
    await using built = await here.build({ platforms: [AMD64, ARM64] });
    const target = await store(built);
    for await (const { findings } of validate(target, built.graph.root)) assert.deepEqual(findings, []);
    for (const [at, { image }] of built.images.entries()) {
      const manifest = await chooseManifest(target, built.graph.root, [AMD64, ARM64][at] ?? AMD64);
      const opened = await openImage({ root: manifest, store: target });
      assert.deepEqual(opened.config, image.config);
      const referrers = await Array.fromAsync(target.referrers(manifest));
      assert.deepEqual(
        referrers.map(({ artifactType }) => String(artifactType)).toSorted((a, b) => a.localeCompare(b)),
        ["application/spdx+json", "application/vnd.in-toto+json"],
      );
    }
    assert.ok((await filesOf(built, 1)).includes("app/node_modules/native-arm64/index.js 644"));
    assert.ok(!(await filesOf(built, 1)).includes("app/node_modules/native-x64/index.js 644"));
  });

  test("the bill of materials is exact", async () => {
    await using here = await world();
    await using built = await here.build();
    const sbom = built.attestations[0] ?? assert.fail();
    const artifact = JSON.parse(new TextDecoder().decode(await readVerified(sbom.store, sbom.root))) as {
      readonly layers: readonly [Built["graph"]["root"]];
    };
    const document = JSON.parse(new TextDecoder().decode(await readVerified(sbom.store, artifact.layers[0]))) as {
      readonly packages: readonly Readonly<Record<string, unknown>>[];
    };
    assert.deepEqual(
      document.packages.map((one) => [one["name"], one["versionInfo"], one["licenseDeclared"]]),
      [
        ["app", "1.0.0", "NOASSERTION"],
        ["base", undefined, "NOASSERTION"],
        ["@x/word", "1.0.0", "NOASSERTION"],
        ["greet", "1.0.0", "MIT"],
        ["native-x64", "1.0.0", "NOASSERTION"],
      ],
    );
  });

  test("the same files give the same image: other folder, modes, times, cache", async () => {
    await using here = await world();
    await using first = await here.build();
    const other = here.dir.join("elsewhere/deep");
    await cp(here.app, other, { recursive: true });
    await chmod(`${other}/src/server.js`, 0o600);
    await chmod(`${other}/src`, 0o700);
    await utimes(`${other}/package.json`, 1, 1);
    await using second = await here.build({
      folder: other,
      cache: here.dir.join("cache-2"),
      env: { HOME: here.dir.join("home"), TZ: "Asia/Tokyo" },
    });
    assert.equal(second.graph.root.digest, first.graph.root.digest);
    assert.deepEqual(
      second.attestations.map(({ root }) => root.digest),
      first.attestations.map(({ root }) => root.digest),
    );
  });

  test("what is known is neither fetched nor made again, and can still be read", async () => {
    await using here = await world();
    const first = await here.build();
    await first[Symbol.asyncDispose]();
    const asked = here.registry.asked.length;
    await using second = await here.build();
    assert.deepEqual(
      second.images[0]?.layers.map(({ outcome }) => outcome),
      ["known", "known", "known"],
    );
    assert.equal(here.registry.asked.length, asked);
    assert.equal((await filesOf(second)).length, 11);
    assert.deepEqual(await readdir(here.dir.join("cache/spool")), [], "nothing is left of what was made");
  });

  test("a new version of one package rewrites one layer; an edit rewrites the application's", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 70 }, (_, at) => [`node_modules/p${at}`, packPackage({ name: `p${at}`, version: "1.0.0" })]),
    );
    const needed = Object.fromEntries(Object.values(many).map(({ name }) => [name, "1"]));
    const manifest = { ...MANIFEST, dependencies: { ...MANIFEST.dependencies, ...needed } };
    await using here = await world({ manifest, packages: { ...PACKAGES, ...many } });
    await using first = await here.build();
    await here.dir.write(
      "app/package-lock.json",
      packageLock({ manifest, packages: { ...PACKAGES, ...many, "node_modules/@x/word": WORD_2 } }),
    );
    await using second = await here.build();
    const made = ({ images }: Built): readonly string[] =>
      (images[0]?.layers ?? [])
        .filter(({ outcome }) => outcome === "made")
        .map(({ title }) => title.replace(/\d of/, "N of"));
    assert.equal(made(first).length, 10);
    assert.deepEqual(made(second), ["dependencies (N of 8)", "application"]);
    await writeFile(`${here.app}/src/server.js`, "2\n");
    await using third = await here.build();
    assert.deepEqual(made(third), ["application"]);
  });

  test("an edit is seen that leaves size and time as they were", async () => {
    await using here = await world();
    const path = `${here.app}/src/server.js`;
    await utimes(path, 1000, 1000);
    await using first = await here.build({ now: () => Date.now() + 1000 });
    await writeFile(path, "2\n");
    await utimes(path, 1000, 1000);
    await using second = await here.build();
    assert.notEqual(second.graph.root.digest, first.graph.root.digest);
  });

  test("credentials are those of the user's npm configuration", async () => {
    const npmrc = (url: string): string => `registry=${url}\n//${new URL(url).host}/:_authToken=\${NPM_TOKEN}\n`;
    await using here = await world({ authorization: "Bearer canary-Token-1", npmrc });
    await using _built = await here.build({ env: { HOME: here.dir.join("home"), NPM_TOKEN: "canary-Token-1" } });
    const error = await assertCode(
      () =>
        here.build({
          cache: here.dir.join("other"),
          env: { HOME: here.dir.join("home"), NPM_TOKEN: "canary-Token-2" },
        }),
      "ERR_PACKAGE_FETCH",
    );
    assert.match(error.message, /answered 401/);
    assert.doesNotMatch(error.message, /canary/);
  });
});

suite("bundles", () => {
  test("one file of an application and its packages, by its own esbuild", async () => {
    const manifest = { name: "app", dependencies: { greet: "1" } };
    await using here = await world({ manifest, packages: {} });
    await here.dir.write("app/teu.build.json", '{ "build": "bundle", "entry": "src/main.ts" }');
    await here.dir.write("app/src/main.ts", 'import word from "greet";\nexport const said: string = word;\n');
    await here.dir.write("app/node_modules/greet/index.js", 'module.exports = "canary-word";\n');
    await symlink(
      join(import.meta.dirname, "../../../node_modules/esbuild"),
      here.dir.join("app/node_modules/esbuild"),
    );
    await using built = await here.build({ bundler: esbuildBundler });
    assert.deepEqual(await filesOf(built), ["app/bundle.mjs 755"]);
    const { descriptor, store: from } = built.images[0]?.image.layers.at(-1) ?? assert.fail();
    const tar = await Array.fromAsync(decompress(openVerified(from, descriptor), "gzip"));
    assert.match(Buffer.concat(tar).toString(), /canary-word/);
  });
});

suite("images that cannot be built", () => {
  test("a bundle of an application that has no bundler", async () => {
    await using here = await world({ manifest: { name: "app" }, packages: {} });
    await here.dir.write("app/teu.build.json", '{ "build": "bundle", "entry": "src/server.js" }');
    const error = await assertCode(() => here.build({ bundler: esbuildBundler }), "ERR_BUILD_COMMAND");
    assert.equal((error as { readonly hint?: string }).hint, "npm install --save-dev esbuild");
  });

  test("a build that is interrupted leaves nothing half-made", async () => {
    await using here = await world();
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
    await using here = await world({
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
    await using here = await world();
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
    await using here = await world({ manifest, packages: { ...PACKAGES, "node_modules/scripted": SCRIPTED } });
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
    await using here = await world({ manifest, packages: { ...PACKAGES, "node_modules/scripted": SCRIPTED } });
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
    await using here = await world();
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
    await using here = await world({ manifest, packages: { "node_modules/native-x64": NATIVE_X64 } });
    const error = await assertCode(() => here.build({ platforms: [ARM64] }), "ERR_PACKAGE_PLATFORM");
    assert.match(error.message, /"native-x64@1\.0\.0" for linux arm64 glibc: it runs on linux x64 only/);
  });

  test("a script that fails, and one that makes nothing", async () => {
    const manifest = { scripts: { build: "echo cannot >&2; exit 3", start: "node dist/x.js" } };
    await using here = await world({ manifest, packages: {} });
    const failed = await assertCode(() => here.build(), "ERR_BUILD_COMMAND");
    assert.match(failed.message, /"npm run build" ended with 3, expected 0/);
    await here.dir.write("app/package.json", JSON.stringify({ scripts: { build: "true", start: "node dist/x.js" } }));
    assert.match((await assertCode(() => here.build(), "ERR_BUILD_COMMAND")).message, /it made no "dist\/x\.js"/);
  });

  test("a lockfile that lacks a package", async () => {
    await using here = await world();
    await here.dir.write("app/package.json", JSON.stringify({ ...MANIFEST, dependencies: { greet: "1", more: "1" } }));
    const error = await assertCode(() => here.build(), "ERR_LOCKFILE_STALE");
    assert.match(error.message, /package\.json needs more, which is not in it/);
  });

  test("a cache that cannot be written to", async () => {
    await using here = await world();
    await here.dir.write("file", "");
    const error = await assertCode(() => here.build({ cache: here.dir.join("file") }), "ERR_BUILD_CACHE");
    assert.match(error.message, /^Writing to the cache at/);
    assert.equal((await stat(here.dir.join("file"))).size, 0);
  });
});
