import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Authority } from "../access.ts";
import { type Ask, type Fixture, memoryRegistry, pushBlob, pushImage, pushManifest } from "../testing/fixture.ts";
import { html } from "./html.ts";
import { STYLE } from "./style.ts";

const EVIL = `<script>alert("1")</script>`;

/** Lets `who` see and change what begins with `mine`. */
const SOME: Authority = {
  admit: async ({ header }) => ({
    actor: header("x-user") ?? "anonymous",
    known: header("x-user") !== undefined,
    ping: true,
    allows: (action, repo) => (repo.startsWith("public/") ? action === "pull" : header("x-user") === "me"),
    catalog: true,
  }),
  deny: () => ({ status: 403, headers: {} }),
};

const ME = { "x-user": "me", origin: "http://registry.test", host: "registry.test" };

function post(ask: Ask, path: string, form: Record<string, string>, headers: Record<string, string> = ME) {
  return ask(`POST /ui/${path}`, { body: new URLSearchParams(form).toString(), headers });
}

async function setUp(): Promise<Fixture> {
  const fixture = memoryRegistry({ web: true });
  await pushImage(fixture.ask, "team/app", { tag: "v1" });
  return fixture;
}

suite("pages", () => {
  test("show repositories, tags, a manifest, its referrers and its history", async () => {
    await using fixture = await setUp();
    const { ask } = fixture;
    const digest = (await ask("GET /v2/team/app/manifests/v1")).headers.get("docker-content-digest") ?? "";
    const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 };
    const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
    await pushImage(ask, "team/app", {
      tag: "sig",
      seed: "s",
      more: { subject, artifactType, annotations: { [EVIL]: EVIL } },
    });
    assert.match((await ask("GET /ui/")).text, /<a href="\/ui\/repo\?name=team%2Fapp">team\/app<\/a>/);
    assert.match((await ask("GET /ui/repo?name=team%2Fapp")).text, />v1<\/a>/);
    const page = await ask("GET /ui/manifest?name=team%2Fapp&ref=v1", { headers: { host: "reg.example" } });
    for (const part of [digest, "docker pull reg.example/team/app:v1", "signature", "1 layer,"])
      assert.ok(page.text.includes(part), part);
    assert.ok(!page.text.includes("<script"));
    assert.match((await ask("GET /ui/history?name=team%2Fapp")).text, /anonymous/);
    assert.equal((await ask("GET /")).headers.get("location"), "/ui/");
  });

  test("are safe and small", async () => {
    await using fixture = await setUp();
    const { headers, text } = await fixture.ask("GET /ui/manifest?name=team%2Fapp&ref=v1");
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'self'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.ok(text.length + STYLE.length < 100_000);
    for (const query of [EVIL, `"><img src=x onerror=alert(1)>`]) {
      const found = await fixture.ask(`GET /ui/?q=${encodeURIComponent(query)}`);
      assert.ok(!found.text.includes(query) && found.text.includes("&lt;"));
    }
    assert.equal(
      html`<p title="${`"'&<>\u202e`}">${undefined}${false}${[1, html`<b>x</b>`]}</p>`.text,
      `<p title="&quot;&#39;&amp;&lt;&gt;\ufffd">1<b>x</b></p>`,
    );
  });

  test("show hostile manifests as text", async () => {
    await using fixture = await setUp();
    const { ask } = fixture;
    const config = JSON.stringify({
      os: EVIL,
      config: { Env: [EVIL], Labels: { [EVIL]: EVIL }, Cmd: "x" },
      history: [{ created_by: EVIL }, 5],
    });
    const digest = await pushBlob(ask, "evil", config);
    const layers = [{ mediaType: EVIL, digest, size: 3 }];
    const body = JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: "application/x", digest, size: config.length },
      layers,
    });
    assert.equal((await pushManifest(ask, "evil/manifests/v2", body)).status, 201);
    const odd = JSON.stringify({ layers: "x", config: { digest: 5 }, manifests: [5, null, { platform: [] }] });
    assert.equal((await pushManifest(ask, "evil/manifests/odd", odd, "application/x+json")).status, 201);
    for (const tag of ["odd", "v2"]) {
      const { status, text } = await ask(`GET /ui/manifest?name=evil&ref=${tag}`);
      assert.equal(status, 200);
      assert.ok(!text.includes("<script"), tag);
    }
    assert.deepEqual(fixture.errors, []);
  });

  test("find and page what there is much of", async () => {
    await using fixture = await setUp();
    const { ask } = fixture;
    const body = (await ask("GET /v2/team/app/manifests/v1")).text;
    for (let index = 0; index < 120; index += 1)
      await pushManifest(ask, `team/app/manifests/t${String(index).padStart(3, "0")}`, body);
    const first = await ask("GET /ui/repo?name=team%2Fapp");
    const [, next = ""] = /rel="next" href="([^"]+)"/.exec(first.text) ?? [];
    assert.match((await ask(`GET ${next.replaceAll("&amp;", "&")}`)).text, />t119<.*>v1</s);
    const found = (await ask("GET /ui/repo?name=team%2Fapp&tag=t11")).text;
    assert.equal(found.match(/>t11\d</g)?.length, 10);
    assert.match((await ask("GET /ui/?q=am%2Fa")).text, /team\/app/);
    assert.match((await ask("GET /ui/?q=%25")).text, /There are none/);
  });

  test("delete and restore for those who may, from our own pages alone", async () => {
    await using fixture = await setUp();
    const { ask } = fixture;
    const tag = { name: "team/app", ref: "v1" };
    for (const headers of [
      { host: "registry.test" },
      { host: "registry.test", origin: "https://evil.test" },
      { ...ME, "sec-fetch-site": "cross-site" },
    ])
      assert.equal((await post(ask, "delete", tag, headers as Record<string, string>)).status, 403);
    assert.equal((await post(ask, "delete", tag)).status, 303);
    assert.equal((await ask("GET /v2/team/app/manifests/v1")).status, 404);
    assert.match((await ask("GET /ui/history?name=team%2Fapp")).text, /Restore v1/);
    assert.equal((await post(ask, "restore", { name: "team/app", tag: "v1" })).status, 303);
    assert.equal((await ask("GET /v2/team/app/manifests/v1")).status, 200);
    assert.equal((await post(ask, "restore", { name: "team/app", tag: "v1" })).status, 409);
    assert.equal((await post(ask, "delete", { ...tag, ref: "x".repeat(10_000) })).status, 404);
  });

  test("show nobody more than they may pull", async () => {
    await using fixture = memoryRegistry({ web: true, authority: SOME });
    const mine: Ask = (request, asked = {}) => fixture.ask(request, { ...asked, headers: { ...asked.headers, ...ME } });
    await pushImage(mine, "mine/app");
    assert.match((await mine("GET /ui/")).text, /mine\/app/);
    assert.ok(!(await fixture.ask("GET /ui/")).text.includes("mine/app"));
    for (const path of [
      "repo?name=mine/app",
      "repo?name=none",
      "history?name=mine/app",
      "manifest?name=mine/app&ref=latest",
    ])
      assert.equal((await fixture.ask(`GET /ui/${path}`)).status, 401, path);
    const other = { headers: { "x-user": "other" } };
    const [hidden, absent] = [
      await fixture.ask("GET /ui/repo?name=mine/app", other),
      await fixture.ask("GET /ui/repo?name=none", other),
    ];
    assert.deepEqual([hidden.status, hidden.text], [404, absent.text]);
    assert.equal(
      (await post(fixture.ask, "delete", { name: "mine/app", ref: "latest" }, { ...ME, "x-user": "other" })).status,
      404,
    );
  });
});
