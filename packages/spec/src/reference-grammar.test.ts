/** Rows that agree with regexp_test.go of github.com/distribution/reference. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { formatName, isHost, parseLiteralName, parseLiteralReference, parseReference } from "./reference.ts";

const BE = "sha256:be178c0543eb17f5f3043021c9e5fcf30285e557a4fc309cce97ff9ca6182912";

const HOSTS = [
  "test.com",
  "test.com:10304",
  "localhost",
  "localhost:8080",
  "a",
  "a.b",
  "ab.cd.com",
  "a-b.com",
  "ab.c-om",
  "0101.com",
  "001a.com",
  "b.gbc.io:443",
  "b.gbc.io",
  "xn--n3h.com",
  "Asdf.com",
  "192.168.1.1:75050",
  "192.168.1.1:750050",
  "[fd00:1:2::3]:75050",
  "[fd00123123123]:75050",
  "[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:75050",
  "[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:750505",
];

const NO_HOSTS = [
  "test.com:http",
  "-ab.com",
  "ab-.com",
  "ab.-com",
  "ab.com-",
  "[fd00:1:2::3]75050",
  "[fd00:1:2::3]::75050",
  "[fd00:1:2::3%eth0]:75050",
  "fd00:1:2::3:75050",
];

test("isHost tells hosts from other texts", () => {
  for (const text of HOSTS) assert.ok(isHost(text), text);
  for (const text of NO_HOSTS) assert.ok(!isHost(text), text);
});

const NAMES: readonly (readonly [text: string, host: string, path: string])[] = [
  ["short", "", "short"],
  ["simple/name", "simple", "name"],
  ["library/ubuntu", "library", "ubuntu"],
  ["docker/stevvooe/app", "docker", "stevvooe/app"],
  ["aa/aa/aa/aa/aa/aa/aa/aa/aa/bb/bb/bb/bb/bb/bb", "aa", "aa/aa/aa/aa/aa/aa/aa/aa/bb/bb/bb/bb/bb/bb"],
  ["aa/aa/bb/bb/bb", "aa", "aa/bb/bb/bb"],
  ["a/a/a/a", "a", "a/a/a"],
  ["a", "", "a"],
  ["a/aa", "a", "aa"],
  ["a/aa/a", "a", "aa/a"],
  ["foo.com", "", "foo.com"],
  ["foo.com:8080/bar", "foo.com:8080", "bar"],
  ["foo.com/bar", "foo.com", "bar"],
  ["foo.com/bar/baz", "foo.com", "bar/baz"],
  ["localhost:8080/bar", "localhost:8080", "bar"],
  ["sub-dom1.foo.com/bar/baz/quux", "sub-dom1.foo.com", "bar/baz/quux"],
  ["blog.foo.com/bar/baz", "blog.foo.com", "bar/baz"],
  ["aa-a/a", "aa-a", "a"],
  ["a/".repeat(128) + "a", "a", "a/".repeat(127) + "a"],
  ["foo_bar", "", "foo_bar"],
  ["foo_bar.com", "", "foo_bar.com"],
  ["foo.com/foo_bar", "foo.com", "foo_bar"],
  ["b.gcr.io/test.example.com/my-app", "b.gcr.io", "test.example.com/my-app"],
  ["xn--n3h.com/myimage", "xn--n3h.com", "myimage"],
  ["xn--7o8h.com/myimage", "xn--7o8h.com", "myimage"],
  ["example.com/xn--7o8h.com/myimage", "example.com", "xn--7o8h.com/myimage"],
  ["example.com/some_separator__underscore/myimage", "example.com", "some_separator__underscore/myimage"],
  ["do__cker/docker", "", "do__cker/docker"],
  ["b.gcr.io/test.example.com/my-app", "b.gcr.io", "test.example.com/my-app"],
  [
    "registry.io/foo/project--id.module--name.ver---sion--name",
    "registry.io",
    "foo/project--id.module--name.ver---sion--name",
  ],
  ["Asdf.com/foo/bar", "Asdf.com", "foo/bar"],
];

const NO_NAMES = [
  "",
  "a/a/a/a/",
  "a//a/a",
  "foo.com/",
  "foo.com:http/bar",
  "a^a",
  "aa/asdf$$^/aa",
  "asdf$$^/aa",
  "a-/a/a/a",
  "foo.com/a-/a/a",
  "-foo/bar",
  "foo/bar-",
  "foo-/bar",
  "foo/-bar",
  "_foo/bar",
  "foo_bar.com:8080",
  "foo_bar.com:8080/app",
  "____/____",
  "_docker/_docker",
  "docker_/docker_",
  "example.com/__underscore/myimage",
  "example.com/..dots/myimage",
  "example.com/.dots/myimage",
  "example.com/nodouble..dots/myimage",
  "example.com/nodouble..dots/myimage",
  "docker./docker",
  ".docker/docker",
  "docker-/docker",
  "-docker/docker",
  "do..cker/docker",
  "do__cker:8080/docker",
  "Foo/FarB",
];

test("parseLiteralName tells names from other texts", () => {
  for (const [text, host, path] of NAMES) assert.deepEqual(parseLiteralName(text), { host, path }, text);
  for (const text of NO_NAMES) assertCode(() => parseLiteralName(text), "ERR_REFERENCE_INVALID");
});

const REFERENCES = [
  ["registry.com:8080/myapp:tag", "registry.com:8080/myapp", "tag", ""],
  [`registry.com:8080/myapp@${BE}`, "registry.com:8080/myapp", "", BE],
  [`registry.com:8080/myapp:tag2@${BE}`, "registry.com:8080/myapp", "tag2", BE],
  [`localhost:8080@${BE}`, "localhost", "8080", BE],
  [`localhost:8080/name@${BE}`, "localhost:8080/name", "", BE],
  [`localhost@${BE}`, "localhost", "", BE],
] as const;

const NO_REFERENCES = [
  "registry.com:8080/myapp@sha256:badbadbadbad",
  "registry.com:8080/myapp:invalid~tag",
  "bad_hostname.com:8080/myapp:tag",
  `localhost:http/name@${BE}`,
  "registry.com:8080/myapp@bad",
  "registry.com:8080/myapp@2bad",
];

test("parseLiteralReference tells references from other texts", () => {
  for (const [text, name, tag, digest] of REFERENCES) {
    const reference = parseLiteralReference(text);
    assert.deepEqual([formatName(reference), reference.tag ?? "", reference.digest ?? ""], [name, tag, digest], text);
  }
  for (const text of NO_REFERENCES) assertCode(() => parseLiteralReference(text), "ERR_REFERENCE_INVALID");
});

const IDENTIFIERS = [
  ["da304e823d8ca2b9d863a3c897baeb852ba21ea9a9f1414736394ae7fcaf9821", true],
  ["7EC43B381E5AEFE6E04EFB0B3F0693FF2A4A50652D64AEC573905F2DB5889A1C", false],
  ["da304e823d8ca2b9d863a3c897baeb852ba21ea9a9f1414736394ae7fcaf", false],
  ["sha256:da304e823d8ca2b9d863a3c897baeb852ba21ea9a9f1414736394ae7fcaf9821", false],
  ["da304e823d8ca2b9d863a3c897baeb852ba21ea9a9f1414736394ae7fcaf98218482", false],
] as const;

test("parseReference refuses identifiers as such", () => {
  for (const [text, expected] of IDENTIFIERS) assert.equal(refusedAsIdentifier(text), expected, text);
});

function refusedAsIdentifier(text: string): boolean {
  try {
    parseReference(text);
    return false;
  } catch (error) {
    return (error as { readonly detail: { readonly reason: string } }).detail.reason === "identifier";
  }
}
