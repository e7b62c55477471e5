import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { suite, test } from "node:test";
import { startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { projectRoot } from "../../tools/project.ts";
import { buildWorld } from "./world.ts";

const BASE = ["--base", "oci:base:v1", "--platform", "linux/amd64"];
const MAX_LINES = 40;

/** Why a test that needs a program is left out, or false. */
function without(program: string): string | false {
  return spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) return line;
  return assert.fail("it ended without a word");
}

suite("teu build", () => {
  test("the example's files are short", () => {
    for (const file of globSync("examples/convert-service/src/*.ts", { cwd: projectRoot })) {
      assert.ok(readFileSync(join(projectRoot, file), "utf8").split("\n").length <= MAX_LINES, file);
    }
  });

  test("the example becomes an image whose files run", async () => {
    await using here = await buildWorld();
    const built = await here.teu(["build", "app", ...BASE, "-o", "oci:out:v1"]);
    assert.deepEqual([built.code, built.notes.includes("made application")], [0, true], built.notes);
    const unpacked = await here.teu(["image", "unpack", "--rootless", "oci:out:v1", "tree"]);
    assert.equal(unpacked.code, 0, unpacked.notes);
    const child = spawn(process.execPath, ["src/server.ts"], {
      cwd: here.dir.join("tree/app"),
      env: { PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const port = /listening on (\d+)/.exec(await firstLine(child))?.[1];
      const answer = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        body: "a: [1, 2]",
        headers: { "content-type": "application/yaml", connection: "close" },
      });
      assert.equal(await answer.text(), '{"a":[1,2]}\n');
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });

  test("the plan is printed and nothing is made", async () => {
    await using here = await buildWorld();
    const { code, out } = await here.teu(["build", "--plan", "app"]);
    assert.deepEqual(
      [code, out.split("\n").slice(0, 3)],
      [0, ["kind       node, convert-service", "base       Node.js 24", "build      strip"]],
    );
    const asJson = await here.teu(["build", "--plan", "--format", "json", "app"]);
    assert.equal((JSON.parse(asJson.out) as { readonly kind: string }).kind, "node");
    assert.deepEqual((await readdir(here.dir.path)).toSorted(), [".npmrc", "app", "base"]);
  });

  test("to a registry: the second time nothing but questions", async () => {
    await using here = await buildWorld();
    await using registry = await startFakeRegistry();
    const words = ["build", "app", ...BASE, "-o", `docker://${registry.host}/team/app:v1`];
    const first = await here.teu(words);
    assert.equal(first.code, 0, first.notes);
    const second = await here.teu(words);
    assert.deepEqual([second.out, second.notes.includes(" made ")], [first.out, false], second.notes);
    const listed = await here.teu(["repo", "tags", `${registry.host}/team/app`]);
    assert.match(listed.out, /^v1$/m);
  });

  test("to archives, which other programs read", { skip: without("skopeo") }, async () => {
    await using here = await buildWorld();
    for (const kind of ["oci-archive", "docker-archive"]) {
      const built = await here.teu(["build", "app", ...BASE, "-o", `${kind}:${kind}.tar:localhost/app:v1`]);
      assert.equal(built.code, 0, built.notes);
      const seen = spawnSync("skopeo", ["inspect", "--config", `${kind}:${here.dir.join(`${kind}.tar`)}`], {
        encoding: "utf8",
      });
      assert.equal(seen.status, 0, seen.stderr);
      assert.match(seen.stdout, /"Cmd":\s*\[\s*"node",\s*"src\/server\.ts"\s*\]/);
    }
  });

  test("umoci unpacks it to the same files", { skip: without("umoci") }, async () => {
    await using here = await buildWorld();
    const built = await here.teu(["build", "app", ...BASE, "-o", "oci:out:v1"]);
    assert.equal(built.code, 0, built.notes);
    const image = `${here.dir.join("out")}:v1`;
    const unpacked = spawnSync("umoci", ["unpack", "--rootless", "--image", image, here.dir.join("bundle")], {
      encoding: "utf8",
    });
    assert.equal(unpacked.status, 0, unpacked.stderr);
    const modules = await readdir(here.dir.join("bundle/rootfs/app/node_modules"));
    assert.deepEqual(modules.toSorted(), [".bin", "smol-toml", "yaml"]);
  });

  test("what is built is valid, and has its documents", async () => {
    await using here = await buildWorld();
    await here.teu(["build", "app", ...BASE, "-o", "oci:out:v1"]);
    const checked = await here.teu(["image", "validate", "oci:out:v1"]);
    assert.deepEqual([checked.code, /, 0 broken, 0 advised against/.test(checked.out)], [0, true], checked.out);
    const index = JSON.parse(
      await (await import("node:fs/promises")).readFile(here.dir.join("out/index.json"), "utf8"),
    ) as { readonly manifests: readonly { readonly artifactType?: string }[] };
    const types = index.manifests.map(({ artifactType }) => artifactType ?? "image").toSorted();
    assert.deepEqual(types, ["application/spdx+json", "application/vnd.in-toto+json", "image"]);
  });
});

suite("teu images", () => {
  test("lists what was built, and not its documents", async () => {
    await using here = await buildWorld();
    const built = await here.teu(["build", "app", ...BASE, "-t", "app:v1"]);
    assert.equal(built.code, 0, built.notes);
    const listed = await here.teu(["images", "--format", "json"]);
    const images = JSON.parse(listed.out) as readonly { readonly name: string; readonly digest: string }[];
    assert.deepEqual(
      images.map(({ name, digest }) => `${name} ${digest}`),
      [`docker.io/library/app:v1 ${built.out.trim()}`],
    );
    const removed = await here.teu(["rmi", "app:v1"]);
    assert.equal(removed.code, 0, removed.notes);
    assert.equal((await here.teu(["images", "-q"])).out, "");
  });
});

const REFUSED: readonly (readonly [about: string, words: readonly string[], code: number, message: RegExp])[] = [
  ["an unknown option", ["build", "--bass", "x"], 2, /Unknown option '--bass'/],
  ["an unknown mode", ["build", "--build", "fast", "app"], 2, /--build "fast": expected script, bundle, strip, none/],
  ["no such folder", ["build", "nowhere"], 1, /nowhere": no such folder/],
  [
    "a base that is not there",
    ["build", "app", "--base", "oci:base:v2", "-o", "oci:out:v1"],
    1,
    /base:v2": no image "v2", expected one/,
  ],
  [
    "a base for another platform",
    ["build", "app", "--base", "oci:base:v1", "--platform", "linux/arm64", "-o", "oci:out:v1"],
    1,
    /base "sha256:\w+" is for linux\/amd64/,
  ],
  ["a time that is none", ["build", "app", ...BASE, "-o", "oci:out:v1"], 1, /Reading SOURCE_DATE_EPOCH: "now"/],
];

suite("teu build refuses", () => {
  for (const [about, words, code, message] of REFUSED) {
    test(about, async () => {
      await using here = await buildWorld();
      const env: Readonly<Record<string, string>> = about.includes("time") ? { SOURCE_DATE_EPOCH: "now" } : {};
      const answered = await here.teu(words, env);
      assert.equal(answered.code, code, answered.notes);
      assert.match(answered.notes, message);
      assert.ok(!(await readdir(here.dir.path)).includes("out"), "nothing is left behind");
    });
  }
});
