/** The reader of Docker's image manifests, schema 2. */
import { checkDockerManifest, parseDockerManifest } from "@teu/spec/docker/schema2";
import { documentTarget } from "../documents.ts";
import { DOCKER_MANIFESTS } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-docker-manifest",
  parse: parseDockerManifest,
  check: checkDockerManifest,
  documents: DOCKER_MANIFESTS,
});
