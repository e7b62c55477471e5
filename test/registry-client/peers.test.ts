import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import {
  type SampleGraph,
  putAll,
  sampleDocument,
  sampleImage,
  sampleIndex,
  sampleOf,
} from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import { EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { DOCKER_FOREIGN_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST } from "@teu/spec/media-types";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type Ended, run, startDockerRegistry, teu } from "./programs.ts";

const SECRET = "canary-5d1c-Secret";
// Of that password, as htpasswd -B writes it.
const BCRYPT = "$2b$04$pfDpX7SR0f5Gz1wfleUIn.SEx1LFzFDSTYYokGuzcyjINAs6XxbDi";

const AMD64 = { architecture: "amd64", os: "linux" };
const ARM64 = { architecture: "arm64", os: "linux" };

function zstdImage(): SampleGraph {
  const image = sampleImage("zstd");
  const layer = sampleOf(5000, 9, OCI_LAYER_ZSTD);
  const [, config] = image.content;
  assert.ok(config !== undefined);
  const manifest = sampleDocument(OCI_MANIFEST, { config: config.descriptor, layers: [layer.descriptor] });
  return { root: manifest.descriptor, content: [layer, config, manifest] };
}

function artifact(): SampleGraph {
  const file = sampleOf(300, 4, "text/plain");
  const empty = { descriptor: EMPTY_DESCRIPTOR, bytes: new TextEncoder().encode("{}") };
  const fields = { artifactType: "application/vnd.example", config: EMPTY_DESCRIPTOR, layers: [file.descriptor] };
  const manifest = sampleDocument(OCI_MANIFEST, fields);
  return { root: manifest.descriptor, content: [file, empty, manifest] };
}

const GRAPHS: Readonly<Record<string, SampleGraph>> = {
  image: sampleImage("plain", { layerBytes: [5_000_000, 100] }),
  index: sampleIndex([
    [sampleImage("amd64", { layerBytes: [2000] }), AMD64],
    [sampleImage("arm64v8", { layerBytes: [3000], platform: ARM64 }), ARM64],
  ]),
  zstd: zstdImage(),
  artifact: artifact(),
};

async function writeGraphs(dir: TempDir): Promise<void> {
  const layout = await openLayout(dir.join("layout"), { create: true });
  for (const [tag, graph] of Object.entries(GRAPHS)) {
    await putAll(layout, graph);
    await layout.tag(tag, graph.root);
  }
}

async function assertSame(path: string, tag: string): Promise<void> {
  const graph = GRAPHS[tag];
  const layout = await openLayout(path);
  assert.ok(graph !== undefined);
  assert.equal((await layout.resolve(tag))?.digest, graph.root.digest);
  for (const { descriptor, bytes } of graph.content)
    assert.deepEqual(await readVerified(layout, descriptor, { maxBytes: bytes.length }), bytes);
}

function ok({ code, out, notes }: Ended): string {
  assert.equal(code, 0, notes);
  return out;
}

