import assert from "node:assert/strict";
import { access, mkdir, readFile, symlink } from "node:fs/promises";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { openLayout } from "@teu/content/layout-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { COMMANDS } from "../../commands.ts";
import type { Host, Terminal } from "../../host.ts";
import { formatBytes, showProgress } from "../../images/progress.ts";
import { run } from "../../run.ts";

const IMAGE = sampleImage("cli", { layerBytes: [2_000_000] });

interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly fake: FakeRegistry;
  /** Runs teu with a home of its own. */
  readonly teu: (
    words: readonly string[],
    input?: string,
  ) => Promise<{ readonly code: number; readonly out: string; readonly notes: string }>;
}

async function world(options: FakeOptions = {}): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const fake = cleanup.use(await startFakeRegistry(options));
  const layout = await openLayout(dir.join("layout"), { create: true });
  await putAll(layout, IMAGE);
  await layout.tag("v1", IMAGE.root);
  const teu: World["teu"] = async (words, input = "") => {
    const seen = { out: "", notes: "" };
    const host: Host = {
      out: (text) => void (seen.out += text),
      bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
      note: (line) => void (seen.notes += `${line}\n`),
      env: { HOME: dir.path, TEU_ROOT: dir.join("teu") },
      cwd: dir.path,
      signal: new AbortController().signal,
      input: (async function* () {
        yield new TextEncoder().encode(input);
      })(),
    };
    return { code: await run(words, COMMANDS, host), ...seen };
  };
  return { dir, fake, teu, [Symbol.asyncDispose]: async () => await cleanup.disposeAsync() };
}

