/**
 * Options that several commands share. Apart from what they lead to, so that help loads fast.
 * @module
 */
import type { Option } from "../../command.ts";

/** Options that all these commands have. */
export const PLACE_OPTIONS: Readonly<Record<string, Option>> = {
  config: { type: "string", short: "c", value: "FILE", about: "The configuration, in YAML" },
  root: { type: "string", value: "DIR", about: "Folder of the data; in place of the one in the configuration" },
};
