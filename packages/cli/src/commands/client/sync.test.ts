import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleDocument, sampleImage, sampleIndex, sampleOf } from "@teu/content/testing/samples";
import { Registry } from "@teu/registry-client/registry";
import { type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { OCI_MANIFEST } from "@teu/spec/media-types";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { COMMANDS } from "../../commands.ts";
import { run } from "../../run.ts";

const AMD64 = sampleImage("amd64");
const ARM64 = sampleImage("arm64", { platform: { os: "linux", architecture: "arm64" } });
const INDEX = sampleIndex([
  [AMD64, { os: "linux", architecture: "amd64" }],
  [ARM64, { os: "linux", architecture: "arm64" }],
]);
const NOTE = sampleOf(10, 1, "text/plain");
const SIGNATURE = sampleDocument(OCI_MANIFEST, {
  artifactType: "application/vnd.example",
  config: EMPTY_DESCRIPTOR,
  layers: [NOTE.descriptor],
  subject: INDEX.root,
});
const EMPTY = { descriptor: EMPTY_DESCRIPTOR, bytes: new TextEncoder().encode("{}") };

interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly from: FakeRegistry;
  readonly to: FakeRegistry;
  readonly sync: (
    ...words: readonly string[]
  ) => Promise<{ readonly code: number; readonly out: string; readonly notes: string }>;
}

async function world(): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const from = cleanup.use(await startFakeRegistry({ pageSize: 1 }));
  const to = cleanup.use(await startFakeRegistry());
  const memory = new MemoryStore();
  await putAll(memory, { root: INDEX.root, content: [...INDEX.content, EMPTY, NOTE, SIGNATURE] });
  const registry = new Registry(from.url);
  await copy(memory, registry.repository("team/app"), INDEX.root, { tags: ["v1", "v2", "latest"], referrers: true });
  await copy(memory, registry.repository("team/tool"), AMD64.root, { tags: ["v1"] });
  await copy(memory, registry.repository("other"), AMD64.root, { tags: ["v1"] });
  const sync: World["sync"] = async (...words) => {
    const seen = { out: "", notes: "" };
    const code = await run(["sync", "-q", ...words], COMMANDS, {
      out: (text) => void (seen.out += text),
      bytes: async () => {},
      note: (line) => void (seen.notes += `${line}\n`),
      env: { HOME: dir.path, TEU_ROOT: dir.join("teu") },
      cwd: dir.path,
      signal: new AbortController().signal,
    });
    return { code, ...seen };
  };
  return { dir, from, to, sync, [Symbol.asyncDispose]: async () => await cleanup.disposeAsync() };
}

const writes = (fake: FakeRegistry): number =>
  ["PUT", "POST", "PATCH"].reduce((sum, method) => sum + fake.count(method), 0);

