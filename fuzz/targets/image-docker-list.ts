/** The reader of Docker's manifest lists. */
import { checkDockerManifestList, parseDockerManifestList } from "@teu/spec/docker/manifest-list";
import { documentTarget } from "../documents.ts";
import { DOCKER_LISTS } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-docker-list",
  parse: parseDockerManifestList,
  check: checkDockerManifestList,
  documents: DOCKER_LISTS,
});
