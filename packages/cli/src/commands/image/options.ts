/**
 * Options that several commands share. Apart from what they lead to, so that help loads fast.
 * @module
 */
import type { Option } from "../../command.ts";

/** Options of commands that look at one image. */
export const IMAGE_OPTIONS: Readonly<Record<string, Option>> = {
  platform: {
    type: "string",
    value: "OS/ARCH[/VARIANT]",
    about: "Which image of an index, instead of the one for this machine",
  },
};

/** The option of commands that list. */
export const FORMAT_OPTION: Readonly<Record<string, Option>> = {
  format: { type: "string", value: "text|json", about: "How to print the result (default: text)" },
};
