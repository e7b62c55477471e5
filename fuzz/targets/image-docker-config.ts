/** The reader of Docker's image configurations. */
import { checkDockerConfig, parseDockerConfig } from "@teu/spec/docker/config";
import { documentTarget } from "../documents.ts";
import { CONFIGS } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-docker-config",
  parse: parseDockerConfig,
  check: checkDockerConfig,
  documents: CONFIGS,
});
