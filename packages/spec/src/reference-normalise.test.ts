/** Rows that agree with normalize_test.go of github.com/distribution/reference, and what it leaves open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { parseDigest } from "./digest.ts";
import { matchesFamiliar } from "./reference-glob.ts";
import {
  formatFamiliar,
  formatFamiliarName,
  formatReference,
  isReference,
  isShortName,
  parseAnyReference,
  parseImageReference,
  parseLiteralReference,
  parseReference,
  repositoryOf,
} from "./reference.ts";

const HEX = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a";
const DB = "sha256:dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c";
const E6 = "sha256:e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582";

const VALID = [
  "docker/docker",
  "library/debian",
  "debian",
  "localhost/library/debian",
  "localhost/debian",
  "LOCALDOMAIN/library/debian",
  "LOCALDOMAIN/debian",
  "docker.io/docker/docker",
  "docker.io/library/debian",
  "docker.io/debian",
  "index.docker.io/docker/docker",
  "index.docker.io/library/debian",
  "index.docker.io/debian",
  "127.0.0.1:5000/docker/docker",
  "127.0.0.1:5000/library/debian",
  "127.0.0.1:5000/debian",
  "192.168.0.1",
  "192.168.0.1:80",
  "192.168.0.1:8/debian",
  "192.168.0.2:25000/debian",
  "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev",
  "[fc00::1]:5000/docker",
  "[fc00::1]:5000/docker/docker",
  "[fc00:1:2:3:4:5:6:7]:5000/library/debian",
  `docker.io/${HEX}`,
  "Docker/docker",
  "DOCKER/docker",
  "docker-rules/docker",
  "docker---rules/docker",
  "doc/docker",
  "d/docker",
  "jess/t",
  "dock__er/docker",
];

const INVALID = [
  "https://github.com/docker/docker",
  "docker/Docker",
  "-docker",
  "-docker/docker",
  "-docker.io/docker/docker",
  "docker///docker",
  "docker.io/docker/Docker",
  "docker.io/docker///docker",
  "[fc00::1]",
  "[fc00::1]:5000",
  "fc00::1:5000/debian",
  "[fe80::1%eth0]:5000/debian",
  "[2001:db8:3:4::192.0.2.33]:5000/debian",
  HEX,
  "docker-/docker",
  "-docker-/docker",
  "____/____",
  "_docker/_docker",
  "dock..er/docker",
  "dock_.er/docker",
  "dock-.er/docker",
  "docker/",
  `${"this_is_not_a_valid_namespace_because_its_lenth_is_greater_than_255_".repeat(4)}/docker`,
];

test("parseReference tells names of images from other texts", () => {
  for (const text of VALID) assert.ok(isReference(text), text);
  for (const text of INVALID) assert.ok(!isReference(text), text);
});

/** The short form, the host, the path, and perhaps another form that means the same. */
const NAMES: readonly (readonly [familiar: string, host: string, path: string, other?: string])[] = [
  ["localhost/fooo", "localhost", "fooo", "localhost/fooo"],
  ["localhost/fooo/bar", "localhost", "fooo/bar", "localhost/fooo/bar"],
  ["LOCALDOMAIN/fooo", "LOCALDOMAIN", "fooo", "LOCALDOMAIN/fooo"],
  ["LOCALDOMAIN/fooo/bar", "LOCALDOMAIN", "fooo/bar", "LOCALDOMAIN/fooo/bar"],
  ["fooo/bar", "docker.io", "fooo/bar", "index.docker.io/fooo/bar"],
  ["ubuntu", "docker.io", "library/ubuntu", "library/ubuntu"],
  ["nonlibrary/ubuntu", "docker.io", "nonlibrary/ubuntu"],
  ["other/library", "docker.io", "other/library"],
  ["127.0.0.1:8000/private/moonbase", "127.0.0.1:8000", "private/moonbase"],
  ["127.0.0.1:8000/privatebase", "127.0.0.1:8000", "privatebase"],
  ["example.com/private/moonbase", "example.com", "private/moonbase"],
  ["example.com/privatebase", "example.com", "privatebase"],
  ["example.com:8000/private/moonbase", "example.com:8000", "private/moonbase"],
  ["example.com:8000/privatebasee", "example.com:8000", "privatebasee"],
  ["ubuntu-12.04-base", "docker.io", "library/ubuntu-12.04-base", "index.docker.io/library/ubuntu-12.04-base"],
  ["foo", "docker.io", "library/foo", "docker.io/foo"],
  ["library/foo/bar", "docker.io", "library/foo/bar"],
  ["store/foo/bar", "docker.io", "store/foo/bar"],
  ["Foo/bar", "Foo", "bar"],
  ["FOO/bar", "FOO", "bar"],
];

