import assert from "node:assert/strict";
import { access, mkdir, readFile, symlink } from "node:fs/promises";
import { suite, test } from "node:test";
import { sampleImage } from "@teu/content/testing/samples";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type ClientWorld, clientWorld } from "../../testing/client-world.ts";

const IMAGE = sampleImage("cli", { layerBytes: [2_000_000] });

interface World extends ClientWorld {
  readonly dir: TempDir;
}

async function world(): Promise<World> {
  const dir = await tempDir();
  const client = await clientWorld(dir.path, IMAGE);
  const close = async (): Promise<void> => {
    await client[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  return { ...client, dir, [Symbol.asyncDispose]: close };
}

suite("artifacts", () => {
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
