import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { assertCode } from "@teu/testing/assert-code";
import { memoryProject } from "../plan/project.ts";
import { placePackages } from "../layout/place.ts";
import { selectPackages } from "../layout/select.ts";
import type { LockGraph } from "./graph.ts";
import { readPackageLock } from "./package-lock.ts";
import { readPnpmLock } from "./pnpm-lock.ts";
import { readYarnLock } from "./yarn-lock.ts";

const LINUX = { os: "linux", cpu: "x64", libc: "glibc" } as const;

/** Where packages and links go, in a few words. */
async function tree(
  graph: LockGraph,
  platform: { readonly os: string; readonly cpu: string; readonly libc?: "glibc" | "musl" } = LINUX,
): Promise<readonly string[]> {
  const selected = await selectPackages(graph, { platform, limitsOf: async () => ({}) });
  const { packages, links } = placePackages(graph, selected, { file: "lock" });
  const placed = packages.map(({ location, node }) => `${location} ${node.name}@${node.version}`);
  return [...placed, ...links.map(({ location, to }) => `${location} -> ${to}`)];
}

const MANIFEST = { dependencies: { a: "1" }, optionalDependencies: { native: "1" }, devDependencies: { dev: "1" } };
const DEEP = ["node_modules/a a@1.0.0", "node_modules/a/node_modules/b b@2.0.0", "node_modules/native native@1.0.0"];

suite("package-lock.json", () => {
  const version3 = JSON.stringify({
    lockfileVersion: 3,
    packages: {
      "": MANIFEST,
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a", dependencies: { b: "2" } },
      "node_modules/a/node_modules/b": { version: "2.0.0", integrity: "sha512-b" },
      "node_modules/b": { version: "1.0.0", dev: true },
      "node_modules/dev": { version: "1.0.0", dev: true, dependencies: { b: "1" } },
      "node_modules/native": {
        version: "1.0.0",
        optional: true,
        os: ["linux"],
        libc: ["glibc"],
        dependencies: { only: "1" },
      },
      "node_modules/only": { version: "1.0.0", optional: true },
    },
  });

  test("version 3: production only, as placed", async () => {
    assert.deepEqual(await tree(readPackageLock(version3, "f", MANIFEST)), [...DEEP, "node_modules/only only@1.0.0"]);
  });

  test("optional packages of other platforms stay out, with what only they need", async () => {
    const graph = readPackageLock(version3, "f", MANIFEST);
    assert.deepEqual(await tree(graph, { os: "darwin", cpu: "arm64" }), DEEP.slice(0, 2));
    assert.deepEqual(await tree(graph, { ...LINUX, libc: "musl" }), DEEP.slice(0, 2));
  });

  test("version 1", async () => {
    const source = JSON.stringify({
      lockfileVersion: 1,
      dependencies: {
        a: { version: "1.0.0", integrity: "sha512-a", requires: { b: "2" }, dependencies: { b: { version: "2.0.0" } } },
        native: { version: "1.0.0", optional: true },
        dev: { version: "1.0.0", dev: true },
      },
    });
    assert.deepEqual(await tree(readPackageLock(source, "f", MANIFEST)), DEEP);
  });

  test("links of a workspace, bundled packages, other names and other places", async () => {
    const source = JSON.stringify({
      lockfileVersion: 2,
      packages: {
        "": { dependencies: { lib: "*", other: "npm:real@1", local: "file:x.tgz" } },
        "packages/lib": { version: "1.0.0", dependencies: { inner: "1" } },
        "packages/lib/node_modules/inner": { version: "1.0.0", integrity: "sha512-i" },
        "node_modules/lib": { resolved: "packages/lib", link: true },
        "node_modules/other": { name: "real", version: "1.0.0", dependencies: { bundled: "1" } },
        "node_modules/other/node_modules/bundled": { version: "1.0.0", inBundle: true },
        "node_modules/local": { version: "1.0.0", resolved: "file:x.tgz" },
      },
    });
    const graph = readPackageLock(source, "f", {});
    assert.deepEqual(await tree(graph), [
      "node_modules/local local@1.0.0",
      "node_modules/other real@1.0.0",
      "node_modules/other/node_modules/bundled bundled@1.0.0",
      "packages/lib/node_modules/inner inner@1.0.0",
      "node_modules/lib -> packages/lib",
    ]);
    assert.deepEqual(graph.nodes.get("node_modules/local")?.source, { kind: "archive", path: "x.tgz" });
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ["{", /Reading lockfile "f"/],
    ["{\n<<<<<<< HEAD\n", /a merge in it was not finished/],
    ["[]", /it is no JSON object/],
    ['{"lockfileVersion":9,"packages":{}}', /version 9, expected 1, 2 or 3/],
    ['{"lockfileVersion":3,"packages":{}}', /it has no package ""/],
    ['{"lockfileVersion":3,"packages":{"":{"dependencies":{"a":"1"}}}}', /needs "a", which is not in it/],
    ['{"lockfileVersion":3,"packages":{"":{},"../a":{}}}', /outside of the application/],
    ['{"lockfileVersion":3,"packages":{"":{},"node_modules/a":{"link":true,"resolved":"../../x"}}}', /leads out/],
    ['{"lockfileVersion":3,"packages":{"":{},"node_modules/a":{}}}', /has no version/],
  ];
  for (const [source, message] of broken) {
    test(`refuses ${source.slice(0, 60)}`, () => {
      assert.match(assertCode(() => readPackageLock(source, "f", {}), "ERR_LOCKFILE_INVALID").message, message);
    });
  }

  test("any JSON is read or refused", () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (entry, name) => {
        const source = `{"lockfileVersion":3,"packages":{"":${entry},"node_modules/x":${entry},"node_modules/x/node_modules/y":${name}}}`;
        try {
          readPackageLock(source, "f", {});
        } catch (error) {
          assert.equal((error as { readonly code?: string }).code, "ERR_LOCKFILE_INVALID", String(error));
        }
      }),
    );
  });
});

