import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseReference } from "@teu/spec/reference";
import { assertCode } from "@teu/testing/assert-code";
import { isPartOf, parseDistinguishedName } from "./distinguished-name.ts";
import { chooseStatement, parseNotationPolicy } from "./notation-policy.ts";

const STATEMENT = {
  name: "one",
  registryScopes: ["reg.example.com/a"],
  signatureVerification: { level: "strict" },
  trustStores: ["ca:x"],
  trustedIdentities: ["*"],
};

function parse(...statements: readonly object[]): ReturnType<typeof parseNotationPolicy> {
  const text = JSON.stringify({ version: "1.0", trustPolicies: statements });
  return parseNotationPolicy(new TextEncoder().encode(text), "trustpolicy.json");
}

describe("a trust policy of the Notary Project", () => {
  test("has levels with overrides", () => {
    const level = (signatureVerification: object): object =>
      parse({ ...STATEMENT, signatureVerification })[0]?.level.actions ?? {};
    const strict = {
      integrity: "enforce",
      authenticity: "enforce",
      authenticTimestamp: "enforce",
      expiry: "enforce",
      revocation: "enforce",
    };
    assert.deepEqual(level({ level: "strict" }), strict);
    const permissive = { ...strict, authenticTimestamp: "log", expiry: "log", revocation: "log" };
    assert.deepEqual(level({ level: "permissive" }), permissive);
    assert.deepEqual(level({ level: "audit" }), { ...permissive, authenticity: "log" });
    const custom = level({ level: "permissive", override: { expiry: "enforce", revocation: "skip" } });
    assert.deepEqual(custom, { ...permissive, expiry: "enforce", revocation: "skip" });
  });

  test("has the levels and overrides that notation-go has, and no others", () => {
    const letters = (level: string, override?: Readonly<Record<string, string>>): string => {
      const [statement] = parse({ ...STATEMENT, signatureVerification: { level, ...(override ? { override } : {}) } });
      return Object.values(statement?.level.actions ?? {})
        .map((action) => action.charAt(0))
        .join("");
    };
    const good: readonly (readonly [string, Readonly<Record<string, string>> | undefined, string])[] = [
      ["strict", undefined, "eeeee"],
      ["permissive", undefined, "eelll"],
      ["audit", undefined, "ellll"],
      ["strict", { authenticity: "log" }, "eleee"],
      ["permissive", { authenticity: "log" }, "ellll"],
      ["audit", { authenticity: "log" }, "ellll"],
      ["strict", { expiry: "log" }, "eeele"],
      ["permissive", { expiry: "log" }, "eelll"],
      ["strict", { revocation: "log" }, "eeeel"],
      ["strict", { revocation: "skip" }, "eeees"],
      ["permissive", { revocation: "skip" }, "eells"],
      ["audit", { revocation: "skip" }, "ellls"],
      ["strict", { authenticTimestamp: "log" }, "eelee"],
      ["audit", { authenticTimestamp: "log" }, "ellll"],
    ];
    for (const [level, override, expected] of good) assert.equal(letters(level, override), expected, level);
    const bad: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ["strict", { integrity: "log" }],
      ["strict", { authenticity: "skip" }],
      ["strict", { authenticTimestamp: "skip" }],
      ["strict", { expiry: "skip" }],
      ["skip", { authenticity: "log" }],
      ["invalid", { authenticity: "log" }],
      ["strict", { invalid: "log" }],
      ["strict", { authenticity: "invalid" }],
    ];
    for (const [level, override] of bad) assertCode(() => letters(level, override), "ERR_POLICY_INVALID");
  });

  test("takes the scopes that notation-go takes", () => {
    const scope = (text: string): unknown => parse({ ...STATEMENT, registryScopes: [text] });
    const good = ["*", "example.com/rep", "example.com:8080/rep/rep2", "example.com/rep/subrep/subsub"];
    for (const text of [...good, "10.10.10.10:8080/rep/rep2", "domain/rep", "domain:1234/rep"]) scope(text);
    const bad = ["", "1:1", "a,b", "abcd", "1111", "1,2", "example.com/rep:tag", "example.com/rep/sub:latest"];
    const more = ["example.com", "rep/rep2:latest", "10.10.10.10", "10.10.10.10:8080/rep/rep2:latest"];
    for (const text of [...bad, ...more, "example.com/*", "*/", "example*/", "ex*test"])
      assertCode(() => scope(text), "ERR_POLICY_INVALID");
  });

  test("takes no identities and stores that are cut short", () => {
    for (const trustedIdentities of [[""], ["x509.subject"], ["x509.subject:"], ["*", "test-identity"]])
      assertCode(() => parse({ ...STATEMENT, trustedIdentities }), "ERR_POLICY_INVALID");
    for (const trustStores of [["ca"], ["ca:"], ["invalid:x"], [":x"]])
      assertCode(() => parse({ ...STATEMENT, trustStores }), "ERR_POLICY_INVALID");
    for (const version of ["invalid", "", "2.0"]) {
      const bytes = new TextEncoder().encode(JSON.stringify({ version, trustPolicies: [STATEMENT] }));
      assertCode(() => parseNotationPolicy(bytes, "trustpolicy.json"), "ERR_POLICY_INVALID");
    }
  });

  test("is chosen by the whole repository, else by the star", () => {
    const statements = parse(STATEMENT, { ...STATEMENT, name: "all", registryScopes: ["*"] });
    const name = (text: string): string | undefined => chooseStatement(statements, parseReference(text))?.name;
    assert.equal(name("reg.example.com/a:v1"), "one");
    assert.equal(name("reg.example.com/a/b:v1"), "all");
    assert.equal(chooseStatement(parse(STATEMENT), parseReference("reg.example.com/b")), undefined);
  });

  const bad: Readonly<Record<string, readonly object[]>> = {
    "no statement": [],
    "no name": [{ ...STATEMENT, name: "" }],
    "a name twice": [STATEMENT, { ...STATEMENT, registryScopes: ["reg.example.com/b"] }],
    "a scope twice": [STATEMENT, { ...STATEMENT, name: "two" }],
    "no scope": [{ ...STATEMENT, registryScopes: [] }],
    "a star beside others": [{ ...STATEMENT, registryScopes: ["*", "reg.example.com/b"] }],
    "a scope with a star": [{ ...STATEMENT, registryScopes: ["reg.example.com/*"] }],
    "a scope without a repository": [{ ...STATEMENT, registryScopes: ["reg.example.com"] }],
    "a scope with a tag": [{ ...STATEMENT, registryScopes: ["reg.example.com/a:v1"] }],
    "an unknown level": [{ ...STATEMENT, signatureVerification: { level: "lax" } }],
    "no level": [{ ...STATEMENT, signatureVerification: {} }],
    "integrity overridden": [
      { ...STATEMENT, signatureVerification: { level: "strict", override: { integrity: "log" } } },
    ],
    "authenticity skipped": [
      { ...STATEMENT, signatureVerification: { level: "strict", override: { authenticity: "skip" } } },
    ],
    "a level that skips, overridden": [
      {
        ...STATEMENT,
        trustStores: [],
        trustedIdentities: [],
        signatureVerification: { level: "skip", override: { expiry: "log" } },
      },
    ],
    "a level that skips, with stores": [{ ...STATEMENT, signatureVerification: { level: "skip" } }],
    "no stores": [{ ...STATEMENT, trustStores: [] }],
    "no identities": [{ ...STATEMENT, trustedIdentities: [] }],
    "a store of an unknown kind": [{ ...STATEMENT, trustStores: ["root:x"] }],
    "a store with a path": [{ ...STATEMENT, trustStores: ["ca:../x"] }],
    "a star beside identities": [{ ...STATEMENT, trustedIdentities: ["*", "x509.subject:C=US,ST=WA,O=x"] }],
    "an identity without a kind": [{ ...STATEMENT, trustedIdentities: ["C=US"] }],
    "an identity without a state": [{ ...STATEMENT, trustedIdentities: ["x509.subject:C=US,O=x"] }],
    "identities that overlap": [
      { ...STATEMENT, trustedIdentities: ["x509.subject:C=US,ST=WA,O=x", "x509.subject:C=US,ST=WA,O=x,CN=y"] },
    ],
    "an unknown time": [{ ...STATEMENT, signatureVerification: { level: "strict", verifyTimestamp: "sometimes" } }],
  };
  for (const [name, statements] of Object.entries(bad))
    test(`is refused: ${name}`, () => void assertCode(() => parse(...statements), "ERR_POLICY_INVALID"));
});

test("names of subjects are read with their escapes", () => {
  const name = parseDistinguishedName(String.raw`CN=a\, b\2Bc, O=Ex\"ample; S=ZH,C=CH `);
  assert.deepEqual(name, { CN: "a, b+c", O: 'Ex"ample', ST: "ZH", C: "CH" });
  assert.ok(isPartOf({ C: "CH" }, name));
  assert.ok(!isPartOf({ C: "US" }, name));
  for (const bad of [
    "C=CH,C=US,ST=a,O=b",
    "C=CH+L=x,ST=a,O=b",
    "C=#0403,ST=a,O=b",
    "C,ST=a,O=b",
    String.raw`C=\q,ST=a,O=b`,
  ])
    assert.throws(() => parseDistinguishedName(bad), bad);
});
