/** The reader of the manifests of Docker's archives. */
import { checkArchiveManifest, parseArchiveManifest } from "@teu/spec/docker/archive";
import { documentTarget } from "../documents.ts";
import { ARCHIVES } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = documentTarget({
  name: "image-docker-archive",
  parse: parseArchiveManifest,
  check: checkArchiveManifest,
  documents: ARCHIVES,
});
