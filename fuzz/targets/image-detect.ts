/** What tells documents apart: whatever it finds, the parser for that reads or refuses; no bytes are of two kinds. */
import assert from "node:assert/strict";
import { DOCUMENT_KINDS, detectDocument } from "@teu/spec/image/detect";
import { accepted } from "../documents.ts";
import * as seeds from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "image-detect",
  *seeds() {
    for (const document of Object.values(seeds).flat()) yield new TextEncoder().encode(JSON.stringify(document));
  },
  run(input) {
    const found = accepted(() => detectDocument(input));
    if (found !== undefined) accepted(() => found.parse(input));
    const readers = DOCUMENT_KINDS.filter(({ parse }) => accepted(() => parse(input)) !== undefined);
    const fields = new Set(readers.map(({ field }) => field));
    assert.ok(!(fields.has("layers") && fields.has("manifests")));
    assert.ok(!(fields.has("fsLayers") && (fields.has("layers") || fields.has("manifests"))));
    for (const { mediaTypes } of readers) {
      for (const mediaType of mediaTypes) accepted(() => detectDocument(input, mediaType));
    }
  },
};
