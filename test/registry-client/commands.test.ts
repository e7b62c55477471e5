import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { GRAPHS, foreignImage, writeLayout } from "./graphs.ts";
import { type Ended, run, startDockerRegistry, teu } from "./programs.ts";

const SECRET = "canary-5d1c-Secret";
// Of that password, as htpasswd -B writes it.
const BCRYPT = "$2b$04$pfDpX7SR0f5Gz1wfleUIn.SEx1LFzFDSTYYokGuzcyjINAs6XxbDi";

async function writeGraphs(dir: TempDir): Promise<void> {
  await writeLayout(dir.join("layout"), GRAPHS);
}

function ok({ code, out, notes }: Ended): string {
  assert.equal(code, 0, notes);
  return out;
}

suite("with docker-registry and skopeo", { skip: needsProgram("docker-registry", "skopeo"), concurrency: true }, () => {
  test("layers that may not be distributed are left out, and an image with them can be pushed", async () => {
    await using dir = await tempDir();
    const urls = 'validation: {enabled: true, manifests: {urls: {allow: ["^https://example[.]com/"]}}}';
    await using registry = await startDockerRegistry(dir, urls);
    await writeLayout(dir.join("layout"), { v1: foreignImage() });
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
    assert.match(ok(await teu(dir.path, ["referrers", "ls", name])), /^sha256:\w+ {2}application\/vnd\.example\.note/);
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
    ok(keep(await run("skopeo", ["inspect", "--raw", "--tls-verify=false", "--authfile", config, `docker://${name}`])));
    ok(keep(await teu(dir.path, ["logout", registry.host])));
    assert.equal(keep(await teu(dir.path, push)).code, 1);
    assert.doesNotMatch(await readFile(config, "utf8"), /auth"/);
    const encoded = Buffer.from(`me:${SECRET}`).toString("base64");
    for (const { out, notes } of all)
      assert.ok(!`${out}${notes}`.includes(SECRET) && !`${out}${notes}`.includes(encoded));
  });
});
