/**
 * Deleting tags, manifests and blobs.
 * @module
 */

/** Rows of `DISTRIBUTION_CLAUSES`, by id. */
export const MANAGEMENT_CLAUSES = {
  "distribution.delete.offer": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#content-management",
    text: "A registry may offer deletion, or have it disabled.",
  },
  "distribution.delete.tags.offer": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#content-management",
    text: "A registry may offer deletion of tags.",
  },
  "distribution.delete.manifests-only": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#content-management",
    text: "A registry may offer deletion by digest only.",
  },
  "distribution.delete.tag.status": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-tags",
    text: "DELETE of a tag answers 202.",
  },
  "distribution.delete.tag.disabled": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-tags",
    text: "A registry that does not delete tags answers 400 or 405.",
  },
  "distribution.delete.manifest.status": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-manifests",
    text: "DELETE of a manifest answers 202.",
  },
  "distribution.delete.manifest.repository": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-manifests",
    text: "DELETE of a manifest in a repository that does not exist answers 404.",
  },
  "distribution.delete.manifest.disabled": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-manifests",
    text: "A registry that does not delete manifests answers 400 or 405.",
  },
  "distribution.delete.manifest.subject": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#deleting-manifests",
    text: "A client that deletes an image manifest with `subject` takes it off the referrers tag where the referrers API is missing.",
  },
  "distribution.delete.manifest.subject.conditional": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#deleting-manifests",
    text: "A client may update a referrers tag by conditional requests when it deletes a manifest.",
  },
  "distribution.delete.manifest.referrers-tag": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#deleting-manifests",
    text: "A client that deletes a manifest may delete its referrers tag too if that is an image index.",
  },
  "distribution.delete.blob.status": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-blobs",
    text: "DELETE of a blob answers 202.",
  },
  "distribution.delete.blob.missing": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-blobs",
    text: "DELETE of a blob that is not in the repository answers 404.",
  },
  "distribution.delete.blob.disabled": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#deleting-blobs",
    text: "A registry that does not delete blobs answers 400 or 405.",
  },
} as const;
