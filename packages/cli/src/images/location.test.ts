import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseLocation } from "./location.ts";

suite("places of images", () => {
  test("every kind, and bare names", () => {
    assert.deepEqual(parseLocation("alpine:3.20"), { kind: "docker", name: "alpine:3.20" });
    assert.deepEqual(parseLocation("alpine:3.20", "store"), { kind: "store", name: "alpine:3.20" });
    assert.deepEqual(parseLocation("localhost:5000/a"), { kind: "docker", name: "localhost:5000/a" });
    assert.deepEqual(parseLocation("docker://a/b"), { kind: "docker", name: "a/b" });
    assert.deepEqual(parseLocation("store:a"), { kind: "store", name: "a" });
    assert.deepEqual(parseLocation("dir:/a:b"), { kind: "dir", path: "/a:b" });
    assert.deepEqual(parseLocation("oci:/a:v1:x"), { kind: "oci", path: "/a", tag: "v1:x" });
    assert.deepEqual(parseLocation("docker-archive:a.tar"), { kind: "docker-archive", path: "a.tar" });
  });

  for (const text of ["docker:a", "oci:", "layout:/a:v1", "file://a", "ostree:./a"])
    test(`${text} is none`, () => assert.throws(() => parseLocation(text), { code: "ERR_USAGE" }));
});
