/** The reader of image manifests. */
import { checkManifest, parseManifest } from "@teu/spec/image/manifest";
import { documentTarget } from "../documents.ts";
import { MANIFESTS } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-manifest",
  parse: parseManifest,
  check: checkManifest,
  documents: MANIFESTS,
});
