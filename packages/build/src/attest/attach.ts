/**
 * Documents about an image, as artifacts that refer to it.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage}
 * @module
 */
import { type Graph, nameBytes } from "@teu/content/overlay";
import { packArtifact } from "@teu/content/pack";
import { writeObject } from "@teu/content/mutate/document";
import type { Descriptor } from "@teu/spec/descriptor";
import { SPDX_TYPE } from "./spdx-package.ts";

const IN_TOTO = "application/vnd.in-toto+json";

/** A bill of materials as an artifact about `subject`. */
export function sbomArtifact(document: object, subject: Descriptor): Graph {
  const content = nameBytes(writeObject(document), { mediaType: SPDX_TYPE });
  return packArtifact({ artifactType: SPDX_TYPE, contents: [content], subject });
}

/** A statement as an artifact about `subject`. */
export function statementArtifact(statement: object, subject: Descriptor): Graph {
  const annotations = { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" };
  const content = nameBytes(writeObject(statement), { mediaType: IN_TOTO, annotations });
  return packArtifact({ artifactType: IN_TOTO, contents: [content], subject, annotations });
}
