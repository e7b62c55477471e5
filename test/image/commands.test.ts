/** The commands that make images from others, and what other programs make of the results. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { helperPath } from "@teu/layer/helper-program";
import { archive, file, hardLink } from "@teu/layer/testing/sample-image";
import { anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type Run, command } from "./teu.ts";

const runPeer = promisify(execFile);
const skip = helperPath() === undefined && "needs teu-layer to be built";

/** A folder with files to make layers of, and the commands run in it. */
class Desk implements AsyncDisposable {
  readonly dir: TempDir;

  constructor(dir: TempDir) {
    this.dir = dir;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dir[Symbol.asyncDispose]();
  }

  /** Runs words that have to go well. @returns What was printed, without the last newline */
  async run(...words: readonly string[]): Promise<string> {
    const { code, out, notes } = await this.try(...words);
    assert.equal(code, 0, notes);
    return out.replace(/\n$/, "");
  }

  async try(...words: readonly string[]): Promise<Run> {
    return await command(words, { cwd: this.dir.path });
  }

  async config(image: string): Promise<Config> {
    return JSON.parse(await this.run("image", "config", image)) as Config;
  }

  async files(image: string): Promise<string[]> {
    const lines = (await this.run("image", "files", image, "--format", "json")).split("\n");
    return lines.map((line) => (JSON.parse(line) as { readonly path: string }).path);
  }
}

interface Config {
  readonly created?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history?: readonly { readonly created_by?: string }[];
  readonly [name: string]: unknown;
}

/** With an image of three layers, the last of which hides a file of the first. */
async function desk(): Promise<Desk> {
  const made = new Desk(await tempDir());
  for (const [layer, files] of [
    ["one", ["etc/motd", "etc/old"]],
    ["two", ["bin/tool"]],
    ["three", ["etc/new"]],
  ] as const) {
    for (const path of files) {
      mkdirSync(made.dir.join(layer, path, ".."), { recursive: true });
      writeFileSync(made.dir.join(layer, path), `${layer} ${path}\n`.repeat(50));
    }
  }
  writeFileSync(made.dir.join("hides.tar"), archive(file("etc/.wh.old", "")));
  await made.run("image", "append", "scratch", "one", "two", "-o", "oci:l:base");
  await made.run("image", "append", "oci:l:base", "three", "hides.tar", "-o", "oci:l:app");
  return made;
}

