import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseScopes } from "@teu/spec/distribution/scope";
import type { Authority } from "../access.ts";
import { parseConfig } from "../config/config.ts";
import { type Ask, memoryRegistry, pushBlob, pushImage } from "../testing/fixture.ts";
import { Accounts } from "./accounts.ts";
import { createAuthority, issueToken } from "./authority.ts";
import { hashPassword } from "./hash-password.ts";
import { PasswordCheck } from "./password-check.ts";
import { TokenSigner, makeTokenKey } from "./tokens.ts";

const CONFIG = `
groups: { dev: [alice] }
rules:
  - { repositories: ["public/**"], who: [anyone], allow: [pull] }
  - { repositories: ["**"], who: ["group:dev"], allow: [pull, push, delete] }
  - { repositories: ["bob/*"], who: [bob], allow: [pull, push] }
`;

async function setUp(more = "") {
  const users = new Map([
    ["alice", await hashPassword("secret")],
    ["bob", await hashPassword("hidden")],
  ]);
  const clock = { now: Date.UTC(2026, 0, 1) };
  const passwords = new PasswordCheck(users, () => clock.now);
  const signer = new TokenSigner(makeTokenKey());
  const config = parseConfig(CONFIG + more);
  const accounts = new Accounts({ config: () => config, passwords, now: () => clock.now });
  const authority: Authority = createAuthority({ config: () => config, accounts, signer, now: () => clock.now });
  const fixture = memoryRegistry({ authority });
  return {
    ...fixture,
    ask: fixture.ask,
    clock,
    passwords,
    users,
    signer,
    [Symbol.asyncDispose]: async () => {
      await passwords[Symbol.asyncDispose]();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
const as =
  (ask: Ask, headers: Record<string, string>): Ask =>
  (request, asked = {}) =>
    ask(request, { ...asked, headers: { ...asked.headers, ...headers } });

async function tokenOf(ask: Ask, scope: string, headers: Record<string, string> = {}): Promise<Record<string, string>> {
  const { status, text } = await ask(`GET /token?service=teu-registry&scope=${scope}`, { headers });
  assert.equal(status, 200, text);
  return { authorization: `Bearer ${(JSON.parse(text) as { token: string }).token}` };
}

suite("authority", () => {
  test("sends whoever is unknown to the token server, and tells what to ask for", async () => {
    await using fixture = await setUp();
    const base = await fixture.ask("GET /v2/", { headers: { host: "reg.example:5000" } });
    assert.deepEqual([base.status, base.codes], [401, ["UNAUTHORIZED"]]);
    assert.match(
      base.headers.get("www-authenticate") ?? "",
      /^Bearer realm="http:\/\/reg.example:5000\/token",service="teu-registry"$/,
    );
    const list = await fixture.ask("GET /v2/private/tags/list");
    assert.match(list.headers.get("www-authenticate") ?? "", /scope="repository:private:pull"/);
    const mount = await fixture.ask(`POST /v2/a/blobs/uploads/?mount=sha256:${"0".repeat(64)}&from=b`);
    assert.match(mount.headers.get("www-authenticate") ?? "", /scope="repository:a:pull,push repository:b:pull"/);
    const odd = await fixture.ask("GET /v2/", { headers: { host: 'x" y' } });
    assert.match(odd.headers.get("www-authenticate") ?? "", /realm="http:\/\/localhost\/token"/);
  });

  test("gives the same answer whether or not something is there", async () => {
    await using fixture = await setUp();
    await pushImage(as(fixture.ask, basic("alice", "secret")), "private");
    const [there, absent] = await Promise.all(
      ["private", "nothing"].map((repo) => fixture.ask(`GET /v2/${repo}/tags/list`)),
    );
    assert.equal(there?.text.replaceAll("private", "nothing"), absent?.text);
    const bob = as(fixture.ask, basic("bob", "hidden"));
    for (const repo of ["private", "nothing"])
      assert.deepEqual((await bob(`GET /v2/${repo}/tags/list`)).codes, ["DENIED"]);
  });

  test("knows passwords, and refuses wrong ones and users alike", async () => {
    await using fixture = await setUp();
    assert.equal((await fixture.ask("GET /v2/", { headers: basic("alice", "secret") })).status, 200);
    for (const headers of [
      basic("alice", "wrong"),
      basic("nobody", "secret"),
      { authorization: "Basic !" },
      { authorization: "Digest x" },
    ])
      assert.equal((await fixture.ask("GET /v2/", { headers })).status, 401);
    fixture.passwords.replaceUsers(new Map());
    assert.equal((await fixture.ask("GET /v2/", { headers: basic("alice", "secret") })).status, 401);
  });

  test("hands out tokens for what is allowed, and no more", async () => {
    await using fixture = await setUp();
    const alice = as(fixture.ask, basic("alice", "secret"));
    await pushImage(alice, "public/app");
    await pushImage(alice, "private");
    const anonymous = as(fixture.ask, await tokenOf(fixture.ask, "repository:public/app:pull,push"));
    assert.equal((await anonymous("GET /v2/")).status, 200);
    assert.equal((await anonymous("GET /v2/public/app/manifests/latest")).status, 200);
    const push = await anonymous("POST /v2/public/app/blobs/uploads/");
    assert.equal(push.status, 401);
    assert.match(push.headers.get("www-authenticate") ?? "", /error="insufficient_scope"/);
    const narrow = as(fixture.ask, await tokenOf(fixture.ask, "repository:bob/x:push,pull", basic("bob", "hidden")));
    await pushBlob(narrow, "bob/x", "text");
    assert.equal((await narrow("GET /v2/bob/y/tags/list")).status, 401);
    assert.equal((await narrow("GET /v2/private/tags/list")).status, 401);
    assert.equal((await narrow("GET /v2/_catalog")).status, 401);
    const catalog = as(fixture.ask, await tokenOf(fixture.ask, "registry:catalog:*", basic("bob", "hidden")));
    const listed = await catalog("GET /v2/_catalog");
    // What bob may pull, though his token names no repository.
    assert.deepEqual([listed.status, JSON.parse(listed.text)], [200, { repositories: ["bob/x", "public/app"] }]);
  });

  test("ends tokens with their time, their password or a changed character", async () => {
    await using fixture = await setUp();
    const headers = await tokenOf(fixture.ask, "repository:private:pull", basic("alice", "secret"));
    const [header, payload, signature] = (headers["authorization"] ?? "").split(".");
    const forged = { authorization: `${header}.${payload?.slice(0, -2)}AA.${signature}` };
    for (const [sent, status] of [
      [headers, 200],
      [forged, 401],
      [{ authorization: "Bearer x" }, 401],
    ] as const)
      assert.equal((await fixture.ask("GET /v2/", { headers: sent })).status, status);
    const hash = fixture.users.get("alice") ?? "";
    fixture.passwords.replaceUsers(new Map([["alice", await hashPassword("new")]]));
    assert.equal((await fixture.ask("GET /v2/", { headers })).status, 401);
    fixture.passwords.replaceUsers(new Map([["alice", hash]]));
    assert.equal((await fixture.ask("GET /v2/", { headers })).status, 200);
    fixture.clock.now += 301_000;
    const late = await fixture.ask("GET /v2/", { headers });
    assert.match(late.headers.get("www-authenticate") ?? "", /error="invalid_token"/);
  });

  test("serves OAuth 2 with refresh tokens", async () => {
    await using fixture = await setUp();
    const post = async (form: Record<string, string>) => {
      const body = new URLSearchParams({ service: "teu-registry", client_id: "test", ...form }).toString();
      const { status, text } = await fixture.ask("POST /token", { body });
      return { status, reply: JSON.parse(text) as Record<string, string> };
    };
    const scope = "repository:private:pull,push repository:other:delete";
    const login = { grant_type: "password", username: "bob", password: "hidden", access_type: "offline" };
    const first = await post({ ...login, scope: `${scope} repository:bob/x:pull` });
    assert.deepEqual([first.status, first.reply["scope"]], [200, "repository:bob/x:pull"]);
    const refresh = first.reply["refresh_token"] ?? "";
    const second = await post({ grant_type: "refresh_token", refresh_token: refresh, scope: "repository:bob/x:push" });
    assert.deepEqual([second.status, second.reply["scope"]], [200, "repository:bob/x:push"]);
    assert.equal((await fixture.ask("GET /v2/", { headers: { authorization: `Bearer ${refresh}` } })).status, 401);
    const wrong = await post({ ...login, password: "no" });
    assert.deepEqual([wrong.status, wrong.reply["error"]], [400, "invalid_grant"]);
    const bad = await post({ ...login, scope: "x" });
    assert.equal(bad.reply["error"], "invalid_scope");
  });

  test("asks for passwords each time where tokens are off", async () => {
    await using fixture = await setUp("tokens: false\n");
    const { headers } = await fixture.ask("GET /v2/");
    assert.equal(headers.get("www-authenticate"), 'Basic realm="teu-registry"');
    assert.equal((await fixture.ask("GET /token")).status, 404);
  });

  test("makes tokens without a server", async () => {
    await using fixture = await setUp();
    const order = { user: "bob", hash: fixture.users.get("bob") ?? "", now: fixture.clock.now, seconds: 3600 };
    const token = issueToken(fixture.signer, {
      ...order,
      scopes: parseScopes("repository:bob/x:push,pull repository:private:pull"),
    });
    const bob = as(fixture.ask, { authorization: `Bearer ${token}` });
    await pushBlob(bob, "bob/x", "text");
    assert.equal((await bob("GET /v2/private/tags/list")).status, 401);
  });
});
