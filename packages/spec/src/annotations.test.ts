import assert from "node:assert/strict";
import { test } from "node:test";
import { ANNOTATION, LABEL_SCHEMA, annotationValue, isRefName, isReservedKey, isUndefinedKey } from "./annotations.ts";

test("keys below org.opencontainers are reserved, those of images that no version defines are undefined", () => {
  for (const key of Object.values(ANNOTATION)) assert.ok(isReservedKey(key) && !isUndefinedKey(key), key);
  assert.ok(isReservedKey("org.opencontainers"));
  assert.ok(isReservedKey("org.opencontainers.runtime.x"));
  assert.ok(!isReservedKey("org.opencontainersx.y"));
  assert.ok(isUndefinedKey("org.opencontainers.image.future"));
  assert.ok(!isUndefinedKey("org.opencontainers.runtime.x"));
  assert.ok(!isUndefinedKey("com.example.key"));
});

test("annotationValue falls back to Label Schema", () => {
  const annotations = {
    "org.label-schema.vcs-url": "https://old.example.com",
    "org.label-schema.name": "old",
    "org.label-schema.usage": "/usr/doc/README",
    [ANNOTATION.title]: "new",
  };
  assert.equal(annotationValue(annotations, ANNOTATION.source), "https://old.example.com");
  assert.equal(annotationValue(annotations, ANNOTATION.title), "new");
  assert.equal(annotationValue(annotations, ANNOTATION.documentation), undefined);
  assert.equal(annotationValue(annotations, ANNOTATION.authors), undefined);
  assert.equal(annotationValue({ "org.label-schema.usage": "https://x.y" }, ANNOTATION.documentation), "https://x.y");
  assert.equal(annotationValue({}, "constructor"), undefined);
  assert.equal(LABEL_SCHEMA.size, 9);
});

test("isRefName knows the grammar of reference names", () => {
  const good = ["latest", "v1.0", "a/b/c", "a-b_c.d:e@f+g", "a--b", "docker.io/library/debian:12"];
  const bad = ["", "/a", "a/", "a//b", "-a", "a-", "a---b", "a..b", "a b", "a/é", "a\n"];
  for (const text of good) assert.ok(isRefName(text), text);
  for (const text of bad) assert.ok(!isRefName(text), text);
});