test("parseReference completes names, and formatFamiliar shortens them again", () => {
  for (const [familiar, host, path, other = familiar] of NAMES) {
    for (const text of [familiar, `${host}/${path}`, other]) {
      const reference = parseReference(text);
      assert.deepEqual(reference, { host, path });
      assert.equal(formatFamiliarName(reference), familiar);
      assert.equal(formatReference(reference), `${host}/${path}`);
    }
  }
});

test("a tag and a digest stay with the name through both forms", () => {
  const short = `busybox:latest@${DB}`;
  const reference = parseReference(short);
  assert.equal(formatReference(reference), `docker.io/library/${short}`);
  assert.equal(formatFamiliar(reference), short);
  assert.deepEqual([reference.tag, reference.digest], ["latest", DB]);
  assert.deepEqual(repositoryOf(reference), { host: "docker.io", path: "library/busybox" });
});

test("components that are none are refused", () => {
  assertCode(() => parseReference("-foo"), "ERR_REFERENCE_INVALID");
  assertCode(() => parseDigest("foo"), "ERR_DIGEST_INVALID");
});

const ANY = [
  ["redis", "docker.io/library/redis"],
  ["redis:latest", "docker.io/library/redis:latest"],
  ["docker.io/library/redis:latest", "docker.io/library/redis:latest"],
  [`redis@${DB}`, `docker.io/library/redis@${DB}`],
  [`docker.io/library/redis@${DB}`, `docker.io/library/redis@${DB}`],
  ["dmcgowan/myapp", "docker.io/dmcgowan/myapp"],
  ["dmcgowan/myapp:latest", "docker.io/dmcgowan/myapp:latest"],
  ["docker.io/mcgowan/myapp:latest", "docker.io/mcgowan/myapp:latest"],
  [`dmcgowan/myapp@${DB}`, `docker.io/dmcgowan/myapp@${DB}`],
  [`docker.io/dmcgowan/myapp@${DB}`, `docker.io/dmcgowan/myapp@${DB}`],
  ["dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c", DB],
  [DB, DB],
  [
    "dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9",
    "docker.io/library/dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9",
  ],
  ["dbcc1", "docker.io/library/dbcc1"],
] as const;

test("parseAnyReference takes digests and their hex as such and all else as names", () => {
  for (const [text, full] of ANY) {
    const found = parseAnyReference(text);
    assert.equal(typeof found === "string" ? found : formatReference(found), full);
    if (full === DB) assert.equal(found, DB);
    else assert.deepEqual(found, parseLiteralReference(full));
  }
});

const HOSTS = [
  ["test.com/foo", "test.com", "foo"],
  ["test_com/foo", "docker.io", "test_com/foo"],
  ["docker/migrator", "docker.io", "docker/migrator"],
  ["test.com:8080/foo", "test.com:8080", "foo"],
  ["test-com:8080/foo", "test-com:8080", "foo"],
  ["foo", "docker.io", "library/foo"],
  ["xn--n3h.com/foo", "xn--n3h.com", "foo"],
  ["xn--n3h.com:18080/foo", "xn--n3h.com:18080", "foo"],
  ["docker.io/foo", "docker.io", "library/foo"],
  ["docker.io/library/foo", "docker.io", "library/foo"],
  ["docker.io/library/foo/bar", "docker.io", "library/foo/bar"],
] as const;

test("parseReference finds the host", () => {
  for (const [text, host, path] of HOSTS) assert.deepEqual(parseReference(text), { host, path });
});

const PATTERNS = [
  ["foo/**/ba[rz]", "foo", false],
  ["foo/**/ba[rz]", "foo/any/bat", false],
  ["foo/**/ba[rz]", "foo/a/bar", true],
  ["foo/**/ba[rz]", "foo/b/baz", true],
  ["foo/**/ba[rz]", "foo/c/baz:tag", true],
  ["foo/*/baz:tag", "foo/c/baz:tag", true],
  ["foo/c/baz:tag", "foo/c/baz:tag", true],
  ["*/foo/c/baz", "example.com/foo/c/baz:tag", true],
  ["example.com/foo/c/baz", "example.com/foo/c/baz:tag", true],
] as const;

