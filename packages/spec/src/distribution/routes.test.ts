import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Digest, parseDigest } from "../digest.ts";
import { MAX_ROUTE_LENGTH, MAX_SESSION_LENGTH, type Route, formatRoute, parseRoute } from "./routes.ts";

const digest = parseDigest(`sha256:${"0a".repeat(32)}`);
const foreign = parseDigest("sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564");

test("parseRoute() and formatRoute() know every path", () => {
  const rows: readonly (readonly [string, Route])[] = [
    ["/v2/", { kind: "base" }],
    ["/v2/_catalog", { kind: "catalog" }],
    ["/v2/_oci/ext/discover", { kind: "discover" }],
    ["/v2/a/b/_oci/ext/discover", { kind: "discover", name: "a/b" }],
    ["/v2/_docker/x-y/z.1", { kind: "extension", extension: "_docker", path: ["x-y", "z.1"] }],
    ["/v2/a/_docker", { kind: "extension", name: "a", extension: "_docker", path: [] }],
    ["/v2/a/_catalog", { kind: "extension", name: "a", extension: "_catalog", path: [] }],
    ["/v2/_oci/ext/discover/more", { kind: "extension", extension: "_oci", path: ["ext", "discover", "more"] }],
    ["/v2/_x/manifests/list", { kind: "extension", extension: "_x", path: ["manifests", "list"] }],
    ["/v2/_catalog/tags/list", { kind: "extension", extension: "_catalog", path: ["tags", "list"] }],
    [`/v2/a/blobs/${digest}`, { kind: "blob", name: "a", digest }],
    [`/v2/a/blobs/${foreign}`, { kind: "blob", name: "a", digest: foreign }],
    ["/v2/a/b/blobs/uploads/", { kind: "uploads", name: "a/b" }],
    ["/v2/a/blobs/uploads/D95306FA-FAD3-4E36", { kind: "upload", name: "a", session: "D95306FA-FAD3-4E36" }],
    ["/v2/a/blobs/uploads/RDk1_-.==", { kind: "upload", name: "a", session: "RDk1_-.==" }],
    ["/v2/a/blobs/uploads/_x", { kind: "upload", name: "a", session: "_x" }],
    ["/v2/a/manifests/latest", { kind: "tag", name: "a", tag: "latest" }],
    ["/v2/a/manifests/_Tag.1", { kind: "tag", name: "a", tag: "_Tag.1" }],
    ["/v2/a/manifests/uploads", { kind: "tag", name: "a", tag: "uploads" }],
    [`/v2/a/b/c/manifests/${digest}`, { kind: "manifest", name: "a/b/c", digest }],
    ["/v2/docker.com/foo/tags/list", { kind: "tags", name: "docker.com/foo" }],
    [`/v2/a__b/c---d/referrers/${digest}`, { kind: "referrers", name: "a__b/c---d", digest }],
  ];
  for (const [path, route] of rows) {
    assert.deepEqual(parseRoute(path), route, path);
    assert.equal(formatRoute(route), path);
  }
});

test("parseRoute() reads from the right, so names may hold the words of the API", () => {
  const rows: readonly (readonly [string, Route])[] = [
    ["/v2/foo/bar/manifests/manifests/tags", { kind: "tag", name: "foo/bar/manifests", tag: "tags" }],
    ["/v2/foo/bar/manifests/tags/list", { kind: "tags", name: "foo/bar/manifests" }],
    ["/v2/tags/list/tags/list", { kind: "tags", name: "tags/list" }],
    ["/v2/a/blobs/uploads/blobs/uploads/", { kind: "uploads", name: "a/blobs/uploads" }],
    ["/v2/a/blobs/uploads/manifests/x", { kind: "tag", name: "a/blobs/uploads", tag: "x" }],
    [`/v2/a/blobs/uploads/blobs/${digest}`, { kind: "blob", name: "a/blobs/uploads", digest }],
    ["/v2/a/blobs/uploads/manifests", { kind: "upload", name: "a", session: "manifests" }],
    ["/v2/a/manifests/blobs/uploads/list", { kind: "upload", name: "a/manifests", session: "list" }],
    ["/v2/v2/manifests/v2", { kind: "tag", name: "v2", tag: "v2" }],
  ];
  for (const [path, route] of rows) assert.deepEqual(parseRoute(path), route, path);
});

