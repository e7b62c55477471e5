import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import {
  EMPTY_AUTH_FILE,
  credentialOf,
  formatAuthFile,
  keysFor,
  parseAuthFile,
  withCredential,
  withoutCredential,
} from "./auth-file.ts";

const SECRET = "hunter2:with:colons";

function parse(value: unknown): ReturnType<typeof parseAuthFile> {
  return parseAuthFile(new TextEncoder().encode(JSON.stringify(value)), "/home/me/.docker/config.json");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

suite("keysFor()", () => {
  test("goes from the repository up to its host and to old addresses", () => {
    assert.deepEqual(keysFor("quay.io", "team/app").slice(0, 4), [
      "quay.io/team/app",
      "quay.io/team",
      "quay.io",
      "https://quay.io",
    ]);
  });

  test("knows the address under which Docker keeps its own registry", () => {
    assert.ok(keysFor("docker.io", "").includes("https://index.docker.io/v1/"));
    assert.ok(!keysFor("quay.io", "").includes("https://index.docker.io/v1/"));
  });
});

suite("credentialOf()", () => {
  test("reads every form that Docker and podman write", () => {
    const cases = [
      [{ auth: base64(`me:${SECRET}`) }, { kind: "basic", username: "me", password: SECRET }],
      [{ auth: base64("me:x\0\0") }, { kind: "basic", username: "me", password: "x" }],
      [{ auth: base64("<token>:abc") }, { kind: "identity-token", token: "abc" }],
      [
        { auth: base64("me:"), identitytoken: "abc" },
        { kind: "identity-token", token: "abc" },
      ],
      [
        { username: "me", password: "x" },
        { kind: "basic", username: "me", password: "x" },
      ],
      [{ registrytoken: "jwt" }, { kind: "bearer", token: "jwt" }],
      [{}, undefined],
      [{ auth: "" }, undefined],
    ] as const;
    for (const [entry, expected] of cases) assert.deepEqual(credentialOf(entry, "f", "k"), expected);
  });

  test("refuses what is not base64 of name and password, and does not show it", () => {
    for (const auth of ["%%%", base64("no colon"), base64(":nameless")]) {
      const error = assertCode(() => credentialOf({ auth }, "/f", "quay.io"), "ERR_AUTH_FILE_INVALID");
      assert.match(error.message, /"\/f": auths\["quay\.io"\]\.auth/);
      assert.ok(!error.message.includes(auth));
    }
  });
});

suite("parseAuthFile()", () => {
  test("names the file and the place of a wrong value, and never the value", () => {
    const error = assertCode(() => parse({ auths: { "quay.io": { auth: 12345 } } }), "ERR_AUTH_FILE_INVALID");
    assert.match(error.message, /config\.json": auths\["quay\.io"\]\.auth: expected a string, got number/);
    assertCode(() => parse({ credHelpers: { a: 1 } }), "ERR_AUTH_FILE_INVALID");
    assertCode(() => parse([]), "ERR_AUTH_FILE_INVALID");
    assertCode(() => parseAuthFile(new TextEncoder().encode("{"), "f"), "ERR_AUTH_FILE_INVALID");
  });

  test("takes absent and null fields", () => {
    const file = parse({ auths: { "quay.io": null }, credsStore: "", credHelpers: null });
    assert.deepEqual([file.auths.get("quay.io"), file.credsStore, file.credHelpers.size], [{}, undefined, 0]);
  });
});

suite("withCredential() and withoutCredential()", () => {
  const credential = { kind: "basic", username: "me", password: SECRET } as const;

  test("keep what else the file holds", () => {
    const before = { HttpHeaders: { A: "b" }, auths: { "ghcr.io": { auth: base64("a:b") } }, detachKeys: "ctrl-q" };
    const after = withCredential(parse(before), "quay.io", credential);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(formatAuthFile(after))), {
      ...before,
      auths: { ...before.auths, "quay.io": { auth: base64(`me:${SECRET}`) } },
    });
    assert.deepEqual(withoutCredential(after, "quay.io").value, before);
  });

  test("remove the credential under whatever key it stood", () => {
    const file = parse({ auths: { "https://quay.io/v1/": {}, "quay.io": {}, "quay.io/team": {}, "x.io": {} } });
    assert.deepEqual([...withoutCredential(file, "quay.io").auths.keys()], ["quay.io/team", "x.io"]);
  });

  test("write what they read back", () => {
    for (const one of [credential, { kind: "identity-token", token: "t" }, { kind: "bearer", token: "j" }] as const) {
      const file = parseAuthFile(formatAuthFile(withCredential(EMPTY_AUTH_FILE, "docker.io", one)), "f");
      assert.deepEqual(credentialOf(file.auths.get("https://index.docker.io/v1/") ?? {}, "f", "k"), one);
    }
  });
});
