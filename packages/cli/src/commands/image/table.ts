/**
 * The commands of `teu image` that look into images, unpack them and pack them again.
 * @module
 */
import type { Command } from "../../command.ts";
import { CHANGE_COMMANDS } from "./change-table.ts";
import { FORMAT_OPTION, IMAGE_OPTIONS } from "./options.ts";
import { DECRYPTION_OPTIONS } from "../../images/client-options.ts";

const PLACES = `IMAGE is a name in the store, or a place and a name: docker://NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG],
docker-archive:FILE[:NAME] or dir:DIR. Without a name it is the only image there.`;

/** Rows of the table of commands. */
export const IMAGE_COMMANDS: readonly Command[] = [
  {
    name: "image ls",
    summary: "List the images at a place",
    operands: "[PLACE]",
    count: [0, 1],
    options: FORMAT_OPTION,
    about: "PLACE is oci:DIR, oci-archive:FILE, docker-archive:FILE or dir:DIR; without it, teu's own store.",
    load: async () => (await import("./ls.ts")).imageLs,
  },
  {
    name: "image inspect",
    summary: "Tell what an image is, as JSON",
    operands: "IMAGE",
    count: [1, 1],
    options: IMAGE_OPTIONS,
    about: PLACES,
    load: async () => (await import("./inspect.ts")).imageInspect,
  },
  {
    name: "image config",
    summary: "Print the configuration of an image, byte for byte",
    operands: "IMAGE",
    count: [1, 1],
    options: IMAGE_OPTIONS,
    about: PLACES,
    load: async () => (await import("./documents.ts")).imageConfig,
  },
  {
    name: "image history",
    summary: "List the steps in which an image was made",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...IMAGE_OPTIONS, ...FORMAT_OPTION },
    about: PLACES,
    load: async () => (await import("./history.ts")).imageHistory,
  },
  {
    name: "image manifest",
    summary: "Print a manifest or index, byte for byte",
    operands: "IMAGE",
    count: [1, 1],
    options: IMAGE_OPTIONS,
    about: `${PLACES}\nOf an index --platform chooses the manifest; without it the index itself is printed.`,
    load: async () => (await import("./documents.ts")).imageManifest,
  },
  {
    name: "image validate",
    summary: "Hold an image against every clause of the specification",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...IMAGE_OPTIONS,
      format: { type: "string", value: "text|json|junit|sarif", about: "How to print the result (default: text)" },
    },
    about: `${PLACES}
Of oci:DIR without a name the whole layout is validated; of an index all of it, unless --platform chooses one image.
Exit code 1: something that must be right is wrong.`,
    load: async () => (await import("./validate.ts")).imageValidate,
  },
  {
    name: "image unpack",
    summary: "Unpack an image into a new directory or bundle",
    operands: "IMAGE DIR",
    count: [2, 2],
    options: {
      ...IMAGE_OPTIONS,
      bundle: { type: "boolean", about: "Make a bundle that a runtime can run, and that can be packed again" },
      rootless: { type: "boolean", about: "Leave out what needs root: owners, devices, set-id bits" },
      "record-owners": { type: "boolean", about: "Note owners in the attribute user.rootlesscontainers" },
      "uid-map": {
        type: "string",
        multiple: true,
        value: "CONTAINER:HOST:SIZE",
        about: "Map user ids; may be repeated",
      },
      "gid-map": {
        type: "string",
        multiple: true,
        value: "CONTAINER:HOST:SIZE",
        about: "Map group ids; may be repeated",
      },
      ...DECRYPTION_OPTIONS,
    },
    about: `${PLACES}\nDIR must not exist. It appears when all of it has been verified, or not at all.`,
    load: async () => (await import("./unpack.ts")).imageUnpack,
  },
  {
    name: "image repack",
    summary: "Make a layer of what has changed in a bundle",
    operands: "IMAGE BUNDLE [TARGET]",
    count: [2, 3],
    options: {
      ...IMAGE_OPTIONS,
      compression: { type: "string", value: "gzip|zstd|none", about: "How to compress the layer (default: gzip)" },
      "created-by": { type: "string", value: "TEXT", about: "What the history says of the layer" },
    },
    about: `BUNDLE was made by teu image unpack --bundle from IMAGE. TARGET is any place that images can be
written to, by default IMAGE itself.
Nothing changed makes no layer. SOURCE_DATE_EPOCH sets the time in the history.`,
    load: async () => (await import("./repack.ts")).imageRepack,
  },
  {
    name: "image diff",
    summary: "Show what differs between two images: configuration, layers, files",
    operands: "IMAGE IMAGE",
    count: [2, 2],
    options: { ...IMAGE_OPTIONS, ...FORMAT_OPTION },
    about: `${PLACES}\nExit code 1: they differ.`,
    load: async () => (await import("./diff.ts")).imageDiff,
  },
  {
    name: "image files",
    summary: "List the files that an image has",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...IMAGE_OPTIONS, ...FORMAT_OPTION },
    about: `${PLACES}\nAs JSON, one object a line.`,
    load: async () => (await import("./files.ts")).imageFiles,
  },
  {
    name: "image cat",
    summary: "Print one file of an image",
    operands: "IMAGE PATH",
    count: [2, 2],
    options: IMAGE_OPTIONS,
    about: PLACES,
    load: async () => (await import("./files.ts")).imageCat,
  },
  ...CHANGE_COMMANDS,
];