suite("commands that talk to registries", () => {
  test("push, pull into the store, tag there, and push again", async () => {
    await using here = await world();
    const name = `${here.fake.host}/team/app:v1`;
    const pushed = await here.teu(["push", "oci:layout:v1", name]);
    assert.deepEqual([pushed.code, pushed.out], [0, `${IMAGE.root.digest}\n`], pushed.notes);
    assert.match(pushed.notes, / 2\.0 MB copied\n/);
    assert.equal((await here.teu(["pull", "-q", name])).code, 0);
    assert.equal((await here.teu(["tag", name, `${here.fake.host}/team/app:v2`])).code, 0);
    assert.equal((await here.teu(["push", "-q", `${here.fake.host}/team/app:v2`])).code, 0);
    assert.equal((await here.teu(["repo", "tags", `${here.fake.host}/team/app`])).out, "v1\nv2\n");
    assert.equal((await here.teu(["repo", "rm", `${here.fake.host}/team/app:v1`])).code, 0);
    assert.equal((await here.teu(["repo", "tags", "--format", "json", `${here.fake.host}/team/app`])).out, '["v2"]\n');
  });

  test("push gives several tags, by one request where the registry knows how", async () => {
    await using here = await world({ multiTag: true });
    const name = `${here.fake.host}/team/app`;
    const pushed = await here.teu(["push", "-q", "-t", "v1.2", "-t", "latest", "oci:layout:v1", `${name}:v1`]);
    assert.equal(pushed.code, 0, pushed.notes);
    assert.equal(here.fake.count("PUT", "/manifests/"), 2);
    assert.equal((await here.teu(["repo", "tags", name])).out, "latest\nv1\nv1.2\n");
    assert.equal((await here.teu(["copy", "-q", "-t", "v2", `${name}:v1`, "store:team/app:v1"])).code, 0);
    assert.equal((await here.teu(["push", "-q", "team/app:v2", `${name}:v2`])).code, 0);
    for (const to of ["dir:x", `${name}@${IMAGE.root.digest}`])
      assert.equal((await here.teu(["copy", "-t", "v2", "oci:layout:v1", to])).code, 2, to);
    assert.equal((await here.teu(["push", "-q", "-t", "no tag", "oci:layout:v1", `${name}:v1`])).code, 1);
  });

  test("an image that is not there is said so, with what may be wrong", async () => {
    await using here = await world();
    const { code, notes } = await here.teu(["pull", `${here.fake.host}/team/none`]);
    assert.equal(code, 1);
    assert.match(notes, /there is no such image\nteu: The name, its tag or its host may be wrong/);
  });

  test("login tries what it is given and keeps it, without showing it", async () => {
    const auth = { kind: "bearer", username: "me", password: "canary-Secret-1" } as const;
    await using here = await world({ auth });
    const words = ["login", "-u", "me", "--password-stdin", here.fake.host];
    const wrong = await here.teu(words, "canary-Secret-2");
    assert.deepEqual([wrong.code, wrong.notes.endsWith("it refuses the user name or the password\n")], [1, true]);
    const right = await here.teu(words, "canary-Secret-1\n");
    assert.equal(right.code, 0, right.notes);
    const pushed = await here.teu(["push", "oci:layout:v1", `${here.fake.host}/team/app:v1`]);
    assert.equal(pushed.code, 0, pushed.notes);
    assert.equal((await here.teu(["logout", here.fake.host])).code, 0);
    const out = await here.teu(["manifest", "head", `${here.fake.host}/team/app:v1`]);
    assert.match(out.notes, /teu login/);
    for (const { out: text, notes } of [wrong, right, pushed, out]) assert.ok(!`${text}${notes}`.includes("canary"));
  });

  test("a registry's warning is told once", async () => {
    await using here = await world({ warnings: ["this registry closes soon"] });
    const { notes } = await here.teu(["push", "-q", "oci:layout:v1", `${here.fake.host}/team/app:v1`]);
    assert.equal(notes, `teu: warning of ${here.fake.host}: this registry closes soon\n`);
  });

  test("a title that leads elsewhere is not written", async () => {
    await using here = await world();
    const file = await here.dir.write("a.txt", "a");
    const name = `${here.fake.host}/team/art:v1`;
    assert.equal((await here.teu(["artifact", "push", name, `${file}:text/plain`])).code, 0);
    const manifest = (await here.teu(["manifest", "get", name])).out;
    for (const title of ["../evil", "/evil", "a/../../evil", ".", "", "a/", "a\\\\b", "a\\u0000b"]) {
      const wrong = manifest.replace('"a.txt"', `"${title}"`);
      assert.equal((await here.teu(["manifest", "put", name], wrong)).code, 0, title);
      const { notes, code } = await here.teu(["artifact", "pull", name, "out"]);
      assert.equal(code, 1, title);
      assert.match(notes, /expected (?:a path inside it|none|a name|the path of a file)/, title);
    }
    await assert.rejects(access(here.dir.join("out")));
  });

  test("files of an artifact keep their folders, and what is no file is told", async () => {
    await using here = await world();
    await here.dir.write("in/deep/a.txt", "a");
    const name = `${here.fake.host}/team/art:v2`;
    assert.equal((await here.teu(["artifact", "push", name, "in/./deep/a.txt"])).code, 0);
    // A link on the way leads nowhere but below the folder.
    await mkdir(here.dir.join("out"));
    await symlink("/in-the-root", here.dir.join("out/in"));
    assert.deepEqual(await here.teu(["artifact", "pull", name, "out"]), { code: 0, out: "in/deep/a.txt\n", notes: "" });
    assert.equal(await readFile(here.dir.join("out/in-the-root/deep/a.txt"), "utf8"), "a");
    for (const path of ["/dev/null", "none.txt"]) {
      const { code, notes } = await here.teu(["artifact", "push", name, path]);
      assert.deepEqual(
        [code, /Reading the file ".*": .*, expected a file or a folder\n/.test(notes)],
        [2, true],
        notes,
      );
    }
    const { code, notes } = await here.teu(["manifest", "put", name], "{");
    assert.deepEqual([code, /Reading the manifest: line 1/.test(notes)], [2, true], notes);
  });
});