suite("teu image", { skip, concurrency: 4 }, () => {
  test("append puts layers on top, with their history, the same each time", async () => {
    await using at = await desk();
    const { rootfs, history } = await at.config("oci:l:app");
    assert.equal(rootfs.diff_ids.length, 4);
    assert.deepEqual(
      history?.map(({ created_by }) => created_by),
      ["one", "two", "three", "hides.tar"].map((layer) => `teu image append ${layer}`),
    );
    const again = await at.run(
      "image",
      "append",
      "oci:l:base",
      "three",
      "hides.tar",
      "-o",
      "oci-archive:other.tar:app",
    );
    assert.equal(await at.run("image", "append", "oci:l:base", "three", "hides.tar", "-o", "dir:d"), again);
    const { code, notes } = await at.try("image", "append", "oci:l:base", "one/etc/motd", "-o", "oci:l:x");
    assert.deepEqual([code, /expected a tar archive or a folder/.test(notes)], [2, true], notes);
  });

  test("squash and flatten give the same files in fewer layers", async () => {
    await using at = await desk();
    const files = await at.files("oci:l:app");
    assert.ok(files.includes("etc/motd") && !files.includes("etc/old"));
    await at.run("image", "squash", "oci:l:app", "--layers", "3-", "-o", "oci:l:squashed");
    await at.run("image", "flatten", "oci:l:app", "-o", "oci:l:flat");
    for (const [name, count] of [
      ["squashed", 3],
      ["flat", 1],
    ] as const) {
      assert.deepEqual(await at.files(`oci:l:${name}`), files, name);
      const { rootfs, history } = await at.config(`oci:l:${name}`);
      assert.deepEqual([rootfs.diff_ids.length, history?.length], [count, count], name);
      assert.match(await at.run("image", "validate", `oci:l:${name}`), /, 0 broken/);
    }
    const flat = await at.run("image", "flatten", "oci:l:app", "-o", "oci:l:again");
    assert.equal(flat, await at.run("image", "flatten", "oci:l:squashed", "-o", "oci:l:again"));
    assert.equal((await at.try("image", "squash", "oci:l:app", "--layers", "3-9", "-o", "oci:l:x")).code, 2);
  });

  test("squash keeps hard links to files of layers below, and their content where those are gone", async () => {
    await using at = await desk();
    writeFileSync(at.dir.join("links.tar"), archive(hardLink("bin/also", "bin/tool"), hardLink("motd", "etc/motd")));
    writeFileSync(at.dir.join("gone.tar"), archive(file("etc/.wh.motd", "")));
    await at.run("image", "append", "oci:l:base", "links.tar", "gone.tar", "-o", "oci:l:links");
    await at.run("image", "squash", "oci:l:links", "--layers", "3-", "-o", "oci:l:squashed");
    assert.deepEqual(await at.files("oci:l:squashed"), await at.files("oci:l:links"));
    for (const [path, text] of [
      ["motd", "one etc/motd"],
      ["bin/also", "two bin/tool"],
    ] as const) {
      assert.equal(await at.run("image", "cat", "oci:l:squashed", path), `${text}\n`.repeat(50).slice(0, -1));
    }
    assert.match(await at.run("image", "diff", "oci:l:links", "oci:l:links"), /^$/);
  });

  test("rebase puts an image on another base, and refuses one that it is not built on", async () => {
    await using at = await desk();
    await at.run("image", "append", "scratch", "two", "-o", "oci:l:newbase");
    await at.run("image", "rebase", "oci:l:app", "--from", "oci:l:base", "--to", "oci:l:newbase", "-o", "oci:l:moved");
    assert.deepEqual(
      (await at.config("oci:l:moved")).history?.map(({ created_by }) => created_by?.split(" ").at(-1)),
      ["two", "three", "hides.tar"],
    );
    // The image now says itself what it is built on.
    const back = await at.run("image", "rebase", "oci:l:moved", "--to", "oci:l:base", "-o", "oci:l:back");
    assert.match(back, /^sha256:/);
    assert.deepEqual((await at.config("oci:l:back")).rootfs, (await at.config("oci:l:app")).rootfs);
    const wrong = await at.try(
      "image",
      "rebase",
      "oci:l:app",
      "--from",
      "oci:l:newbase",
      "--to",
      "oci:l:base",
      "-o",
      "oci:l:x",
    );
    assert.match(wrong.notes, /not built on/);
  });

  test("edit changes how containers run, facts and layers, in place where no output is named", async () => {
    await using at = await desk();
    const words =
      "--user 7 --workdir /srv --stop-signal SIGINT --env A=1 --env B=2 --label com.example.a=b --port 80 --volume /d --author me";
    await at.run(
      "image",
      "edit",
      "oci:l:app",
      ...words.split(" "),
      "--entrypoint",
      '["/bin/tool","-v"]',
      "--cmd",
      "run",
    );
    const { config, author } = await at.config("oci:l:app");
    assert.equal(author, "me");
    assert.deepEqual(config, {
      User: "7",
      WorkingDir: "/srv",
      Entrypoint: ["/bin/tool", "-v"],
      Cmd: ["run"],
      StopSignal: "SIGINT",
      Env: ["A=1", "B=2"],
      Labels: { "com.example.a": "b" },
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/d": {} },
    });
    await at.run(
      "image",
      "edit",
      "oci:l:app",
      "--env-rm",
      "A",
      "--port-rm",
      "80",
      "--cmd",
      "",
      "--rm-layer",
      "4",
      "--set-platform",
      "linux/arm64",
      "--created",
      "2020-01-01T00:00:00Z",
    );
    const edited = await at.config("oci:l:app");
    assert.deepEqual(
      [edited["architecture"], edited.created, edited.rootfs.diff_ids.length],
      ["arm64", "2020-01-01T00:00:00Z", 3],
    );
    assert.deepEqual(
      [edited.config?.["Env"], edited.config?.["Cmd"], edited.config?.["ExposedPorts"]],
      [["B=2"], undefined, undefined],
    );
  });

  test("annotate sets annotations of manifests and indexes", async () => {
    await using at = await desk();
    await at.run("image", "annotate", "oci:l:app", "com.example.a=1", "com.example.b=2");
    await at.run("image", "annotate", "oci:l:app", "--rm", "com.example.a");
    assert.match(await at.run("image", "manifest", "oci:l:app"), /"annotations":\{"com\.example\.b":"2"\}/);
    await at.run("image", "index", "create", "oci:l:index", "oci:l:app");
    await at.run("image", "annotate", "oci:l:index", "com.example.c=3");
    assert.match(await at.run("image", "manifest", "oci:l:index"), /"annotations":\{"com\.example\.c":"3"\}/);
    assert.equal((await at.try("image", "annotate", "oci:l:app")).code, 2);
  });

  test("index puts images together, adds and removes", async () => {
    await using at = await desk();
    await at.run("image", "edit", "oci:l:app", "--set-platform", "linux/arm64/v8", "-o", "oci:l:arm");
    await at.run("image", "index", "create", "oci:l:index", "oci:l:app", "--annotation", "com.example.a=b");
    await at.run("image", "index", "add", "oci:l:index", "oci:l:arm");
    const index = JSON.parse(await at.run("image", "manifest", "oci:l:index")) as {
      readonly manifests: readonly { readonly digest: string; readonly platform: unknown }[];
    };
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform),
      [
        { architecture: "amd64", os: "linux" },
        { architecture: "arm64", os: "linux", variant: "v8" },
      ],
    );
    // A change of an index changes all of its images.
    await at.run("image", "edit", "oci:l:index", "--user", "9", "-o", "oci:l:edited");
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const config = JSON.parse(await at.run("image", "config", "oci:l:edited", "--platform", platform)) as Config;
      assert.equal(config.config?.["User"], "9", platform);
    }
    await at.run("image", "index", "rm", "oci:l:index", "linux/arm64/v8");
    assert.equal((JSON.parse(await at.run("image", "manifest", "oci:l:index")) as typeof index).manifests.length, 1);
    assert.match((await at.try("image", "index", "rm", "oci:l:index", "linux/s390x")).notes, /no such entry/);
  });

  for (const compression of ["zstd", "none", "zstd:chunked", "estargz"] as const) {
    test(`convert to ${compression} and back gives the same files`, async () => {
      await using at = await desk();
      await at.run("image", "convert", "oci:l:app", "--compression", compression, "-o", "oci:l:new");
      assert.match(await at.run("image", "validate", "oci:l:new"), /, 0 broken/);
      const digest = await at.run("image", "convert", "oci:l:app", "--compression", compression, "-o", "oci:l:again");
      assert.equal(digest, await at.run("image", "convert", "oci:l:app", "--compression", compression, "-o", "dir:d"));
      const own = [".no.prefetch.landmark", "stargz.index.json"];
      const files = (await at.files("oci:l:new")).filter((path) => !own.includes(path));
      assert.deepEqual(files, await at.files("oci:l:app"));
      if (compression === "estargz") return;
      await at.run("image", "convert", "oci:l:new", "--compression", "gzip", "-o", "oci:l:back");
      assert.deepEqual((await at.config("oci:l:back")).rootfs, (await at.config("oci:l:app")).rootfs);
      assert.doesNotMatch(await at.run("image", "manifest", "oci:l:back"), /zstd/);
    });
  }

  test("convert changes media types, and evens times and owners", async () => {
    await using at = await desk();
    await at.run("image", "convert", "oci:l:app", "--type", "docker", "-o", "oci:l:docker");
    assert.match(await at.run("image", "manifest", "oci:l:docker"), /vnd\.docker\.distribution\.manifest\.v2/);
    await at.run(
      "image",
      "convert",
      "oci:l:app",
      "--normalise",
      "--created",
      "1970-01-01T00:01:00Z",
      "--owner",
      "3:4",
      "-o",
      "oci:l:even",
    );
    const lines = (await at.run("image", "files", "oci:l:even", "--format", "json")).split("\n").slice(1);
    for (const line of lines) {
      const { uid, gid, mtime } = JSON.parse(line) as {
        readonly uid: number;
        readonly gid: number;
        readonly mtime: string;
      };
      assert.deepEqual([uid, gid, mtime], [3, 4, "1970-01-01T00:01:00Z"], line);
    }
  });

  test("gc removes what nothing names, and a dry run nothing", async () => {
    await using at = await desk();
    await at.run("image", "flatten", "oci:l:app", "-o", "oci:l:app");
    const would = JSON.parse(await at.run("image", "gc", "oci:l", "--grace", "0", "--dry-run", "--format", "json")) as {
      readonly removed: unknown[];
    };
    assert.equal(would.removed.length, 4);
    await at.run("image", "gc", "oci:l", "--grace", "0");
    assert.match(await at.run("image", "validate", "oci:l"), /, 0 broken/);
    assert.equal(await at.run("image", "gc", "oci:l", "--grace", "0"), "");
  });

  test("validate reports in the forms of JUnit and SARIF", async () => {
    await using at = await desk();
    await at.run("image", "annotate", "oci:l:app", "<&>=1");
    const junit = await at.run("image", "validate", "oci:l:app", "--format", "junit");
    assert.match(junit, /<testsuite name="oci:l:app" tests="6" failures="0"/);
    assert.match(junit, /annotations\[&quot;&lt;&amp;&gt;&quot;\]/);
    const sarif = JSON.parse(await at.run("image", "validate", "oci:l:app", "--format", "sarif")) as {
      readonly runs: readonly { readonly results: readonly { readonly ruleId: string; readonly level: string }[] }[];
    };
    assert.deepEqual(
      sarif.runs[0]?.results.map(({ ruleId, level }) => [ruleId, level]),
      [["image.annotations.namespaced", "warning"]],
    );
    assert.equal((await at.try("image", "validate", "oci:l:app", "--format", "xml")).code, 2);
  });

  test("an image that cannot be written back needs an output", async () => {
    await using at = await desk();
    assert.match((await at.try("image", "flatten", "oci-archive:x.tar")).notes, /expected --output/);
    assert.match((await at.try("image", "append", "scratch", "one")).notes, /expected --output/);
  });
});

