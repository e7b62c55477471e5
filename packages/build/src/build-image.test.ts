import assert from "node:assert/strict";
import { chmod, cp, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { chooseManifest } from "@teu/content/platform-choice";
import { openImage } from "@teu/content/mutate/image";
import { validate } from "@teu/content/validate/validate";
import { decompress } from "@teu/content/decompress";
import { openVerified, readVerified } from "@teu/content/verified-read";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { esbuildBundler } from "./assemble/esbuild-bundler.ts";
import { packPackage, packageLock } from "./testing/fake-npm-registry.ts";
import {
  AMD64,
  ARM64,
  type Built,
  MANIFEST,
  PACKAGES,
  WORD_2,
  filesOf,
  store,
  world,
} from "./testing/application-world.ts";

suite("images of applications", () => {
  test("packages, links and files, for the image's platform, without secrets", async () => {
    await using here = await world(await tempDir());
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
    await using here = await world(await tempDir());
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
    await using here = await world(await tempDir());
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
    await using here = await world(await tempDir());
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
    await using here = await world(await tempDir());
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
    await using here = await world(await tempDir(), { manifest, packages: { ...PACKAGES, ...many } });
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
    await using here = await world(await tempDir());
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
    await using here = await world(await tempDir(), { authorization: "Bearer canary-Token-1", npmrc });
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
    await using here = await world(await tempDir(), { manifest, packages: {} });
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