const PNPM_TREE = [
  "node_modules/.pnpm/a@1.0.0_STORE/node_modules/a a@1.0.0",
  "node_modules/.pnpm/b@2.0.0/node_modules/b b@2.0.0",
  "node_modules/.pnpm/a@1.0.0_STORE/node_modules/b -> node_modules/.pnpm/b@2.0.0/node_modules/b",
  "node_modules/.pnpm/node_modules/a -> node_modules/.pnpm/a@1.0.0_STORE/node_modules/a",
  "node_modules/.pnpm/node_modules/b -> node_modules/.pnpm/b@2.0.0/node_modules/b",
  "node_modules/a -> node_modules/.pnpm/a@1.0.0_STORE/node_modules/a",
];

/** Names of folders in the store end in a hash where they had to be changed. */
function withoutHashes(lines: readonly string[]): readonly string[] {
  return lines.map((line) =>
    line
      .replaceAll(/a[@+]1\.0\.0[^/ ]*_[0-9a-f]{16}/g, "a@1.0.0_STORE")
      .replaceAll(/(\.pnpm\/)b[@+]2\.0\.0/g, "$1b@2.0.0"),
  );
}

suite("pnpm-lock.yaml", () => {
  const versions: readonly (readonly [string, string])[] = [
    [
      "9.0",
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@2.0.0)\n    devDependencies:\n      dev:\n        specifier: 1\n        version: 1.0.0\n    optionalDependencies:\n      native:\n        specifier: 1\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-a}\n  b@2.0.0:\n    resolution: {integrity: sha512-b}\n  dev@1.0.0:\n    resolution: {integrity: sha512-d}\n  native@1.0.0:\n    resolution: {integrity: sha512-n}\n    os: [win32]\nsnapshots:\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      b: 2.0.0\n  b@2.0.0: {}\n  dev@1.0.0: {}\n  native@1.0.0:\n    optional: true\n",
    ],
    [
      "6.0",
      "lockfileVersion: '6.0'\ndependencies:\n  a:\n    specifier: ^1\n    version: 1.0.0(b@2.0.0)\npackages:\n  /a@1.0.0(b@2.0.0):\n    resolution: {integrity: sha512-a}\n    dependencies:\n      b: 2.0.0\n    dev: false\n  /b@2.0.0:\n    resolution: {integrity: sha512-b}\n    dev: false\n",
    ],
    [
      "5.4",
      "lockfileVersion: 5.4\nspecifiers:\n  a: ^1\ndependencies:\n  a: 1.0.0_b@2.0.0(x)\npackages:\n  /a/1.0.0_b@2.0.0(x):\n    resolution: {integrity: sha512-a}\n    dependencies:\n      b: 2.0.0\n  /b/2.0.0:\n    resolution: {integrity: sha512-b}\n",
    ],
  ];
  for (const [version, source] of versions) {
    test(`version ${version}`, async () => {
      assert.deepEqual(
        withoutHashes(await tree(readPnpmLock(source, "f"))).toSorted(),
        withoutHashes(PNPM_TREE).toSorted(),
      );
    });
  }

  test("a workspace", async () => {
    const source =
      "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  packages/web:\n    dependencies:\n      lib:\n        specifier: workspace:*\n        version: link:../lib\n  packages/lib:\n    dependencies:\n      b:\n        specifier: 2\n        version: 2.0.0\npackages:\n  b@2.0.0:\n    resolution: {integrity: sha512-b}\nsnapshots:\n  b@2.0.0: {}\n";
    assert.deepEqual(await tree(readPnpmLock(source, "f")), [
      "node_modules/.pnpm/b@2.0.0/node_modules/b b@2.0.0",
      "node_modules/.pnpm/node_modules/b -> node_modules/.pnpm/b@2.0.0/node_modules/b",
      "packages/lib/node_modules/b -> node_modules/.pnpm/b@2.0.0/node_modules/b",
      "packages/web/node_modules/lib -> packages/lib",
    ]);
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ["lockfileVersion: 4", /version "4", expected 5\.3 to 9/],
    ["lockfileVersion: '9.0'\nimporters:\n  ../x: {}\n", /folder "\.\.\/x" is outside/],
    ["a", /expected a key and a colon/],
    [
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        version: 1.0.0\n",
      /"a" is "a@1\.0\.0", which is not in it/,
    ],
    [
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        version: link:../out\n",
      /a link out of the application/,
    ],
    ["<<<<<<< HEAD\n", /a merge in it was not finished/],
  ];
  for (const [source, message] of broken) {
    test(`refuses ${JSON.stringify(source.slice(0, 60))}`, () => {
      assert.match(assertCode(() => readPnpmLock(source, "f"), "ERR_LOCKFILE_INVALID").message, message);
    });
  }
});