suite("names with a digest", () => {
  test("are given to the image of that digest and to no other", async () => {
    await using here = await world();
    const [name, other] = [`${here.fake.host}/team/app`, `sha256:${"0".repeat(64)}`];
    const right = await here.teu(["push", "-q", "oci:layout:v1", `${name}:v1@${IMAGE.root.digest}`]);
    assert.deepEqual([right.code, right.out], [0, `${IMAGE.root.digest}\n`], right.notes);
    assert.equal((await here.teu(["repo", "tags", name])).out, "v1\n");
    const wrong = await here.teu(["copy", "-q", "oci:layout:v1", `${name}:v2@${other}`]);
    assert.deepEqual(
      [wrong.code, /has digest .*, expected that of the name/.test(wrong.notes)],
      [1, true],
      wrong.notes,
    );
    const manifest = (await here.teu(["manifest", "get", `${name}:v1`])).out;
    assert.equal((await here.teu(["manifest", "put", `${name}@${other}`], manifest)).code, 1);
    assert.equal((await here.teu(["manifest", "put", `${name}@${IMAGE.root.digest}`], manifest)).code, 0);
    const long = digestBytes(new TextEncoder().encode(manifest), "sha512");
    assert.equal((await here.teu(["manifest", "put", `${name}@${long}`], manifest)).out, `${long}\n`);
    assert.equal((await here.teu(["repo", "tags", name])).out, "v1\n");
  });
});

suite("what commands are given to read", () => {
  test("is told by name where it is not there", async () => {
    await using here = await world();
    const name = `${here.fake.host}/team/app`;
    for (const words of [
      ["manifest", "put", name, "none"],
      ["blob", "put", name, "none"],
      ["sync", "-f", "none"],
      ["artifact", "push", name, "--annotation-file", "none"],
    ]) {
      const { code, notes } = await here.teu(words);
      assert.deepEqual(
        [code, notes],
        [2, `teu: Reading the file "${here.dir.join("none")}": there is none, expected a file\n`],
      );
    }
  });

  test("is sent once, if it is a file", async () => {
    await using here = await world();
    await here.dir.write("big", "x".repeat(3_000_000));
    const name = `${here.fake.host}/team/app`;
    const first = await here.teu(["blob", "put", name, "big"]);
    assert.equal(first.code, 0, first.notes);
    const sent = here.fake.count("PATCH", "");
    assert.equal((await here.teu(["blob", "put", name, "big"])).out, first.out);
    assert.equal(here.fake.count("PATCH", ""), sent);
  });
});

suite("artifacts", () => {
  test("get annotations from a file, by path", async () => {
    await using here = await world();
    await here.dir.write("a.txt", "a");
    await here.dir.write("folder/b.txt", "b");
    const name = `${here.fake.host}/team/art:v1`;
    const push = [
      "artifact",
      "push",
      "--annotation-file",
      "notes.json",
      "-a",
      "by=me",
      name,
      "a.txt:text/plain",
      "folder",
    ];
    await here.dir.write("notes.json", '{"$manifest":{"by":"you","team":"blue"},"a.txt":{"k":"v"},"folder":{"k":"w"}}');
    const pushed = await here.teu(push);
    assert.equal(pushed.code, 0, pushed.notes);
    const { annotations, layers } = JSON.parse((await here.teu(["manifest", "get", name])).out) as {
      readonly annotations: unknown;
      readonly layers: readonly { readonly annotations: Readonly<Record<string, string>> }[];
    };
    assert.deepEqual(annotations, { by: "me", team: "blue" });
    assert.deepEqual(
      layers.map((layer) => layer.annotations["k"]),
      ["v", "w"],
    );
    for (const [text, problem] of [
      ['{"b.txt":{}}', /"b\.txt": no such file is pushed/],
      ['{"a.txt":{"k":1}}', /\["a\.txt"\]\.k: expected a string/],
      ['{"$config":{}}', /the configuration has no annotations/],
    ] as const) {
      await here.dir.write("notes.json", text);
      const { code, notes } = await here.teu(push);
      assert.deepEqual([code, problem.test(notes)], [2, true], notes);
    }
  });

  test("are attached in layouts too, and not in archives", async () => {
    await using here = await world();
    await here.dir.write("a.txt", "a");
    const attach = async (place: string): ReturnType<World["teu"]> =>
      await here.teu(["referrers", "attach", "--type", "application/x", place, "a.txt"]);
    const attached = await attach("oci:layout:v1");
    assert.equal(attached.code, 0, attached.notes);
    const above = await attach(`oci:layout:${attached.out.trim()}`);
    assert.equal(above.code, 0, above.notes);
    const { out } = await here.teu(["referrers", "tree", "--format", "json", "oci:layout:v1"]);
    const tree = JSON.parse(out) as {
      digest: string;
      referrers: { digest: string; referrers: { digest: string }[] }[];
    };
    assert.deepEqual(
      [tree.digest, tree.referrers[0]?.digest, tree.referrers[0]?.referrers[0]?.digest],
      [IMAGE.root.digest, attached.out.trim(), above.out.trim()],
    );
    assert.equal((await here.teu(["copy", "-q", "oci:layout:v1", "oci-archive:image.tar:v1"])).code, 0);
    const { code, notes } = await attach("oci-archive:image.tar:v1");
    assert.deepEqual([code, /nothing can be attached in a place of this kind/.test(notes)], [2, true], notes);
  });

  test("formats that are none are refused", async () => {
    await using here = await world();
    const image = `${here.fake.host}/team/app:v1`;
    for (const words of [
      ["repo", "ls", here.fake.host],
      ["repo", "tags", image],
      ["referrers", "tree", image],
      ["sync", image, "oci:x"],
    ])
      assert.equal((await here.teu([...words, "--format", "xml"])).code, 2, words.join(" "));
  });
});

