import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseReference } from "@teu/spec/reference";
import { assertCode } from "@teu/testing/assert-code";
import { matchesIdentity } from "./containers-identity.ts";
import { parseContainersPolicy } from "./containers-policy.ts";
import { chooseScope, dockerScopes } from "./containers-scope.ts";
import type { ContainersPolicy, SignedIdentity } from "./containers-types.ts";

function parse(policy: unknown): ContainersPolicy {
  const text = typeof policy === "string" ? policy : JSON.stringify(policy);
  return parseContainersPolicy(new TextEncoder().encode(text), "policy.json");
}

const REJECT = [{ type: "reject" }];
const SIGNED = { type: "signedBy", keyType: "GPGKeys", keyPath: "/k" };
const SIGSTORE = { type: "sigstoreSigned", keyPath: "/k" };
const FULCIO = { caPath: "/ca", oidcIssuer: "https://i", subjectEmail: "a@example.com" };

describe("policy.json", () => {
  const good: Readonly<Record<string, unknown>> = {
    plain: { default: [{ type: "insecureAcceptAnything" }] },
    scopes: {
      default: REJECT,
      transports: { docker: { "": REJECT, "*.example.com": [SIGNED] }, oci: { "/a/b": REJECT } },
    },
    "an unknown transport": { default: REJECT, transports: { telegraph: { "any thing": REJECT } } },
    "several keys": { default: [{ ...SIGSTORE, keyPath: undefined, keyPaths: ["/a", "/b"] }] },
    "no keys at all in a list": { default: [{ type: "signedBy", keyType: "GPGKeys", keyPaths: [] }] },
    fulcio: { default: [{ type: "sigstoreSigned", fulcio: FULCIO, rekorPublicKeyPath: "/r" }] },
    pki: { default: [{ type: "sigstoreSigned", pki: { caRootsPath: "/ca", subjectEmail: "a@b" } }] },
    identity: {
      default: [
        { ...SIGNED, signedIdentity: { type: "remapIdentity", prefix: "m.example/a", signedPrefix: "o.example" } },
      ],
    },
    "a key type that nobody implements": { default: [{ ...SIGNED, keyType: "X509Certificates" }] },
    "base layers": { default: [{ type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } }] },
  };
  for (const [name, policy] of Object.entries(good)) test(`is read: ${name}`, () => void parse(policy));

  const bad: Readonly<Record<string, unknown>> = {
    "no default": {},
    "an empty list": { default: [] },
    "an unknown field": { default: REJECT, extra: 1 },
    "an unknown type": { default: [{ type: "signedByAnyone" }] },
    "a field of another type": { default: [{ type: "reject", keyPath: "/k" }] },
    "a field twice": '{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}',
    "a scope twice":
      '{"default":[{"type":"reject"}],"transports":{"docker":{"a":[{"type":"reject"}],"a":[{"type":"reject"}]}}}',
    "two sources of keys": { default: [{ ...SIGNED, keyData: "" }] },
    "no source of keys": { default: [{ type: "signedBy", keyType: "GPGKeys" }] },
    "an empty path": { default: [{ ...SIGNED, keyPath: "" }] },
    "an unknown kind of key": { default: [{ ...SIGNED, keyType: "PGP" }] },
    "an empty list of keys": { default: [{ type: "sigstoreSigned", keyPaths: [] }] },
    "keys and fulcio": { default: [{ ...SIGSTORE, fulcio: FULCIO, rekorPublicKeyPath: "/r" }] },
    "fulcio without a log": { default: [{ type: "sigstoreSigned", fulcio: FULCIO }] },
    "pki with a log": {
      default: [{ type: "sigstoreSigned", pki: { caRootsPath: "/c", subjectEmail: "a" }, rekorPublicKeyPath: "/r" }],
    },
    "pki for nobody": { default: [{ type: "sigstoreSigned", pki: { caRootsPath: "/c" } }] },
    "two logs": { default: [{ ...SIGSTORE, rekorPublicKeyPath: "/r", rekorPublicKeyData: "AA==" }] },
    "keys that are no base64": { default: [{ type: "sigstoreSigned", keyData: "%" }] },
    "an identity of an unknown type": { default: [{ ...SIGNED, signedIdentity: { type: "matchAny" } }] },
    "an identity that is null": { default: [{ ...SIGNED, signedIdentity: null }] },
    "a reference that is none": {
      default: [{ ...SIGNED, signedIdentity: { type: "exactReference", dockerReference: "a" } }],
    },
    "a repository that is none": {
      default: [{ ...SIGNED, signedIdentity: { type: "exactRepository", dockerRepository: "A" } }],
    },
    "a prefix that is none": {
      default: [{ ...SIGNED, signedIdentity: { type: "remapIdentity", prefix: "a/", signedPrefix: "b" } }],
    },
    "a relative path": { default: REJECT, transports: { oci: { "a/b": REJECT } } },
    "a path with dots": { default: REJECT, transports: { dir: { "/a/../b": REJECT } } },
    "the root": { default: REJECT, transports: { dir: { "/": REJECT } } },
    "a scope where there are none": { default: REJECT, transports: { "docker-archive": { "/a": REJECT } } },
    "more behind it": '{"default":[{"type":"reject"}]} {}',
    "no object": "[]",
  };
  for (const [name, policy] of Object.entries(bad))
    test(`is refused: ${name}`, () => void assertCode(() => parse(policy), "ERR_POLICY_INVALID"));
});

