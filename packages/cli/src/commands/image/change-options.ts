/**
 * Options of the commands that make an image from another. Apart from what they lead to, so that help loads fast.
 * @module
 */
import type { Option } from "../../command.ts";
import { IMAGE_OPTIONS } from "./options.ts";

/** Options of every such command. */
export const CHANGE_OPTIONS: Readonly<Record<string, Option>> = {
  ...IMAGE_OPTIONS,
  platform: {
    type: "string",
    value: "OS/ARCH[/VARIANT]",
    about: "Take this image of an index alone; without it all of them are changed",
  },
  output: { type: "string", short: "o", value: "PLACE", about: "Where the result goes (default: where IMAGE is)" },
};

/** Options of commands that write into the history. */
export const HISTORY_OPTIONS: Readonly<Record<string, Option>> = {
  created: {
    type: "string",
    value: "TIME",
    about: "When it was made: RFC 3339, or now (default: SOURCE_DATE_EPOCH, else what the image says)",
  },
  "created-by": { type: "string", value: "TEXT", about: "What the history says of the layer" },
};

/** The option of commands that write layers. */
export const COMPRESSION_OPTIONS: Readonly<Record<string, Option>> = {
  compression: { type: "string", value: "gzip|zstd|none", about: "How to compress the layer (default: gzip)" },
  level: { type: "string", value: "N", about: "How hard to compress: 1 to 9 for gzip, 1 to 22 for zstd" },
};

/** Where the result of a change may go. */
export const OUTPUTS = `A bare IMAGE is in the store. PLACE is docker://NAME, oci:DIR:TAG, oci-archive:FILE[:TAG], docker-archive:FILE[:NAME],
dir:DIR or a name in the store. The same change of the same image gives the same digest.`;
