/**
 * Options that several commands share. Apart from what they lead to, so that help loads fast.
 * @module
 */
import type { Option } from "../../command.ts";
import { CLIENT_OPTIONS } from "../../images/client-options.ts";

/** Options of commands that look at one image. */
export const IMAGE_OPTIONS: Readonly<Record<string, Option>> = {
  platform: {
    type: "string",
    value: "OS/ARCH[/VARIANT]",
    about: "Which image of an index, instead of the one for this machine",
  },
  quiet: { type: "boolean", short: "q", about: "Show no progress" },
  ...CLIENT_OPTIONS,
};

/** The option of commands that list. */
export const FORMAT_OPTION: Readonly<Record<string, Option>> = {
  format: { type: "string", value: "text|json", about: "How to print the result (default: text)" },
};
