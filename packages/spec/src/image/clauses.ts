/**
 * Every MUST, SHOULD and MAY of image-spec, and what its security advisory adds.
 * @module
 */
import { type ClauseTable, type SpecText, clauseTable } from "../clause.ts";
import { ANNOTATION_CLAUSES } from "./clauses/annotations.ts";
import { DESCRIPTOR_CLAUSES } from "./clauses/descriptor.ts";
import { PLATFORM_CLAUSES } from "./clauses/platform.ts";
import { CONFIG_CLAUSES } from "./clauses/config.ts";
import { CONTENT_CLAUSES } from "./clauses/considerations.ts";
import { CONTAINER_CONFIG_CLAUSES } from "./clauses/container-config.ts";
import { CONVERSION_CLAUSES } from "./clauses/conversion.ts";
import { INDEX_CLAUSES } from "./clauses/index-document.ts";
import { LAYER_CLAUSES } from "./clauses/layer.ts";
import { LAYOUT_CLAUSES } from "./clauses/layout.ts";
import { MANIFEST_CLAUSES } from "./clauses/manifest.ts";

/** The text that the clauses were derived from. */
export const IMAGE_SPEC: SpecText = {
  name: "image-spec",
  version: "v1.1.1",
  base: "https://github.com/opencontainers/image-spec/blob/v1.1.1",
  draftBase: "https://github.com/opencontainers/image-spec/blob/13cff54902ec9ad6320cbc487a685b66fcd67171",
};

/** Where the project publishes its security advisories. */
const ADVISORIES: SpecText = {
  ...IMAGE_SPEC,
  base: "https://github.com/opencontainers/image-spec/security/advisories",
};

const ADVISORY_CLAUSES = {
  "image.confusion": {
    level: "MUST",
    judge: "document",
    section: "GHSA-77vh-xpmg-72qh",
    text: "No document can be taken for both a manifest and an index (CVE-2021-41190): it has not the fields of both.",
  },
} as const;

/** Id of a clause of image-spec. */
export type ImageClauseId =
  | keyof typeof DESCRIPTOR_CLAUSES
  | keyof typeof ANNOTATION_CLAUSES
  | keyof typeof PLATFORM_CLAUSES
  | keyof typeof LAYOUT_CLAUSES
  | keyof typeof INDEX_CLAUSES
  | keyof typeof MANIFEST_CLAUSES
  | keyof typeof CONFIG_CLAUSES
  | keyof typeof CONTAINER_CONFIG_CLAUSES
  | keyof typeof LAYER_CLAUSES
  | keyof typeof CONVERSION_CLAUSES
  | keyof typeof CONTENT_CLAUSES
  | keyof typeof ADVISORY_CLAUSES;

/** All clauses of image-spec. */
export const IMAGE_CLAUSES: ClauseTable<ImageClauseId> = {
  ...clauseTable(IMAGE_SPEC, {
    ...DESCRIPTOR_CLAUSES,
    ...ANNOTATION_CLAUSES,
    ...PLATFORM_CLAUSES,
    ...LAYOUT_CLAUSES,
    ...INDEX_CLAUSES,
    ...MANIFEST_CLAUSES,
    ...CONFIG_CLAUSES,
    ...CONTAINER_CONFIG_CLAUSES,
    ...LAYER_CLAUSES,
    ...CONVERSION_CLAUSES,
    ...CONTENT_CLAUSES,
  }),
  ...clauseTable(ADVISORIES, ADVISORY_CLAUSES),
};
