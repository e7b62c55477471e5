import assert from "node:assert/strict";
import { test } from "node:test";
import { detectDocument } from "@teu/spec/image/detect";
import { parseArchiveRepositories } from "@teu/spec/docker/archive";
import * as seeds from "./image-seeds.ts";

const encode = (document: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(document));

test("the documents that fuzzing starts from are good ones", () => {
  const { REPOSITORIES, ...others } = seeds;
  for (const document of REPOSITORIES) parseArchiveRepositories(encode(document));
  for (const document of Object.values(others).flat()) {
    const kind = detectDocument(encode(document));
    assert.ok(kind !== undefined);
    kind.parse(encode(document));
  }
});
