import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { parseHtpasswd } from "../auth/htpasswd.ts";
import { parseConfig } from "./config.ts";
import { matchesGlob } from "./glob.ts";
import { allowsUser, retentionOf, settingsOf } from "./policy.ts";

suite("configuration", () => {
  test("has a default for everything", () => {
    const config = parseConfig("");
    assert.deepEqual([config.port, config.require, config.rules], [5000, "all", []]);
    assert.deepEqual(parseConfig("# nothing\n"), config);
  });

  test("says what holds for repositories", () => {
    const config = parseConfig(`
maxManifest: 8 MiB
lease: 2d
repositories:
  - match: prod/**
    immutableTags: ["v*"]
    retention: { keepLast: 3, keepTags: [stable], pulledWithin: 30d }
  - match: ["**"]
    maxBytes: 10 GiB
    maxTags: 5
    warning: Moving soon
`);
    const settings = settingsOf(config);
    assert.deepEqual([settings.maxManifestBytes, settings.leaseMs], [8 * 2 ** 20, 172_800_000]);
    const rules = settings.rules?.("prod/app");
    assert.deepEqual(
      [rules?.isFixed("v1"), rules?.isFixed("x"), rules?.maxBytes, rules?.maxTags],
      [true, false, 10 * 2 ** 30, 5],
    );
    assert.deepEqual(settings.warnings?.("prod/app"), ["Moving soon"]);
    assert.equal(retentionOf(config, "prod/app")?.pulledWithinMs, 30 * 86_400_000);
    assert.equal(retentionOf(config, "dev"), undefined);
  });

  test("says who may do what", () => {
    const config = parseConfig(`
groups: { ops: [carol] }
rules:
  - { repositories: [lib/*], who: [anyone], allow: [pull] }
  - { repositories: ["**"], who: [authenticated], allow: [pull] }
  - { repositories: [lib/*], who: ["group:ops", dave], allow: [push] }
`);
    const may = (user: string | undefined, action: "pull" | "push" | "delete", repo: string) =>
      allowsUser(config, user, { action, repo });
    assert.deepEqual(
      [may(undefined, "pull", "lib/a"), may(undefined, "pull", "x"), may("eve", "pull", "x")],
      [true, false, true],
    );
    assert.deepEqual(
      [may("carol", "push", "lib/a"), may("dave", "push", "lib/a"), may("eve", "push", "lib/a")],
      [true, true, false],
    );
    assert.deepEqual([may("carol", "push", "lib/a/b"), may("carol", "delete", "lib/a")], [false, false]);
  });

  test("tells every fault with its line", () => {
    const error = assertCode(
      () =>
        parseConfig(`port: high
rule: []
rules:
  - { repositories: [a], who: ["group:no"], allow: [pul] }
  - who: []
tls: { key: x }
maxBlob: 10 parsecs
url: ftp://x
`),
      "ERR_SERVER_CONFIG",
    );
    assert.deepEqual(
      (error.detail as { issues: string[] }).issues,
      [
        "line 2: rule: is no field, expected one of host, port, url, root, s3, database, tls, users, tokens, tokenTime, tokenKey, issuers, robots, certificates, acme, groups, rules, repositories, upstreams, require, deletes, maxManifest, maxBlob, lease, uploadTime, undelete, grace, collect, scrub, requestsPerSecond, hooks, telemetry, metrics, web",
        "line 1: port: expected a number, got string",
        'line 8: url: expected an address such as https://registry.example, got "ftp://x"',
        "line 6: tls: expected key and cert, the paths of files",
        "line 4: rules[0].allow[0]: expected one of pull, push, delete, got pul",
        "line 4: rules[0].who[0]: the group no is not among groups",
        "line 5: rules[1]: repositories is required",
        "line 5: rules[1]: allow is required",
        "line 7: maxBlob: expected a time or size",
      ].map((line, index) =>
        index === 8 ? "line 7: maxBlob: expected a size such as 500 MB or 10 GiB, got 10 parsecs" : line,
      ),
    );
  });

  test("refuses what is no plain YAML", () => {
    for (const text of [
      "a: [",
      "port: 1\nport: 2",
      "a: &x 1\nb: *x",
      "- 1",
      "[".repeat(100),
      "? [a]\n: b",
      "port: 1\n---\nport: 2",
    ])
      assertCode(() => parseConfig(text), "ERR_SERVER_CONFIG");
  });

  test("has patterns in which a star stops at slashes and two do not", () => {
    const yes = ["a*c abc", "a*c ac", "**/x a/b/x", "a/** a/b/c", "* a", "** a/b", "a*b*c aXbYbZc"];
    const no = ["a*c a/c", "* a/b", "a abc", "a/* a/b/c", "abc ab", "a*b*c aXbY"];
    for (const [list, expected] of [
      [yes, true],
      [no, false],
    ] as const)
      for (const [pattern = "", text = ""] of list.map((line) => line.split(" ")))
        assert.equal(matchesGlob(pattern, text), expected, `${pattern} ${text}`);
    assert.equal(matchesGlob(`${"*a".repeat(200)}b`, "a".repeat(2000)), false);
  });
});

suite("users", () => {
  const hash = `$2y$10$${"a".repeat(53)}`;

  test("are read from htpasswd files", () => {
    assert.deepEqual(
      [...parseHtpasswd(`# users\r\n\nalice:${hash}\nbob:${hash}\r\n`)],
      [
        ["alice", hash],
        ["bob", hash],
      ],
    );
  });

  test("with other hashes, without names or given twice are refused, with their line", () => {
    for (const line of ["x", ":y", `a b:${hash}`, "alice:{SHA}x", `alice:$2y$31$${"a".repeat(53)}`, `ok:${hash}`])
      assert.match(assertCode(() => parseHtpasswd(`ok:${hash}\n${line}`), "ERR_HTPASSWD_INVALID").message, /line 2/);
  });
});
