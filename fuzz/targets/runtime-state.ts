/** The state of a container, alone and as a seccomp agent gets it. */
import { checkSeccompState, parseSeccompState } from "@teu/spec/runtime/seccomp-state";
import { checkState, parseState } from "@teu/spec/runtime/state";
import { checkDocument, runtimeSeeds } from "../runtime-document.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "runtime-state",
  seeds: () => runtimeSeeds("full/{state,seccomp-state}.json", "upstream/state/**/*.json"),
  run(input) {
    checkDocument(input, parseState, checkState);
    checkDocument(input, parseSeccompState, checkSeccompState);
  },
};