test("parseRoute() takes a word with a leading underscore for a tag or an upload where it can be one", () => {
  const route: Route = { kind: "extension", name: "a/manifests", extension: "_x", path: [] };
  assert.equal(parseRoute("/v2/a/manifests/_x").kind, "tag");
  assert.throws(() => formatRoute(route), { message: /"\/v2\/a\/manifests\/_x": it would be read as tag/ });
  assert.deepEqual(parseRoute(formatRoute({ ...route, path: ["y"] })), { ...route, path: ["y"] });
});

test("parseRoute() takes a missing slash behind the base and behind uploads", () => {
  assert.deepEqual(parseRoute("/v2"), { kind: "base" });
  assert.deepEqual(parseRoute("/v2/a/blobs/uploads"), { kind: "uploads", name: "a" });
});

test("parseRoute() decodes each part once, and never a slash", () => {
  assert.deepEqual(parseRoute(`/v2/a/blobs/${digest.replace(":", "%3A")}`), { kind: "blob", name: "a", digest });
  assert.deepEqual(parseRoute("/v2/%61/manifests/l%61test"), { kind: "tag", name: "a", tag: "latest" });
  assert.deepEqual(parseRoute("/v2/a/%6Danifests/x"), { kind: "tag", name: "a", tag: "x" });
  for (const path of ["/v2/a%2Fb/tags/list", "/v2/a/manifests/%zz", "/v2/a/manifests/%ff", "/v2/%2561/tags/list"]) {
    assert.equal(parseRoute(path).kind, "invalid", path);
  }
});

test("parseRoute() leaves what is not of the API alone", () => {
  const paths = ["", "/", "/v1/", "/v22/", "v2/", "/V2/", "/v2//", "/v2/a", "/v2/a/", "/v2/a/tags", "/v2/a/tags/list/"];
  const more = [
    "/v2/tags/list",
    "/v2/manifests/latest",
    "/v2/blobs/uploads/",
    "/v2/a/uploads/x",
    "/v2/_Catalog",
    "/v2/_catalog/",
  ];
  for (const path of [...paths, ...more, "/v2/_", "/v2/_x/Y", "/v2/_x//y", "/v2/a/_x/_y"]) {
    assert.deepEqual(parseRoute(path), { kind: "none" }, path);
  }
});

test("parseRoute() says which part of a route is wrong", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["/v2/A/tags/list", "NAME_INVALID"],
    ["/v2//tags/list", "NAME_INVALID"],
    ["/v2/a//b/tags/list", "NAME_INVALID"],
    ["/v2/a/../b/tags/list", "NAME_INVALID"],
    ["/v2/a___b/tags/list", "NAME_INVALID"],
    ["/v2/a..b/tags/list", "NAME_INVALID"],
    ["/v2/-a/tags/list", "NAME_INVALID"],
    ["/v2/localhost:8080/a/tags/list", "NAME_INVALID"],
    ["/v2/a\u0000/tags/list", "NAME_INVALID"],
    ["/v2/a\n/tags/list", "NAME_INVALID"],
    ["/v2/A/_oci/ext/discover", "NAME_INVALID"],
    [`/v2/${"a".repeat(256)}/tags/list`, "NAME_INVALID"],
    ["/v2/a/manifests/", "TAG_INVALID"],
    ["/v2/a/manifests/.x", "TAG_INVALID"],
    ["/v2/a/manifests/x\n", "TAG_INVALID"],
    [`/v2/a/manifests/${"x".repeat(129)}`, "TAG_INVALID"],
    ["/v2/a/manifests/sha256:abc", "DIGEST_INVALID"],
    ["/v2/a/manifests/:", "DIGEST_INVALID"],
    ["/v2/a/blobs/", "DIGEST_INVALID"],
    ["/v2/a/blobs/latest", "DIGEST_INVALID"],
    [`/v2/a/blobs/${digest.toUpperCase()}`, "DIGEST_INVALID"],
    ["/v2/a/referrers/latest", "DIGEST_INVALID"],
    ["/v2/a/blobs/uploads/..", "BLOB_UPLOAD_UNKNOWN"],
    ["/v2/a/blobs/uploads/totalandcompletejunk++$$-==", "BLOB_UPLOAD_UNKNOWN"],
    [`/v2/a/blobs/uploads/${"x".repeat(MAX_SESSION_LENGTH + 1)}`, "BLOB_UPLOAD_UNKNOWN"],
  ];
  for (const [path, code] of rows) {
    const match = parseRoute(path);
    assert.equal(match.kind === "invalid" ? match.code : match.kind, code, path);
  }
});

