/** The reader of image indexes. */
import { checkIndex, parseIndex } from "@teu/spec/image/index-document";
import { documentTarget } from "../documents.ts";
import { INDEXES } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-index",
  parse: parseIndex,
  check: checkIndex,
  documents: INDEXES,
});
