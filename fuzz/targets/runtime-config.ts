/** The configuration of a container, taken for each platform in turn. */
import { type ConfigOptions, checkConfig, parseConfig } from "@teu/spec/runtime/config";
import { runtimeSeeds, checkDocument } from "../runtime-document.ts";
import type { FuzzTarget } from "../target.ts";

const PLATFORMS: readonly ConfigOptions[] = [{}, { platform: "windows" }, { platform: "linux" }, { platform: "zos" }];

export const target: FuzzTarget = {
  name: "runtime-config",
  seeds: () => runtimeSeeds("full/{linux,windows,hyperv,solaris,freebsd}.json", "upstream/config/**/*.json"),
  run(input) {
    for (const options of PLATFORMS) {
      checkDocument(
        input,
        (bytes) => parseConfig(bytes, options),
        (json) => checkConfig(json, options),
      );
    }
  },
};
