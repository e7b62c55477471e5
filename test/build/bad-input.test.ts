/** What is wrong with an application, a base or the disk is told in one message, and nothing of the build is left. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { FakeArchive, FakeKeys } from "@teu/build/base/testing/fake-archive";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { type BuildWorld, buildWorld } from "./world.ts";

const BUILD = ["build", "app", "--base", "oci:base:v1", "--platform", "linux/amd64", "-o", "oci:out:v1"];

/** Changes a file of JSON. */
function edit(path: string, change: (document: Document) => void): void {
  const document = JSON.parse(readFileSync(path, "utf8")) as Document;
  change(document);
  writeFileSync(path, JSON.stringify(document));
}

interface Document {
  readonly packages: Readonly<Record<string, { integrity: string; resolved?: string }>>;
  scripts: Readonly<Record<string, string>>;
}

const BUILD_ON_DEFAULT = ["build", "app", "--platform", "linux/amd64", "-o", "oci:out:v1"];

interface Fault {
  readonly about: string;
  readonly spoil: (here: BuildWorld) => void;
  readonly words?: readonly string[];
  readonly message: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    about: "a lockfile that is no JSON",
    spoil: ({ dir }) => writeFileSync(dir.join("app/package-lock.json"), '{ "packages": '),
    message: /^teu: Reading lockfile "package-lock\.json": /m,
  },
  {
    about: "a lockfile that was cut",
    spoil: ({ dir }) => writeFileSync(dir.join("app/package-lock.json"), '{ "lockfileVersion": 3 }'),
    message: /^teu: .*"package-lock\.json"/m,
  },
  {
    about: "a package that is not what was locked",
    spoil: ({ dir }) =>
      edit(dir.join("app/package-lock.json"), ({ packages }) => {
        const yaml = packages["node_modules/yaml"] ?? assert.fail();
        yaml.integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;
      }),
    message: /^teu: Fetching package "yaml@[^"]+": .*expected sha512:0+ as the lockfile has it$/m,
  },
  {
    about: "a start script that is not there",
    spoil: ({ dir }) =>
      edit(dir.join("app/package.json"), (manifest) => {
        manifest.scripts = { start: "npm run serve" };
      }),
    message: /^teu: Reading the start command "npm run serve": package\.json has no script "serve"$/m,
  },
  {
    about: "a build script that is not there",
    spoil: ({ dir }) =>
      edit(dir.join("app/package.json"), (manifest) => {
        manifest.scripts = { start: "node src/server.ts" };
      }),
    words: [...BUILD, "--build", "script"],
    message: /^teu: Planning the build of the application: package\.json has no script "build"/m,
  },
  {
    about: "a lock of its base that is no JSON",
    spoil: ({ dir }) => writeFileSync(dir.join("app/teu.base.lock.json"), "{"),
    words: BUILD_ON_DEFAULT,
    message: /^teu: .*teu\.base\.lock\.json.*it is no JSON/m,
  },
  {
    about: "a lock of another base",
    spoil: ({ dir }) => {
      const lock = { lockVersion: 1, request: "platforms linux/amd64; packages curl", archives: [], platforms: [] };
      writeFileSync(dir.join("app/teu.base.lock.json"), JSON.stringify(lock));
    },
    words: BUILD_ON_DEFAULT,
    message:
      /^teu: .*it is of "platforms linux\/amd64; packages curl", expected "platforms linux\/amd64; packages [^"]*node [0-9]+"/m,
  },
];

suite("what teu build is given", () => {
  for (const { about, spoil, words = BUILD, message } of FAULTS) {
    test(about, async () => {
      await using here = await buildWorld();
      spoil(here);
      const { code, out, notes } = await here.teu(words);
      assert.deepEqual([code, out], [1, ""], notes);
      assert.match(notes, message);
      assertNothingLeft(here);
    });
  }

  test("a disk that is full", { skip: anyOf(needsLinux(), needsRoot(), needsProgram("mount")) }, async () => {
    await using here = await buildWorld();
    writeFileSync(here.dir.join("app/big.bin"), randomBytes(4_000_000));
    const disk = here.dir.join("disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", disk]);
    try {
      for (const [words, env] of [
        [[...BUILD.slice(0, -1), "oci:disk/out:v1", "--compression", "none"], {}],
        [BUILD, { TEU_CACHE: disk }],
      ] as const) {
        const { code, notes } = await here.teu(words, env);
        assert.equal(code, 1, notes);
        assert.match(notes, /^teu: .*(?:the disk is full|no space left)/im);
      }
      const left = readdirSync(disk, { recursive: true, encoding: "utf8" });
      assert.deepEqual(
        left.filter((name) => /part|tmp|spool\//.test(name)),
        [],
      );
      assertNothingLeft(here);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

function assertNothingLeft(here: BuildWorld): void {
  const { dir } = here;
  assert.ok(
    !existsSync(dir.join("out/index.json")) || !readFileSync(dir.join("out/index.json"), "utf8").includes("v1"),
  );
  const left = existsSync(dir.join("teu")) ? readdirSync(dir.join("teu"), { recursive: true, encoding: "utf8" }) : [];
  assert.deepEqual(
    left.filter((name) => /spool\/.|\.part$|tmp/.test(name)),
    [],
  );
}

suite("what teu base is given", { skip: needsProgram("gpg", "gpgv", "gpgconf") }, () => {
  test("a Release file that somebody else signed", async () => {
    await using here = await buildWorld();
    await using keys = await FakeKeys.make();
    const good = keys.add("good");
    keys.add("bad");
    await using archive = await FakeArchive.serve();
    await archive.publish({ packages: [{ name: "app", files: { "usr/bin/app": "app" } }], signers: ["bad"] }, keys);
    const line = `deb [signed-by=${good}] ${archive.source([good]).uri} stable main`;
    const words = [
      "base",
      "debian",
      "app",
      "--bare",
      "--source",
      line,
      "--platform",
      "linux/amd64",
      "-o",
      "oci:out:v1",
    ];
    const { code, out, notes } = await here.teu(words);
    assert.deepEqual([code, out], [1, ""], notes);
    assert.match(notes, /^teu: Verifying ".*InRelease": there is no key [0-9A-F]{16}$/m);
    assertNothingLeft(here);
  });
});
