import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { globFilter, regexFilter } from "./filter.ts";
import { entryOf } from "./sync-entry.ts";
import { parseSyncFile } from "./sync-file.ts";

const OPTIONS = { name: "sync.yaml", tags: [], excludedTags: [], platforms: [], referrers: false };

suite("files of regsync's", () => {
  test("say sources, targets, filters, platforms and referrers", () => {
    const { entries, parallel, notes } = parseSyncFile(
      `version: 1
defaults: { parallel: 3, referrers: true, interval: 60m }
sync:
  - source: registry.example.com
    target: mirror.example.com/all
    type: registry
    repos: { allow: ["team/.*"], deny: ["team/old.*"] }
    tags: { allow: ["v\\\\d+"] }
  - source: docker.io/library/debian:12
    target: ocidir:///srv/images
    type: image
    platforms: [linux/amd64, linux/arm64]
    referrers: false
`,
      OPTIONS,
    );
    assert.equal(parallel, 3);
    assert.equal(notes.length, 1);
    const [all, one] = entries;
    assert.deepEqual(
      [all?.kind, all?.source, all?.target, all?.referrers],
      ["registry", "registry.example.com", "mirror.example.com/all", true],
    );
    assert.deepEqual(
      ["team/app", "team/older", "other"].map((name) => all?.repositories(name)),
      [true, false, false],
    );
    assert.deepEqual(
      ["v1", "v1.2", "latest"].map((name) => all?.tags(name)),
      [true, false, false],
    );
    assert.deepEqual([one?.kind, one?.target, one?.referrers], ["image", "oci:/srv/images", false]);
    assert.deepEqual(
      one?.platforms.map(({ architecture }) => architecture),
      ["amd64", "arm64"],
    );
  });

  test("are refused with every fault and its line", () => {
    const text = `version: 2
creds: [{ registry: a, pass: canary-Secret }]
sync:
  - target: b
    type: everything
    tags: { allow: ["("] }
`;
    const { message, hint } = assertCode(() => parseSyncFile(text, OPTIONS), "ERR_USAGE");
    for (const part of ["line 1: version", "line 2: creds", "line 5: ", "source: is missing"])
      assert.ok(message.includes(part), message);
    assert.doesNotMatch(message, /canary/);
    assert.match(String(hint), /teu login/);
    assertCode(() => parseSyncFile("sync: &a [*a]", OPTIONS), "ERR_USAGE");
    assertCode(
      () => parseSyncFile("sync: [{source: a/b, target: c/d, type: image, tags: {allow: ['(']}}]", OPTIONS),
      "ERR_USAGE",
    );
  });
});

test("files of both take ranges of versions", () => {
  const names = (filter: (name: string) => boolean): string[] => ["v1.2", "1.4.1", "2.0", "edge"].filter(filter);
  const regsync = parseSyncFile(
    `version: 1
x-common: &common { ratelimit: { min: 100, retry: 15m } }
creds: [{ registry: a.example, tls: disabled }, { registry: b.example }]
defaults: { ratelimit: { min: 10 }, cacheCount: 5 }
sync:
  - { source: a.example/x, target: b.example/x, type: repository, tags: { semverRange: ["^1"], allow: [edge], deny: ["v.*"] } }
`,
    OPTIONS,
  );
  assert.deepEqual(names(regsync.entries[0]?.tags ?? ((): boolean => false)), ["1.4.1", "edge"]);
  assert.deepEqual(regsync.insecure, ["a.example"]);
  assert.deepEqual(regsync.notes, ["not acted upon in this one run: ratelimit, cacheCount"]);
  const skopeo = parseSyncFile(
    'a.example:\n  tls-verify: false\n  images-by-semver: { x: ">= 1.4" }\nb.example:\n  images: { y: [] }\n',
    { ...OPTIONS, target: "c.example" },
  );
  assert.deepEqual(names(skopeo.entries[0]?.tags ?? ((): boolean => false)), ["1.4.1", "2.0"]);
  assert.deepEqual(skopeo.insecure, ["a.example"]);
  const wrong = 'a.example:\n  images-by-semver: { x: ">>" }\n';
  const { message } = assertCode(() => parseSyncFile(wrong, { ...OPTIONS, target: "c.example" }), "ERR_USAGE");
  assert.match(message, /line 2: .*expected a version/);
});

test("files of skopeo's say sources, and the command where to", () => {
  const text = `registry.example.com:
  images:
    busybox: []
    redis: ["1.0", "sha256:${"0".repeat(64)}"]
  images-by-tag-regex:
    team/nginx: ^1\\.13
`;
  const { entries } = parseSyncFile(text, { ...OPTIONS, target: "mirror.example.com/all/" });
  assert.deepEqual(
    entries.map(({ kind, source, target }) => [kind, source, target]),
    [
      ["repository", "registry.example.com/busybox", "mirror.example.com/all/busybox"],
      ["image", "registry.example.com/redis:1.0", "mirror.example.com/all/redis"],
      ["image", `registry.example.com/redis@sha256:${"0".repeat(64)}`, "mirror.example.com/all/redis"],
      ["repository", "registry.example.com/team/nginx", "mirror.example.com/all/team/nginx"],
    ],
  );
  assert.deepEqual(
    ["1.13-alpine", "1.14", "v1.13"].map((tag) => entries[3]?.tags(tag)),
    [true, false, false],
  );
  assertCode(() => parseSyncFile(text, OPTIONS), "ERR_USAGE");
});

test("the command line names registries, patterns, repositories and images", () => {
  const kindOf = (source: string): string => entryOf(source, "mirror.example.com", OPTIONS).kind;
  assert.equal(kindOf("registry.example.com"), "registry");
  assert.equal(kindOf("localhost:5000"), "registry");
  assert.equal(kindOf("docker://registry.example.com/team/app"), "repository");
  assert.equal(kindOf("registry.example.com:5000/team/app:v1"), "image");
  assert.equal(kindOf(`registry.example.com/app@sha256:${"0".repeat(64)}`), "image");
  const pattern = entryOf("registry.example.com/team/*", "mirror.example.com", OPTIONS);
  assert.deepEqual([pattern.kind, pattern.source], ["registry", "registry.example.com"]);
  assert.deepEqual(["team/app", "team/a/b", "steam/app"].map(pattern.repositories), [true, true, false]);
  assertCode(() => entryOf("*.example.com/a", "b", OPTIONS), "ERR_USAGE");
});

test("patterns match whole names", () => {
  assert.deepEqual(["v1.2", "v1x2", "v1.2.3"].map(globFilter(["v1.?"])), [true, false, false]);
  assert.deepEqual(["a", "b"].map(globFilter([], ["a"])), [false, true]);
  assert.deepEqual(["ab", "b", "a"].map(regexFilter(["a|b"], [])), [false, true, true]);
});
