/** The features structure of a runtime. */
import { checkFeatures, parseFeatures } from "@teu/spec/runtime/features";
import { checkDocument, runtimeSeeds } from "../runtime-document.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "runtime-features",
  seeds: () => runtimeSeeds("full/features.json", "upstream/features/**/*.json"),
  run: (input) => checkDocument(input, parseFeatures, checkFeatures),
};
