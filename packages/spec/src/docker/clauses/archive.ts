/**
 * What Docker's text demands of the archives that hold images.
 * @module
 */

/** Rows of `DOCKER_CLAUSES`, by id. */
export const ARCHIVE_CLAUSES = {
  "docker.archive.list": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`manifest.json` is an array of objects, one for each image.",
  },
  "docker.archive.Config": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`Config` is the path of the configuration in the archive.",
  },
  "docker.archive.RepoTags": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`RepoTags` is an array of references with tags.",
  },
  "docker.archive.Layers": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`Layers` is an array of the paths of the layers in the archive.",
  },
  "docker.archive.Parent": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`Parent`, where given, is the ID of an image.",
  },
  "docker.archive.Parent.present": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "The parent of an image is in the same `manifest.json`.",
  },
  "docker.archive.LayerSources": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`LayerSources`, which Docker writes beside what its text names, maps DiffIDs to descriptors.",
  },
  "docker.archive.repositories": {
    level: "MUST",
    judge: "document",
    section: "spec.md#combined-image-json--filesystem-changeset-format",
    text: "`repositories` is an object of objects, by repository and tag, of the names of layers.",
  },
} as const;