suite("teu sync", () => {
  test("a dry run says what is missing, a run copies it, another finds it there", async () => {
    await using here = await world();
    const { from, to } = here;
    const dry = await here.sync("--dry-run", from.host, to.host);
    assert.equal(dry.code, 0, dry.notes);
    assert.equal(dry.out.match(/^would copy /gm)?.length, 5);
    assert.equal(writes(to), 0);
    const first = await here.sync(from.host, to.host);
    assert.equal(first.code, 0, first.notes);
    assert.equal(first.out.match(/^copied /gm)?.length, 5);
    assert.ok(first.out.includes(`${from.host}/team/app:v1 -> ${to.host}/team/app:v1 ${INDEX.root.digest}\n`));
    const before = writes(to);
    const second = await here.sync("--format", "json", from.host, to.host);
    const actions = (JSON.parse(second.out) as { readonly action: string }[]).map(({ action }) => action);
    assert.deepEqual(
      actions,
      Array.from({ length: 5 }, () => "present"),
    );
    assert.equal(writes(to), before);
  });

  test("patterns choose repositories and tags, and a prefix goes before their paths", async () => {
    await using here = await world();
    const words = ["--tag", "v*", "--exclude-tag", "v2", `${here.from.host}/team/*`, `${here.to.host}/mirror`];
    const { code, out, notes } = await here.sync(...words);
    assert.equal(code, 0, notes);
    const listed = await Array.fromAsync(new Registry(here.to.url).repositories());
    assert.deepEqual(listed, ["mirror/team/app", "mirror/team/tool"]);
    assert.doesNotMatch(out, /latest|:v2/);
  });

  test("platforms and referrers are taken as asked", async () => {
    await using here = await world();
    const one = await here.sync(
      "--platform",
      "linux/arm64",
      `${here.from.host}/team/app:v1`,
      `${here.to.host}/arm/app`,
    );
    assert.equal(one.code, 0, one.notes);
    const arm = new Registry(here.to.url).repository("arm/app");
    assert.equal(await arm.has(AMD64.root), false);
    assert.equal(await arm.has(ARM64.root), true);
    const all = await here.sync("--referrers", `${here.from.host}/team/app`, `${here.to.host}/all/app`);
    assert.equal(all.code, 0, all.notes);
    const referrers = await Array.fromAsync(new Registry(here.to.url).repository("all/app").referrers(INDEX.root));
    assert.deepEqual(
      referrers.map(({ digest }) => digest),
      [SIGNATURE.descriptor.digest],
    );
  });

  test("a file of regsync's is done, into a layout too", async () => {
    await using here = await world();
    const file = `version: 1
sync:
  - { source: "${here.from.host}/team/app", target: "${here.to.host}/copy", type: repository, tags: { deny: ["v.*"] } }
  - { source: "${here.from.host}/other:v1", target: "oci:layout", type: image }
`;
    await here.dir.write("sync.yaml", file);
    const { code, notes } = await here.sync("--file", "sync.yaml");
    assert.equal(code, 0, notes);
    assert.deepEqual(await Array.fromAsync(new Registry(here.to.url).repository("copy").tags()), ["latest"]);
    const layout = await openLayout(here.dir.join("layout"));
    assert.equal((await layout.resolve(`${here.from.host}/other:v1`))?.digest, AMD64.root.digest);
    assert.match((await here.sync("--file", "sync.yaml")).out, /^present .*\npresent .*\n$/);
  });

  test("a layout carries repositories from one registry to another", async () => {
    await using here = await world();
    const out = await here.sync("--referrers", here.from.host, "oci:carried");
    assert.equal(out.code, 0, out.notes);
    assert.equal(
      (await here.sync("--referrers", "-n", "oci:carried", `${here.to.host}/in`)).out.match(/^would copy /gm)?.length,
      5,
    );
    const into = await here.sync("--referrers", "oci:carried", `${here.to.host}/in`);
    assert.equal(into.code, 0, into.notes);
    const registry = new Registry(here.to.url);
    assert.deepEqual(await Array.fromAsync(registry.repositories()), ["in/other", "in/team/app", "in/team/tool"]);
    const app = registry.repository("in/team/app");
    assert.deepEqual(await Array.fromAsync(app.tags()), ["latest", "v1", "v2"]);
    assert.equal((await Array.fromAsync(app.referrers(INDEX.root))).length, 1);
    const one = `oci:carried:${here.from.host}/team/app:v1`;
    assert.match(
      (await here.sync(one, here.to.host)).out,
      /^copied oci:carried:.*\/team\/app:v1 -> .*\/team\/app:v1 \S+\n$/,
    );
    // Tags alone have no path to go under.
    const layout = await openLayout(here.dir.join("plain"), { create: true });
    await copy(registry.repository("in/team/app"), layout, INDEX.root, { tags: ["v9"] });
    assert.match((await here.sync("oci:plain", `${here.to.host}/new`)).out, /-> .*\/new:v9 /);
    assert.match((await here.sync("oci:plain", here.to.host)).notes, /"v9" has no full name/);
  });

  test("an image that fails keeps none of the others from being copied, and is told", async () => {
    await using here = await world();
    here.from.faults.push({ path: "/team/tool/manifests/", times: 100, fault: { kind: "status", status: 403 } });
    const { code, out, notes } = await here.sync(here.from.host, here.to.host);
    assert.equal(code, 1);
    assert.equal(out.match(/^copied /gm)?.length, 4);
    assert.match(notes, /team\/tool:v1: .*403/);
    assert.match(notes, /1 of 5 failed/);
    here.from.faults.length = 0;
    here.from.faults.push({ path: "_catalog", times: 100, fault: { kind: "status", status: 403 } });
    assert.equal((await here.sync(here.from.host, here.to.host)).code, 1);
  });

  test("a command line that says too little is refused", async () => {
    await using here = await world();
    assert.equal((await here.sync(here.from.host)).code, 2);
    assert.equal((await here.sync("-f", "none.yaml", "a", "b")).code, 2);
  });
});