test("parseRoute() takes a name of 255 characters and a path of any shape in little time", () => {
  assert.equal(parseRoute(`/v2/${"a".repeat(255)}/tags/list`).kind, "tags");
  const tails = ["/tags/list", "/manifests/x", "/blobs/uploads/"];
  for (const unit of ["a-", "-", "_", ".", "a/", "%41", "/", "a.", "_a/", "tags/list/"]) {
    for (const tail of tails) {
      const path = `/v2/${unit.repeat(MAX_ROUTE_LENGTH)}${tail}`;
      assert.equal(parseRoute(path).kind, "invalid", unit);
      const within = parseRoute(`/v2/${path.slice(4 - MAX_ROUTE_LENGTH)}`);
      assert.ok(["invalid", "none", "extension"].includes(within.kind), unit);
    }
  }
});

const part = fc.stringMatching(/^[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
const words = fc.constantFrom("blobs", "uploads", "manifests", "tags", "list", "referrers", "v2");
const name = fc.array(fc.oneof(part, words), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
const anyDigest: fc.Arbitrary<Digest> = fc.constantFrom(digest, foreign);
const extension = fc.stringMatching(/^_[a-z0-9]{1,4}([._-][a-z0-9]{1,4})?$/);
const route: fc.Arbitrary<Route> = fc.oneof(
  fc.record({ kind: fc.constantFrom("uploads", "tags", "discover"), name }, { noNullPrototype: true }),
  fc.record(
    { kind: fc.constantFrom("blob", "manifest", "referrers"), name, digest: anyDigest },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant("tag" as const), name, tag: fc.stringMatching(/^\w[\w.-]{0,127}$/) },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant("upload" as const), name, session: fc.stringMatching(/^[\w=-][\w.=-]{0,99}$/) },
    { noNullPrototype: true },
  ),
  fc
    .record(
      {
        kind: fc.constant("extension" as const),
        name,
        extension,
        path: fc.array(
          part.filter((text) => !/_|-{2}/.test(text)),
          { minLength: 1 },
        ),
      },
      { noNullPrototype: true },
    )
    .filter(({ extension: own, path }) => `${own}/${path.join("/")}` !== "_oci/ext/discover"),
);

test("parseRoute() reads what formatRoute() writes", () => {
  fc.assert(
    fc.property(route, (each) => {
      assert.deepEqual(parseRoute(formatRoute(each)), each);
    }),
  );
});

test("formatRoute() refuses parts that break their grammar", () => {
  const wrong: readonly Route[] = [
    { kind: "tags", name: "" },
    { kind: "tags", name: "../a" },
    { kind: "tags", name: "A" },
    { kind: "tag", name: "a", tag: "a/b" },
    { kind: "tag", name: "a", tag: "a?b" },
    { kind: "tag", name: "a", tag: "a%2eb" },
    { kind: "tag", name: "a", tag: digest },
    { kind: "upload", name: "a", session: "" },
    { kind: "upload", name: "a", session: "../../b" },
    { kind: "blob", name: "a", digest: "uploads" as Digest },
    { kind: "manifest", name: "a", digest: "latest" as Digest },
    { kind: "extension", extension: "_catalog", path: [] },
    { kind: "extension", extension: "x", path: [] },
  ];
  for (const each of wrong) assert.throws(() => formatRoute(each), { code: "ERR_ROUTE_INVALID" }, JSON.stringify(each));
});
