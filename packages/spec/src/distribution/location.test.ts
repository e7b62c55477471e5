import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveLocation, withParameter } from "./location.ts";

const REQUEST = "https://registry.example:5000/v2/a/blobs/uploads/?mount=x";

test("resolveLocation() takes absolute and relative addresses with their query", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["/v2/a/blobs/uploads/1?_state=a%2Bb+c~", "https://registry.example:5000/v2/a/blobs/uploads/1?_state=a%2Bb+c~"],
    ["1", "https://registry.example:5000/v2/a/blobs/uploads/1"],
    ["?session=1", "https://registry.example:5000/v2/a/blobs/uploads/?session=1"],
    ["//storage.example/x", "https://storage.example/x"],
    ["http://storage.example/x?sig=1%2f", "http://storage.example/x?sig=1%2f"],
  ];
  for (const [value, address] of rows) assert.equal(resolveLocation(value, new URL(REQUEST)).href, address, value);
});

test("resolveLocation() refuses other addresses, and shows no credentials", () => {
  for (const value of [
    "",
    " ",
    "http://[",
    "file:///etc/passwd",
    "javascript:x",
    "https://user:secret@registry.example/",
  ]) {
    assert.throws(
      () => resolveLocation(value, REQUEST),
      (error: Error & { code: string }) => error.code === "ERR_HEADER_INVALID" && !error.message.includes("secret"),
      value,
    );
  }
});

test("withParameter() leaves what stands in the query as it is", () => {
  const digest = "sha256:0a";
  const rows: readonly (readonly [string, string])[] = [
    ["https://a.example/1", "https://a.example/1?digest=sha256%3A0a"],
    ["https://a.example/1?", "https://a.example/1?digest=sha256%3A0a"],
    ["https://a.example/1?s=a%20b+c~%2f&e", "https://a.example/1?s=a%20b+c~%2f&e&digest=sha256%3A0a"],
  ];
  for (const [location, address] of rows)
    assert.equal(withParameter(new URL(location), "digest", digest).href, address);
});
