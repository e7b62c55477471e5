/** The reader of Docker's image manifests, schema 1: every layer of what it accepts can be listed. */
import { checkSchema1, parseSchema1, schema1Layers } from "@teu/spec/docker/schema1";
import { accepted, documentTarget } from "../documents.ts";
import { SCHEMA1 } from "../image-seeds.ts";
import type { FuzzTarget } from "../target.ts";

const documents = documentTarget({
  name: "image-docker-schema1",
  parse: parseSchema1,
  check: checkSchema1,
  documents: SCHEMA1,
});

export const target: FuzzTarget = {
  ...documents,
  run(input) {
    const document = accepted(() => parseSchema1(input));
    if (document !== undefined) schema1Layers(document.value);
    return documents.run(input);
  },
};