suite("places", () => {
  test("that are none are mistakes of the command line", async () => {
    await using here = await world();
    for (const wrong of ["docker://", "oci:", "layout:/a:v1"]) {
      const { code, notes } = await here.teu(["copy", wrong, "oci:x"]);
      assert.deepEqual([code, /Reading the place/.test(notes)], [2, true], wrong);
    }
  });
});

suite("progress", () => {
  test("bars are drawn on a terminal and taken away", () => {
    let text = "";
    const notes: string[] = [];
    const terminal: Terminal = { columns: () => 60, write: (piece) => void (text += piece), ask: async () => "" };
    const host: Host = {
      out: () => {},
      bytes: async () => {},
      note: (line) => void notes.push(line),
      env: {},
      cwd: "/",
      signal: new AbortController().signal,
      terminal,
    };
    const descriptor = IMAGE.root;
    using progress = showProgress(host, { quiet: false });
    progress.onEvent({ type: "started", descriptor, start: 0 });
    progress.onEvent({ type: "finished", descriptor, outcome: "copied" });
    assert.match(notes.join(""), /copied/);
    assert.equal(text, "");
  });

  test("bars tell bytes, speed and the time that is left", async () => {
    let text = "";
    const terminal: Terminal = { columns: () => 100, write: (piece) => void (text += piece), ask: async () => "" };
    const host = { terminal, note: () => {} } as unknown as Host;
    const descriptor = { ...IMAGE.root, size: 10_000_000 };
    using progress = showProgress(host, { quiet: false });
    progress.onEvent({ type: "found", descriptor });
    progress.onEvent({ type: "started", descriptor, start: 0 });
    for (
      let bytes = 1_000_000;
      !/ [1-9][.0-9]* MB\/s, \d+ s left\n/.test(text) && bytes < 9_000_000;
      bytes += 500_000
    ) {
      progress.onEvent({ type: "progress", descriptor, bytes });
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    assert.match(text, /^[0-9a-f]{12} \[=+ *\] +\d+% \d\.\d MB\/10\.0 MB$/m);
    assert.match(text, /^\d\.\d MB, [.0-9]+ MB\/s, \d+ s left$/m);
  });

  test("sizes are for people", () => {
    assert.deepEqual([0, 999, 1000, 999_950, 12_345_678, 5e12].map(formatBytes), [
      "0 B",
      "999 B",
      "1.0 kB",
      "1.0 MB",
      "12.3 MB",
      "5.0 TB",
    ]);
  });
});