test("matchesFamiliar compares a pattern with the short form", () => {
  for (const [pattern, text, expected] of PATTERNS) {
    assert.equal(matchesFamiliar(pattern, parseReference(text)), expected, `${pattern} ${text}`);
  }
});

const IMAGES = [
  ["busybox", "docker.io/library/busybox:latest"],
  ["busybox:latest", "docker.io/library/busybox:latest"],
  [`busybox@${E6}`, `docker.io/library/busybox@${E6}`],
  ["library/busybox", "docker.io/library/busybox:latest"],
  ["docker.io/busybox", "docker.io/library/busybox:latest"],
  ["docker.io/library/busybox", "docker.io/library/busybox:latest"],
  ["docker.io/busybox:latest", "docker.io/library/busybox:latest"],
  ["library/busybox:latest", "docker.io/library/busybox:latest"],
  ["docker.io/library/busybox:latest", "docker.io/library/busybox:latest"],
  ["gcr.io/library/busybox", "gcr.io/library/busybox:latest"],
  [`gcr.io/library/busybox:latest@${E6}`, `gcr.io/library/busybox@${E6}`],
] as const;

test("parseImageReference names one image", () => {
  for (const [text, full] of IMAGES) {
    assert.equal(formatReference(parseImageReference(text)), full);
    assert.deepEqual(parseLiteralReference(full), parseReference(full));
  }
});

test("a name without a host is short, whatever else it has", () => {
  for (const text of ["debian", "library/debian:1", "foo_bar/baz", `debian@${DB}`]) assert.ok(isShortName(text), text);
  for (const text of ["docker.io/debian", "localhost/debian", "host:1/x", "Host/x"])
    assert.ok(!isShortName(text), text);
});

test("another default host completes names without library/", () => {
  assert.equal(formatReference(parseReference("debian:12", "quay.io")), "quay.io/debian:12");
  assert.equal(formatReference(parseReference("docker.io/debian", "quay.io")), "docker.io/library/debian");
  assertCode(() => parseReference("debian", "not a host"), "ERR_REFERENCE_INVALID");
});

test("what looks like a host and cannot be one is no part of the path", () => {
  const error = assertCode(() => parseReference("my_host.com/app"), "ERR_REFERENCE_INVALID");
  assert.equal(error.message, 'Reading image name "my_host.com/app": expected a host, got "my_host.com"');
});

test("matchesFamiliar knows the patterns of Go's path.Match", () => {
  const rows = [
    ["a*", "abc", true],
    ["a*c", "abc", true],
    ["a*b*c", "axbxbc", true],
    ["a*", "ab/c", false],
    ["*", "abc:1", true],
    ["a?c", "abc", true],
    ["a?c", "ab", false],
    ["a[^b]c", "abc", false],
    ["a[^a-b]c", "acc", true],
    ["a\\bc", "abc", true],
    ["[a-c][0-9]", "b7", true],
    ["[c-a]", "b", false],
    ["", "a", false],
    ["***c", "abc", true],
  ] as const;
  for (const [pattern, text, expected] of rows) {
    assert.equal(matchesFamiliar(pattern, parseReference(text)), expected, `${pattern} ${text}`);
  }
});

test("matchesFamiliar refuses patterns that are none", () => {
  const bad = ["[-x]", "[x-]", "[", "[]", "[]a]", "[a", "[^", "[^]", "a\\", "[a\\", "[a-"];
  for (const pattern of bad) assertCode(() => matchesFamiliar(pattern, parseReference("foo")), "ERR_PATTERN_INVALID");
});

test("a pattern of many stars takes no long time", () => {
  assert.equal(matchesFamiliar("*a".repeat(200) + "b", parseReference(`x/${"a".repeat(200)}`)), false);
});

test("a URL and an identifier are met with a hint", () => {
  const url = assertCode(() => parseReference("https://registry.example.com/app"), "ERR_REFERENCE_INVALID");
  assert.match(url.hint ?? "", /scheme/);
  assert.match(assertCode(() => parseReference(HEX), "ERR_REFERENCE_INVALID").hint ?? "", /sha256:/);
  assert.equal(assertCode(() => parseReference("a b"), "ERR_REFERENCE_INVALID").hint, undefined);
});
