/**
 * The commands that make images from others, and move them to archives and back.
 * @module
 */
import type { Command, Option } from "../../command.ts";
import { CLIENT_OPTIONS, DECRYPTION_OPTIONS, ENCRYPTION_OPTIONS } from "../../images/client-options.ts";
import { CHANGE_OPTIONS, COMPRESSION_OPTIONS, HISTORY_OPTIONS, OUTPUTS } from "./change-options.ts";
import { FORMAT_OPTION } from "./options.ts";

const QUIET: Option = { type: "boolean", short: "q", about: "Show no progress" };

const text = (value: string, about: string): Option => ({ type: "string", value, about });
const list = (value: string, about: string): Option => ({ type: "string", multiple: true, value, about });

/** Rows of the table of commands. */
export const CHANGE_COMMANDS: readonly Command[] = [
  {
    name: "image append",
    summary: "Put layers on top of an image",
    operands: "IMAGE LAYER…",
    count: [2, 128],
    options: { ...CHANGE_OPTIONS, ...COMPRESSION_OPTIONS, ...HISTORY_OPTIONS },
    about: `A LAYER is a tar archive, compressed or not, or a folder, whose files then belong to root. With scratch as IMAGE
there is nothing below.\n${OUTPUTS}`,
    load: async () => (await import("./append.ts")).imageAppend,
  },
  {
    name: "image rebase",
    summary: "Put an image on another base",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...CHANGE_OPTIONS,
      from: text("OLDBASE", "The base that it is built on (default: what its annotations name)"),
      to: text("NEWBASE", "The base that it is to be built on"),
      "base-name": text("NAME", "Name of the new base, for the annotation that tells"),
    },
    about: `The layers above the old base stay as they are, and so does how containers run.\n${OUTPUTS}`,
    load: async () => (await import("./rebase.ts")).imageRebase,
  },
  {
    name: "image squash",
    summary: "Make one layer of several that follow each other",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...CHANGE_OPTIONS,
      layers: text("A-B", "Which layers, counted from 1, the base; 2- is all but that (default: all)"),
      ...COMPRESSION_OPTIONS,
      ...HISTORY_OPTIONS,
    },
    about: OUTPUTS,
    load: async () => (await import("./squash.ts")).imageSquash,
  },
  {
    name: "image flatten",
    summary: "Make an image of one layer, without a history",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CHANGE_OPTIONS, ...COMPRESSION_OPTIONS, ...HISTORY_OPTIONS },
    about: OUTPUTS,
    load: async () => (await import("./squash.ts")).imageFlatten,
  },
  {
    name: "image edit",
    summary: "Change how containers of an image run, and other facts",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...CHANGE_OPTIONS,
      user: text("USER[:GROUP]", "Who runs the program; empty for root"),
      workdir: text("DIR", "Where the program starts; empty for /"),
      entrypoint: text("WORD|JSON", "The program: one word, a JSON list, or empty for none"),
      cmd: text("WORD|JSON", "Its arguments, likewise"),
      "stop-signal": text("SIGNAL", "What asks the program to end"),
      env: list("NAME=VALUE", "Set a variable; may be repeated"),
      "env-rm": list("NAME", "Take a variable away"),
      label: list("NAME=VALUE", "Set a label; may be repeated"),
      "label-rm": list("NAME", "Take a label away"),
      port: list("PORT[/udp]", "A port that is listened on; may be repeated"),
      "port-rm": list("PORT[/udp]", "Take a port away"),
      volume: list("PATH", "A path whose data outlives containers; may be repeated"),
      "volume-rm": list("PATH", "Take a volume away"),
      author: text("TEXT", "Who made it"),
      created: text("TIME", "When it was made: RFC 3339, or now (default: SOURCE_DATE_EPOCH, else as it is)"),
      "set-platform": text("OS/ARCH[/VARIANT]", "What it runs on"),
      "rm-layer": list("N|DIGEST", "Take a layer out, by its number from 1, the base; may be repeated"),
    },
    about: OUTPUTS,
    load: async () => (await import("./edit.ts")).imageEdit,
  },
  {
    name: "image annotate",
    summary: "Set annotations of a manifest or index",
    operands: "IMAGE NAME=VALUE…",
    count: [1, 128],
    options: { ...CHANGE_OPTIONS, rm: list("NAME", "Take an annotation away") },
    about: `Of an index its own annotations, unless --platform names an image in it, which then is the result.\n${OUTPUTS}`,
    load: async () => (await import("./annotate.ts")).imageAnnotate,
  },
  {
    name: "image convert",
    summary: "Change media types, compression, times and owners",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...CHANGE_OPTIONS,
      type: text("oci|docker", "Whose media types"),
      compression: text("NAME", "Of the layers: gzip, zstd, none, zstd:chunked or estargz"),
      level: text("N", "How hard to compress: 1 to 9 for gzip, 1 to 22 for zstd"),
      normalise: { type: "boolean", about: "Even out times, and how archives are written" },
      created: text("TIME", "The latest time, for --normalise (default: SOURCE_DATE_EPOCH, else 1970)"),
      owner: text("UID:GID", "The owner of all files, for --normalise (default: as they are)"),
    },
    about: OUTPUTS,
    load: async () => (await import("./convert.ts")).imageConvert,
  },
  {
    name: "image encrypt",
    summary: "Encrypt the layers of an image, as OCIcrypt has it",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CHANGE_OPTIONS, ...ENCRYPTION_OPTIONS, ...DECRYPTION_OPTIONS },
    about: `The config stays readable. A --decryption-key adds readers to layers that are encrypted already.\n${OUTPUTS}`,
    load: async () => (await import("./crypt.ts")).imageEncrypt,
  },
  {
    name: "image decrypt",
    summary: "Decrypt the layers of an image",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CHANGE_OPTIONS, ...DECRYPTION_OPTIONS },
    about: OUTPUTS,
    load: async () => (await import("./crypt.ts")).imageDecrypt,
  },
  {
    name: "image index create",
    summary: "Make an index of images",
    operands: "TARGET IMAGE…",
    count: [1, 128],
    options: { quiet: QUIET, ...CLIENT_OPTIONS, annotation: list("NAME=VALUE", "An annotation of the index") },
    about: "Each image comes with its platform. Of an IMAGE that is an index its entries are taken.",
    load: async () => (await import("./index-edit.ts")).indexCreate,
  },
  {
    name: "image index add",
    summary: "Add images to an index",
    operands: "INDEX IMAGE…",
    count: [2, 128],
    options: {
      quiet: QUIET,
      ...CLIENT_OPTIONS,
      output: text("PLACE", "Where the result goes (default: where INDEX is)"),
    },
    load: async () => (await import("./index-edit.ts")).indexAdd,
  },
  {
    name: "image index rm",
    summary: "Take images out of an index, by digest or platform",
    operands: "INDEX DIGEST|OS/ARCH…",
    count: [2, 128],
    options: {
      quiet: QUIET,
      ...CLIENT_OPTIONS,
      output: text("PLACE", "Where the result goes (default: where INDEX is)"),
    },
    load: async () => (await import("./index-edit.ts")).indexRemove,
  },
  {
    name: "image gc",
    summary: "Remove what no name of a layout leads to",
    operands: "[PLACE]",
    count: [0, 1],
    options: {
      ...FORMAT_OPTION,
      "dry-run": { type: "boolean", about: "Say what would be removed, and remove nothing" },
      grace: text("SECONDS", "Keep what is younger (default: 3600)"),
    },
    about: "PLACE is oci:DIR; without it, teu's own store.",
    load: async () => (await import("./gc.ts")).imageGc,
  },
  {
    name: "save",
    summary: "Write images to an archive",
    operands: "IMAGE…",
    count: [1, 128],
    options: {
      output: { type: "string", short: "o", value: "FILE", about: "Where to; - or none for standard output" },
      format: text("docker|oci", "What kind of archive (default: docker, which is a layout as well)"),
      platform: text("OS/ARCH[/VARIANT]", "Take of an index the image of this platform alone"),
      quiet: QUIET,
      ...CLIENT_OPTIONS,
    },
    about: "A bare IMAGE is in the store.",
    load: async () => (await import("./save.ts")).save,
  },
  {
    name: "load",
    summary: "Bring the images of an archive into the store",
    operands: "",
    count: [0, 0],
    options: {
      input: { type: "string", short: "i", value: "FILE", about: "Where from; - or none for standard input" },
      quiet: QUIET,
    },
    about: "Reads what docker save and podman save write, of every age, and archives of OCI; compressed ones too.",
    load: async () => (await import("./save.ts")).load,
  },
];
