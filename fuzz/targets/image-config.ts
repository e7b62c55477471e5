/** The reader of image configurations. */
import { checkConfig, parseConfig } from "@teu/spec/image/config";
import { documentTarget } from "../documents.ts";
import { CONFIGS } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-config",
  parse: parseConfig,
  check: checkConfig,
  documents: CONFIGS,
});
