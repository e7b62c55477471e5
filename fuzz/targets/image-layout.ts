/** The readers of image layouts: of their header, and of the paths of blobs, which are inverse to the paths of digests. */
import assert from "node:assert/strict";
import { parseDigest } from "@teu/spec/digest";
import {
  blobPath,
  checkLayoutHeader,
  checkLayoutPaths,
  digestOfBlobPath,
  parseLayoutHeader,
} from "@teu/spec/image/layout";
import { documentTarget } from "../documents.ts";
import { LAYOUTS } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

const documents = documentTarget({
  name: "image-layout",
  parse: parseLayoutHeader,
  check: checkLayoutHeader,
  documents: LAYOUTS,
});

export const target: FuzzTarget = {
  ...documents,
  *seeds() {
    yield* documents.seeds();
    yield new TextEncoder().encode(`oci-layout\nindex.json\nblobs/sha256/${"0".repeat(64)}\nblobs/sha512/`);
    yield new TextEncoder().encode("blobs/multihash+base58/QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8");
  },
  run(input) {
    const paths = new TextDecoder().decode(input).split("\n");
    for (const path of paths) checkPath(path);
    checkLayoutPaths(paths);
    return documents.run(input);
  },
};

function checkPath(path: string): void {
  const digest = digestOfBlobPath(path);
  if (digest === undefined) return;
  assert.equal(blobPath(parseDigest(digest)), path);
  assert.ok(!path.split("/").some((part) => part === "" || part.startsWith(".")));
}
