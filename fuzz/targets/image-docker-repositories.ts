/** The reader of the repositories of Docker's archives. */
import { checkArchiveRepositories, parseArchiveRepositories } from "@teu/spec/docker/archive";
import { documentTarget } from "../documents.ts";
import { REPOSITORIES } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-docker-repositories",
  parse: parseArchiveRepositories,
  check: checkArchiveRepositories,
  documents: REPOSITORIES,
});