suite(
  "with docker-registry and skopeo",
  { skip: needsProgram("docker-registry", "skopeo"), concurrency: false },
  () => {
    test("what teu pushes skopeo pulls, and the reverse, with the same digests", async () => {
      await using dir = await tempDir();
      await using registry = await startDockerRegistry(dir);
      await writeGraphs(dir);
      for (const tag of Object.keys(GRAPHS)) {
        const ours = `docker://${registry.host}/teu/app:${tag}`;
        ok(await teu(dir.path, ["push", "-q", `oci:${dir.join("layout")}:${tag}`, ours]));
        ok(
          await run("skopeo", [
            "copy",
            "-q",
            "--all",
            "--preserve-digests",
            "--src-tls-verify=false",
            ours,
            `oci:${dir.join("theirs")}:${tag}`,
          ]),
        );
        await assertSame(dir.join("theirs"), tag);
        const theirs = `docker://${registry.host}/skopeo/app:${tag}`;
        ok(
          await run("skopeo", [
            "copy",
            "-q",
            "--all",
            "--preserve-digests",
            "--dest-tls-verify=false",
            `oci:${dir.join("layout")}:${tag}`,
            theirs,
          ]),
        );
        ok(await teu(dir.path, ["copy", "-q", theirs, `oci:${dir.join("ours")}:${tag}`]));
        await assertSame(dir.join("ours"), tag);
      }
      assert.equal(ok(await teu(dir.path, ["repo", "ls", registry.host])), "skopeo/app\nteu/app\n");
      assert.equal(
        ok(await teu(dir.path, ["repo", "tags", `${registry.host}/teu/app`])),
        "artifact\nimage\nindex\nzstd\n",
      );
    });

    test("layers that may not be distributed are left out, and an image with them can be pushed", async () => {
      await using dir = await tempDir();
      const urls = 'validation: {enabled: true, manifests: {urls: {allow: ["^https://example[.]com/"]}}}';
      await using registry = await startDockerRegistry(dir, urls);
      const foreign = {
        ...sampleOf(100, 3, DOCKER_FOREIGN_LAYER_GZIP).descriptor,
        urls: ["https://example.com/layer"],
      };
      const image = sampleImage("foreign");
      const [, config] = image.content;
      assert.ok(config !== undefined);
      const manifest = sampleDocument("application/vnd.docker.distribution.manifest.v2+json", {
        config: { ...config.descriptor, mediaType: "application/vnd.docker.container.image.v1+json" },
        layers: [foreign],
      });
      const layout = await openLayout(dir.join("layout"), { create: true });
      await putAll(layout, { root: manifest.descriptor, content: [config, manifest] });
      await layout.tag("v1", manifest.descriptor);
      const name = `${registry.host}/team/foreign:v1`;
      const { notes, code } = await teu(dir.path, ["push", `oci:${dir.join("layout")}:v1`, name]);
      assert.equal(code, 0, notes);
      assert.match(notes, /left-out/);
      ok(await teu(dir.path, ["copy", "-q", name, `oci:${dir.join("back")}:v1`]));
    });

    test("referrers are kept under a tag where the registry has no list, and leave it when removed", async () => {
      await using dir = await tempDir();
      await using registry = await startDockerRegistry(dir);
      await writeGraphs(dir);
      const name = `${registry.host}/team/app:image`;
      ok(await teu(dir.path, ["push", "-q", `oci:${dir.join("layout")}:image`, name]));
      const note = await dir.write("note.txt", "looks good");
      const attached = [
        "referrers",
        "attach",
        "--type",
        "application/vnd.example.note",
        "-a",
        "by=me",
        name,
        `${note}:text/plain`,
      ];
      const digest = ok(await teu(dir.path, attached)).trim();
      assert.match(
        ok(await teu(dir.path, ["referrers", "ls", name])),
        /^sha256:\w+ {2}application\/vnd\.example\.note/,
      );
      assert.match(ok(await teu(dir.path, ["referrers", "tree", name])), new RegExp(`└─ ${digest}`));
      assert.equal(ok(await teu(dir.path, ["referrers", "get", name, dir.join("out")])), "note.txt\n");
      assert.equal(await readFile(dir.join("out/note.txt"), "utf8"), "looks good");
      const tags = ok(await run("skopeo", ["list-tags", "--tls-verify=false", `docker://${registry.host}/team/app`]));
      assert.match(tags, /sha256-/);
      ok(await teu(dir.path, ["copy", "-q", "--referrers", name, `oci:${dir.join("all")}:image`]));
      const copied = await openLayout(dir.join("all"));
      assert.equal(
        (await Array.fromAsync(copied.referrers(GRAPHS["image"]?.root ?? EMPTY_DESCRIPTOR)))[0]?.digest,
        digest,
      );
      ok(await teu(dir.path, ["repo", "rm", `${registry.host}/team/app@${digest}`]));
      assert.equal(ok(await teu(dir.path, ["referrers", "ls", name])), "");
    });

    test("artifacts, manifests and blobs go both ways", async () => {
      await using dir = await tempDir();
      await using registry = await startDockerRegistry(dir);
      const name = `${registry.host}/team/art:v1`;
      const file = await dir.write("data.json", '{"a":1}');
      const digest = ok(
        await teu(dir.path, ["artifact", "push", "--type", "application/vnd.x", name, `${file}:application/json`]),
      ).trim();
      assert.equal(ok(await teu(dir.path, ["artifact", "pull", name, dir.join("out")])), "data.json\n");
      assert.equal(await readFile(dir.join("out/data.json"), "utf8"), '{"a":1}');
      const manifest = ok(await teu(dir.path, ["manifest", "get", name]));
      assert.equal(
        ok(await teu(dir.path, ["manifest", "put", `${registry.host}/team/art:v2`], { input: manifest })).trim(),
        digest,
      );
      assert.equal(
        JSON.parse(ok(await teu(dir.path, ["manifest", "head", `${registry.host}/team/art:v2`]))).digest,
        digest,
      );
      const stored = JSON.parse(
        ok(await teu(dir.path, ["blob", "put", `${registry.host}/team/art`], { input: "hello" })),
      ) as { digest: string };
      assert.equal(ok(await teu(dir.path, ["blob", "get", `${registry.host}/team/art@${stored.digest}`])), "hello");
      ok(await teu(dir.path, ["tag", `docker://${name}`, "v3", "v4"]));
      assert.equal(ok(await teu(dir.path, ["repo", "tags", `${registry.host}/team/art`])), "v1\nv2\nv3\nv4\n");
    });

    test("login is tried, kept for skopeo too, and the secret is in no output", async () => {
      await using dir = await tempDir();
      const htpasswd = await dir.write("htpasswd", `me:${BCRYPT}\n`);
      await using registry = await startDockerRegistry(dir, `auth: {htpasswd: {realm: test, path: ${htpasswd}}}`);
      await writeGraphs(dir);
      const name = `${registry.host}/team/app:image`;
      const words = ["login", "-u", "me", "--password-stdin", registry.host];
      const all: Ended[] = [];
      const keep = (ended: Ended): Ended => {
        all.push(ended);
        return ended;
      };
      const push = ["push", "-q", `oci:${dir.join("layout")}:image`, name];
      const before = keep(await teu(dir.path, push, { env: { TEU_DEBUG: "1" } }));
      assert.equal(before.code, 1);
      assert.match(before.notes, /teu login/);
      const refused = keep(await teu(dir.path, words, { input: `${SECRET}-wrong`, env: { TEU_DEBUG: "1" } }));
      assert.equal(refused.code, 1);
      ok(keep(await teu(dir.path, words, { input: `${SECRET}\n` })));
      ok(keep(await teu(dir.path, push)));
      const config = dir.join(".docker/config.json");
      ok(
        keep(await run("skopeo", ["inspect", "--raw", "--tls-verify=false", "--authfile", config, `docker://${name}`])),
      );
      ok(keep(await teu(dir.path, ["logout", registry.host])));
      assert.equal(keep(await teu(dir.path, push)).code, 1);
      assert.doesNotMatch(await readFile(config, "utf8"), /auth"/);
      const encoded = Buffer.from(`me:${SECRET}`).toString("base64");
      for (const { out, notes } of all)
        assert.ok(!`${out}${notes}`.includes(SECRET) && !`${out}${notes}`.includes(encoded));
    });
  },
);

test("a push that is killed goes on, and sends at most one chunk again", { timeout: 120_000 }, async () => {
  const { startFakeRegistry } = await import("@teu/registry-client/testing/fake-registry");
  await using dir = await tempDir();
  await using fake = await startFakeRegistry();
  const size = 40_000_000;
  const chunk = 2_000_000;
  const image = sampleImage("killed", { layerBytes: [size] });
  const layout = await openLayout(dir.join("layout"), { create: true });
  await putAll(layout, image);
  await layout.tag("v1", image.root);
  const words = [
    "push",
    "-q",
    "--chunk-size",
    `${chunk}`,
    `oci:${dir.join("layout")}:v1`,
    `docker://${fake.host}/team/app:v1`,
  ];
  const kills = process.env["TEU_LONG_TESTS"] === "1" ? 20 : 6;
  for (let at = 0; at < kills; at += 1) {
    // At another place of another chunk each time.
    fake.faults.push({ method: "PATCH", skip: at % 2, fault: { kind: "delay", ms: 60_000 } });
    const sent = fake.count("PATCH");
    let child: { kill(signal: "SIGKILL"): boolean } | undefined;
    const ended = teu(dir.path, words, { onStart: (started) => (child = started) });
    while (fake.count("PATCH") <= sent + (at % 2)) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    child?.kill("SIGKILL");
    assert.equal((await ended).code, null);
    fake.faults.length = 0;
  }
  ok(await teu(dir.path, words));
  const total = fake.requests
    .filter(({ method }) => method === "PATCH")
    .reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  assert.ok(total >= size && total <= size + kills * chunk, `${total} bytes were sent`);
  const uploads = fake.requests.filter(({ method }) => method === "PATCH").map(({ path }) => path.split("?", 1)[0]);
  assert.equal(new Set(uploads).size, 1, "one upload for the layer");
  assert.deepEqual(
    fake.content.repository("team/app").blobs.get(image.content[0]?.descriptor.digest ?? ""),
    image.content[0]?.bytes,
  );
  const left = await readdir(join(dir.path, ".local/state/teu/uploads"));
  assert.deepEqual(
    left.filter((name) => name.endsWith(".json")),
    [],
  );
});