suite("yarn.lock", () => {
  const manifest = JSON.stringify({
    dependencies: { a: "^1", b: "^1" },
    devDependencies: { dev: "1" },
    optionalDependencies: { native: "1" },
  });
  const hoisted = ["node_modules/a a@1.0.0", "node_modules/a/node_modules/b b@2.0.0", "node_modules/b b@1.0.0"];

  test("version 1", async () => {
    const source =
      '# yarn lockfile v1\n\n\na@^1:\n  version "1.0.0"\n  resolved "https://r/a/-/a-1.0.0.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709"\n  dependencies:\n    b "^2"\n\nb@^1, "b@>=1 <2":\n  version "1.0.0"\n  resolved "https://r/b/-/b-1.0.0.tgz"\n  integrity sha512-b==\n\nb@^2:\n  version "2.0.0"\n  resolved "https://r/b/-/b-2.0.0.tgz"\n  integrity sha512-c==\n\nnative@1:\n  version "1.0.0"\n  resolved "https://r/n.tgz"\n  integrity sha512-n==\n\ndev@1:\n  version "1.0.0"\n';
    const graph = readYarnLock(source, "f", memoryProject({ "package.json": manifest }));
    assert.deepEqual(await tree(graph), [...hoisted, "node_modules/native native@1.0.0"]);
    assert.deepEqual(graph.nodes.get("a@^1")?.source, {
      kind: "registry",
      url: "https://r/a/-/a-1.0.0.tgz",
      isUrlHint: true,
      integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    });
  });

  test("newer yarns, with a workspace, conditions and patches of yarn's own", async () => {
    const source =
      '__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"a@npm:^1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  dependencies:\n    b: "npm:^2"\n  checksum: 10c0/aa\n  languageName: node\n  linkType: hard\n\n"app@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "app@workspace:."\n  dependencies:\n    a: "npm:^1"\n    b: "npm:^1"\n    dev: "npm:1"\n    native: "npm:1"\n  languageName: unknown\n  linkType: soft\n\n"b@npm:^1":\n  version: 1.0.0\n  resolution: "b@npm:1.0.0"\n  checksum: 10c0/bb\n\n"b@npm:^2":\n  version: 2.0.0\n  resolution: "b@npm:2.0.0"\n  checksum: 10c0/cc\n\n"native@npm:1":\n  version: 1.0.0\n  resolution: "native@npm:1.0.0"\n  conditions: os=darwin & cpu=arm64\n\n"dev@npm:1":\n  version: 1.0.0\n  resolution: "dev@npm:1.0.0"\n';
    const graph = readYarnLock(source, "f", memoryProject({ "package.json": manifest }));
    assert.deepEqual(await tree(graph), hoisted);
    assert.deepEqual(await tree(graph, { os: "darwin", cpu: "arm64" }), [
      ...hoisted,
      "node_modules/native native@1.0.0",
    ]);
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ["a@^1:\n  nonsense\n", /line 2 cannot be understood/],
    ["a@^1:\n  resolved x\n", /package "a@\^1" has no version/],
    ["# yarn lockfile v1\n", /needs "a@\^1", which is not in it/],
    ["__metadata:\n  version: 8\n", /it has no workspace at the root/],
    [
      '__metadata:\n  version: 8\n\n"x@workspace:../x":\n  version: 0\n  resolution: "x@workspace:../x"\n',
      /workspace "\.\.\/x" is outside of the application/,
    ],
  ];
  for (const [source, message] of broken) {
    test(`refuses ${JSON.stringify(source.slice(0, 60))}`, () => {
      const project = memoryProject({ "package.json": manifest });
      assert.match(assertCode(() => readYarnLock(source, "f", project), "ERR_LOCKFILE_INVALID").message, message);
    });
  }
});