suite("teu save and teu load", { skip }, () => {
  test("bring images of the store to an archive and back, also through pipes", async () => {
    await using at = await desk();
    const digest = await at.run("copy", "-q", "oci:l:app", "store:example.com/app:1");
    await at.run("save", "example.com/app:1", "-o", "saved.tar");
    const loaded = await command(["load"], {
      cwd: at.dir.path,
      env: { TEU_ROOT: at.dir.join("other") },
      input: readFileSync(at.dir.join("saved.tar")),
    });
    assert.equal(loaded.out, "Loaded image: example.com/app:1\n");
    const list = await command(["image", "ls"], { cwd: at.dir.path, env: { TEU_ROOT: at.dir.join("other") } });
    assert.ok(list.out.includes(digest), list.out);
    await at.run("save", "example.com/app:1", "-o", "again.tar");
    assert.ok(readFileSync(at.dir.join("saved.tar")).equals(readFileSync(at.dir.join("again.tar"))));
  });
});

suite("what we make is read by", { skip: anyOf(skip, needsRoot()), concurrency: 2 }, () => {
  const forms = ["zstd:chunked", "estargz"] as const;
  for (const compression of forms) {
    test(`skopeo and podman, layers of ${compression}`, { skip: needsProgram("skopeo", "podman") }, async () => {
      await using at = await desk();
      await at.run(
        "image",
        "convert",
        "oci:l:app",
        "--compression",
        compression,
        "-o",
        "oci-archive:new.tar:example.com/app:1",
      );
      const state = [
        "--root",
        at.dir.join("s"),
        "--runroot",
        at.dir.join("r"),
        "--tmpdir",
        at.dir.join("t"),
        "--storage-driver",
        "vfs",
      ];
      await runPeer("podman", [...state, "load", "-q", "-i", at.dir.join("new.tar")]);
      const { stdout } = await runPeer("podman", [...state, "image", "mount", "example.com/app:1"]);
      const motd = readFileSync(`${stdout.trim()}/etc/motd`, "utf8");
      await runPeer("podman", [...state, "image", "umount", "-f", "example.com/app:1"]);
      assert.equal(motd, "one etc/motd\n".repeat(50));
      const source = `oci-archive:${at.dir.join("new.tar")}:example.com/app:1`;
      await runPeer("skopeo", ["copy", "-q", "--insecure-policy", source, `dir:${at.dir.join("skopeo")}`]);
      assert.match(await at.run("image", "validate", `dir:${at.dir.join("skopeo")}`), /, 0 broken/);
    });
  }

  test("umoci, flattened and squashed", { skip: needsProgram("umoci") }, async () => {
    await using at = await desk();
    await at.run("image", "flatten", "oci:l:app", "-o", "oci:l:flat");
    await runPeer("umoci", ["raw", "unpack", "--image", `${at.dir.join("l")}:flat`, at.dir.join("tree")]);
    assert.equal(readFileSync(at.dir.join("tree/etc/new"), "utf8"), "three etc/new\n".repeat(50));
  });
});
