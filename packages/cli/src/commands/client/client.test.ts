import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { sampleImage } from "@teu/content/testing/samples";
import type { FakeOptions } from "@teu/registry-client/testing/fake-registry";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import type { Host, Terminal } from "../../host.ts";
import { formatBytes, showProgress } from "../../images/progress.ts";
import { type ClientWorld, clientWorld } from "../../testing/client-world.ts";

const IMAGE = sampleImage("cli", { layerBytes: [2_000_000] });

interface World extends ClientWorld {
  readonly dir: TempDir;
}

async function world(options: FakeOptions = {}): Promise<World> {
  const dir = await tempDir();
  const client = await clientWorld(dir.path, IMAGE, options);
  const close = async (): Promise<void> => {
    await client[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  return { ...client, dir, [Symbol.asyncDispose]: close };
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
    const tags = await here.teu(["repo", "tags", `${here.fake.host}/team/none`]);
    assert.deepEqual([tags.code, tags.out, /there are no tags of .*\/none\n/.test(tags.notes)], [1, "", true]);
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
  test("is no manifest by its type, and nothing is sent of it", async () => {
    await using here = await world();
    const put = ["manifest", "put", `${here.fake.host}/team/app`];
    for (const [words, text] of [
      [put, '{"mediaType":"x/y"}'],
      [[...put, "--media-type", "text/plain"], "{}"],
    ] as const) {
      const { code, notes } = await here.teu(words, text);
      assert.deepEqual([code, /expected a manifest or an index/.test(notes)], [2, true], notes);
    }
    assert.equal(here.fake.requests.length, 0);
  });

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

suite("places", () => {
  test("that are none are mistakes of the command line", async () => {
    await using here = await world();
    for (const wrong of ["docker://", "oci:", "layout:/a:v1"]) {
      const { code, notes } = await here.teu(["copy", wrong, "oci:x"]);
      assert.deepEqual([code, /Reading the place/.test(notes)], [2, true], wrong);
    }
  });
});

const TERMINAL: Terminal = { columns: () => 80, write: () => {}, canAsk: () => true, ask: async () => "" };

suite("progress", () => {
  test("bars are drawn on a terminal and taken away", () => {
    let text = "";
    const notes: string[] = [];
    const terminal: Terminal = { ...TERMINAL, columns: () => 60, write: (piece) => void (text += piece) };
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
    progress.onEvent?.({ type: "started", descriptor, start: 0 });
    progress.onEvent?.({ type: "finished", descriptor, outcome: "copied" });
    assert.match(notes.join(""), /copied/);
    assert.equal(text, "");
  });

  test("bars tell bytes, speed and the time that is left", async () => {
    let text = "";
    const terminal: Terminal = { ...TERMINAL, columns: () => 100, write: (piece) => void (text += piece) };
    const host = { terminal, note: () => {} } as unknown as Host;
    const descriptor = { ...IMAGE.root, size: 10_000_000 };
    using progress = showProgress(host, { quiet: false });
    progress.onEvent?.({ type: "found", descriptor });
    progress.onEvent?.({ type: "started", descriptor, start: 0 });
    for (
      let bytes = 1_000_000;
      !/ [1-9][.0-9]* MB\/s, \d+ s left\n/.test(text) && bytes < 9_000_000;
      bytes += 500_000
    ) {
      progress.onEvent?.({ type: "progress", descriptor, bytes });
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
