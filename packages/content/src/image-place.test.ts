import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type ImagePlace, formatImagePlace, parseImagePlace } from "./image-place.ts";

suite("a place of images", () => {
  const cases: readonly (readonly [string, ImagePlace])[] = [
    ["oci:/a/b", { kind: "oci", path: "/a/b" }],
    ["oci:/a/b:v1", { kind: "oci", path: "/a/b", tag: "v1" }],
    ["oci:b:docker.io/x/y:v1", { kind: "oci", path: "b", tag: "docker.io/x/y:v1" }],
    ["oci:b@2", { kind: "oci", path: "b", index: 2 }],
    ["oci:a@b", { kind: "oci", path: "a@b" }],
    ["oci-archive:a.tar:v1", { kind: "oci-archive", path: "a.tar", tag: "v1" }],
    ["docker-archive:a.tar:@0", { kind: "docker-archive", path: "a.tar", index: 0 }],
    ["docker-archive:a.tar:busybox", { kind: "docker-archive", path: "a.tar", tag: "busybox" }],
    ["dir:/a:b", { kind: "dir", path: "/a:b" }],
    ["docker://busybox:1", { kind: "docker", name: "busybox:1" }],
    ["store:busybox:1", { kind: "store", name: "busybox:1" }],
  ];
  for (const [text, place] of cases)
    test(text, () => {
      assert.deepEqual(parseImagePlace(text), place);
      assert.equal(formatImagePlace(place), text);
    });

  test("bare names are where they are said to be, whatever they look like", () => {
    for (const name of ["busybox", "alpine:3.20", "docker:dind", "localhost:5000/x@sha256:0", "oci/x"]) {
      assert.deepEqual(parseImagePlace(name), { kind: "docker", name });
      assert.deepEqual(parseImagePlace(name, "store"), { kind: "store", name });
    }
  });

  test("needs a path or a name, and a kind that is known", () => {
    for (const text of ["", "oci:", "oci::v1", "dir:", "docker://", "dir:a\0b", "layout:/a:v1", "file://a", "x:./a"]) {
      assertCode(() => parseImagePlace(text), "ERR_PLACE_INVALID");
    }
  });
});
