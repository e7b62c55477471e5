import assert from "node:assert/strict";
import { type KeyObject, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { suite, test } from "node:test";
import { parseConfig } from "../config/config.ts";
import { type Answered, memoryRegistry, pushImage } from "../testing/fixture.ts";
import { Accounts, hashSecret } from "./accounts.ts";
import { createAuthority } from "./authority.ts";
import { Issuers } from "./issuers.ts";
import { PasswordCheck } from "./password-check.ts";
import { TokenSigner, makeTokenKey } from "./tokens.ts";

const ISSUER = "https://ci.test";
const SECRET = "a-long-random-secret";
const CONFIG = `
issuers:
  - issuer: ${ISSUER}
    audience: registry
    identities:
      - { user: deploy, claims: { repository: "org/app", ref: "refs/tags/*" } }
  - { issuer: "https://tokens.test", audience: registry, grants: true }
robots:
  - { name: robot, secretHash: "${hashSecret(SECRET)}" }
  - { name: former, secretHash: "${hashSecret(SECRET)}", expires: 2025-12-31 }
certificates: [{ user: node, name: "URI:spiffe://cluster/*" }]
rules:
  - { repositories: ["**"], who: [deploy, robot, former, node], allow: [pull, push] }
  - { repositories: ["**"], who: [robot], allow: [delete] }
`;

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ED = generateKeyPairSync("ed25519");

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const NOW = Date.UTC(2026, 0, 1);
const CLAIMS = {
  iss: ISSUER,
  aud: ["other", "registry"],
  sub: "run",
  exp: NOW / 1000 + 60,
  repository: "org/app",
  ref: "refs/tags/v1",
};

/** Signs a token with the algorithm and key of a header. */
function token(
  claims: object,
  { alg = "RS256", kid = "rsa", key = RSA.privateKey }: { alg?: string; kid?: string; key?: KeyObject } = {},
): string {
  const text = `${encode({ alg, kid, typ: "JWT" })}.${encode(claims)}`;
  const hash = alg === "EdDSA" ? null : "sha256";
  return `${text}.${sign(hash, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

const asked: string[] = [];

/** The addresses of both issuers. */
const fetcher = (async (input: URL) => {
  asked.push(input.href);
  if (input.pathname.endsWith("openid-configuration"))
    return Response.json({ issuer: input.origin, jwks_uri: `${input.origin}/keys` });
  const keys = Object.entries({ rsa: RSA, ec: EC, ed: ED }).map(([kid, { publicKey }]) => ({
    ...publicKey.export({ format: "jwk" }),
    kid,
  }));
  return Response.json({ keys: [...keys, { kty: "oct", k: "c2VjcmV0" }] });
}) as unknown as typeof fetch;

function setUp() {
  const config = parseConfig(CONFIG);
  const now = (): number => NOW;
  const passwords = new PasswordCheck(new Map(), now);
  const issuers = new Issuers(() => config.issuers, { folder: "/", now, fetch: fetcher });
  const accounts = new Accounts({ config: () => config, passwords, issuers, now });
  const authority = createAuthority({ config: () => config, accounts, signer: new TokenSigner(makeTokenKey()), now });
  const fixture = memoryRegistry({ authority });
  const push = (authorization: string): Promise<Answered> =>
    fixture.ask("POST /v2/app/blobs/uploads/", { headers: { authorization } });
  return Object.assign(fixture, {
    push,
    authority,
    [Symbol.asyncDispose]: async () => {
      await passwords[Symbol.asyncDispose]();
      await fixture.registry[Symbol.asyncDispose]();
    },
  });
}

suite("issuers", () => {
  test("let in whoever has a token of theirs, by any algorithm with two keys, as bearer and as password", async () => {
    await using fixture = setUp();
    const tokens = [
      token(CLAIMS),
      token(CLAIMS, { alg: "ES256", kid: "ec", key: EC.privateKey }),
      token(CLAIMS, { alg: "EdDSA", kid: "ed", key: ED.privateKey }),
    ];
    for (const one of tokens) {
      assert.equal((await fixture.push(`Bearer ${one}`)).status, 202);
      assert.equal((await fixture.push(`Basic ${btoa(`anything:${one}`)}`)).status, 202);
    }
    const scope = "repository:app:pull,push";
    const headers = { authorization: `Basic ${btoa(`ci:${tokens[0]}`)}` };
    const ours = JSON.parse((await fixture.ask(`GET /token?scope=${scope}`, { headers })).text) as { token: string };
    assert.equal((await fixture.push(`Bearer ${ours.token}`)).status, 202);
    assert.deepEqual(asked, [`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/keys`]);
  });

  test("do not let in with any other token", async () => {
    await using fixture = setUp();
    const publicPem = RSA.publicKey.export({ type: "spki", format: "pem" });
    const hmac = `${encode({ alg: "HS256", kid: "rsa" })}.${encode(CLAIMS)}`;
    const none = `${encode({ alg: "none" })}.${encode(CLAIMS)}.`;
    const wrong = {
      "another audience": token({ ...CLAIMS, aud: "other" }),
      "no audience": token({ ...CLAIMS, aud: undefined }),
      "another issuer": token({ ...CLAIMS, iss: "https://evil.test" }),
      "another claim": token({ ...CLAIMS, repository: "org/other" }),
      "a claim that goes on": token({ ...CLAIMS, ref: "refs/tags/v1/x" }),
      "a missing claim": token({ ...CLAIMS, ref: undefined }),
      "a claim that is no text": token({ ...CLAIMS, ref: ["refs/tags/v1"] }),
      "the past": token({ ...CLAIMS, exp: NOW / 1000 - 61 }),
      "no end": token({ ...CLAIMS, exp: undefined }),
      "the future": token({ ...CLAIMS, nbf: NOW / 1000 + 120 }),
      "another key": token(CLAIMS, { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }),
      "the key of another algorithm": token(CLAIMS, { alg: "RS256", kid: "ec", key: EC.privateKey }),
      "a public key as secret": `${hmac}.${createHmac("sha256", publicPem).update(hmac).digest("base64url")}`,
      "no signature": none,
      "changed claims": token(CLAIMS).replace(/\.[^.]*\./, `.${encode({ ...CLAIMS, sub: "x" })}.`),
      "no token": "eyJ.x.y",
    };
    for (const [name, one] of Object.entries(wrong)) {
      assert.equal((await fixture.push(`Bearer ${one}`)).status, 401, name);
      assert.equal((await fixture.push(`Basic ${btoa(`x:${one}`)}`)).status, 401, name);
    }
  });

  test("of a token server say themselves what is allowed", async () => {
    await using fixture = setUp();
    const access = [{ type: "repository", name: "app", actions: ["pull", "push"] }];
    const granted = { iss: "https://tokens.test", aud: "registry", sub: "me", exp: CLAIMS.exp, access };
    assert.equal((await fixture.push(`Bearer ${token(granted)}`)).status, 202);
    const other = [{ type: "repository", name: "other", actions: ["push"] }];
    assert.equal((await fixture.push(`Bearer ${token({ ...granted, access: other })}`)).status, 401);
    assert.equal((await fixture.push(`Bearer ${token({ ...granted, access: "all" })}`)).status, 401);
    assert.equal((await fixture.push(`Basic ${btoa(`x:${token(granted)}`)}`)).status, 401);
  });
});

suite("robots and certificates", () => {
  test("robots have a secret, until they end", async () => {
    await using fixture = setUp();
    assert.equal((await fixture.push(`Basic ${btoa(`robot:${SECRET}`)}`)).status, 202);
    assert.equal((await fixture.push(`Basic ${btoa("robot:other")}`)).status, 401);
    assert.equal((await fixture.push(`Basic ${btoa(`former:${SECRET}`)}`)).status, 401);
    const authorization = `Basic ${btoa(`robot:${SECRET}`)}`;
    await pushImage(
      (request, more = {}) => fixture.ask(request, { ...more, headers: { ...more.headers, authorization } }),
      "app",
    );
    const [state] = await fixture.registry.metadata.history("app", "latest", 1);
    assert.equal(state?.actor, "robot");
  });

  test("a certificate stands for its user, and others for nobody", async () => {
    await using fixture = setUp();
    const admit = async (...names: string[]): Promise<string> => {
      const request = { method: "GET", path: "/v2/", query: new URLSearchParams(), body: [] as never };
      const access = await fixture.authority.admit({
        ...request,
        header: () => undefined,
        certificate: () => ({ names }),
      });
      return "actor" in access ? access.actor : "refused";
    };
    assert.equal(await admit("CN:x", "URI:spiffe://cluster/n1"), "node");
    assert.equal(await admit("CN:URI:spiffe://cluster/n1"), "anonymous");
    assert.equal(await admit("URI:spiffe://cluster/n1/x"), "anonymous");
  });
});