test("the most special scope speaks, and it alone", () => {
  const name = parseReference("reg.sub.example.com:5000/a/b:v1");
  assert.deepEqual(dockerScopes(name), [
    "reg.sub.example.com:5000/a/b:v1",
    "reg.sub.example.com:5000/a/b",
    "reg.sub.example.com:5000/a",
    "reg.sub.example.com:5000",
    "*.sub.example.com",
    "*.example.com",
    "*.com",
  ]);
  const policy = parse({
    default: REJECT,
    transports: {
      docker: { "*.example.com": [SIGNED], "reg.sub.example.com:5000/a": [{ type: "insecureAcceptAnything" }] },
    },
  });
  const scope = (text: string): string =>
    chooseScope(policy, { transport: "docker", name: parseReference(text) }).scope;
  assert.equal(scope("reg.sub.example.com:5000/a/b:v1"), "docker reg.sub.example.com:5000/a");
  assert.equal(scope("reg.sub.example.com:5000/ab:v1"), "docker *.example.com");
  assert.equal(scope("example.com/ab:v1"), "the default");
  assert.equal(chooseScope(policy, { transport: "oci", path: "/x/y" }).scope, "the default");
});

describe("signedIdentity", () => {
  const D = `sha256:${"ab".repeat(32)}`;
  const remap = { type: "remapIdentity", prefix: "m.example/v", signedPrefix: "o.example" } as const;
  const rows: readonly (readonly [SignedIdentity, signed: string, intended: string | undefined, boolean])[] = [
    [{ type: "matchExact" }, "h.example/a:v1", "h.example/a:v1", true],
    [{ type: "matchExact" }, "h.example/a:v1", "h.example/a:v2", false],
    [{ type: "matchExact" }, "h.example/a", "h.example/a:v1", false],
    [{ type: "matchExact" }, "busybox:v1", "docker.io/library/busybox:v1", true],
    [{ type: "matchExact" }, "h.example/a:v1", `h.example/a@${D}`, false],
    [{ type: "matchRepoDigestOrExact" }, "h.example/a:v1", `h.example/a@${D}`, true],
    [{ type: "matchRepoDigestOrExact" }, "h.example/a", `h.example/a@${D}`, false],
    [{ type: "matchRepoDigestOrExact" }, "h.example/b:v1", `h.example/a@${D}`, false],
    [{ type: "matchRepoDigestOrExact" }, "h.example/a:v2", "h.example/a:v1", false],
    [{ type: "matchRepository" }, "h.example/a", "h.example/a:v1", true],
    [{ type: "matchRepository" }, "h.example/a:v9", "h.example/a:v1", true],
    [{ type: "matchRepository" }, "h.example/ab", "h.example/a:v1", false],
    [{ type: "matchRepository" }, "h.example/a", undefined, false],
    [{ type: "matchRepository" }, "NOT A NAME", "h.example/a:v1", false],
    [{ type: "exactReference", dockerReference: "h.example/a:v1" }, "h.example/a:v1", undefined, true],
    [{ type: "exactReference", dockerReference: "h.example/a:v1" }, "h.example/a:v2", "h.example/a:v2", false],
    [{ type: "exactRepository", dockerRepository: "h.example/a" }, "h.example/a:v2", "x.example/b:v2", true],
    [remap, "o.example/a:v1", "m.example/v/a:v1", true],
    [remap, "o.example/a:v2", "m.example/v/a:v1", false],
    [remap, "m.example/vv/a:v1", "m.example/vv/a:v1", true],
    [remap, "o.example/a:v1", "m.example/vv/a:v1", false],
  ];
  for (const [identity, signed, intended, expected] of rows)
    test(`${identity.type}: ${signed} for ${intended ?? "no name"} is ${expected}`, () => {
      const name = intended === undefined ? undefined : parseReference(intended);
      assert.equal(matchesIdentity(identity, signed, name), expected);
    });
});
