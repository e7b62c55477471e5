/**
 * The commands that talk to registries.
 * @module
 */
import type { Command, Option } from "../../command.ts";
import { CLIENT_OPTIONS, DECRYPTION_OPTIONS, ENCRYPTION_OPTIONS, MOVE_OPTIONS } from "../../images/client-options.ts";

const FORMAT: Option = { type: "string", value: "FORMAT", about: "json or text; text by default" };
const TYPE: Option = { type: "string", value: "TYPE", about: "Media type of the artifact" };
const ANNOTATION: Option = {
  type: "string",
  multiple: true,
  short: "a",
  value: "NAME=VALUE",
  about: "An annotation of the manifest",
};
const ANNOTATION_FILE: Option = {
  type: "string",
  value: "FILE",
  about: "A file of JSON with annotations by path, and those of the manifest under $manifest",
};
const PLATFORM: Option = {
  type: "string",
  multiple: true,
  value: "OS/ARCH",
  about: "Take of an index what this platform needs",
};
const TAG: Option = {
  type: "string",
  multiple: true,
  short: "t",
  value: "TAG",
  about: "A further tag that the image gets",
};
const REFERRERS: Option = { type: "boolean", about: "Take also what refers to the image, such as signatures" };

const PLACES = `An image is at docker://NAME, oci:FOLDER[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], dir:FOLDER
or store:NAME, which is teu's own store.`;

/** The commands, in the order in which help lists them. */
export const CLIENT_COMMANDS: readonly Command[] = [
  {
    name: "pull",
    summary: "Bring an image from a registry",
    operands: "IMAGE [PLACE]",
    count: [1, 2],
    options: {
      ...MOVE_OPTIONS,
      platform: PLATFORM,
      "all-platforms": { type: "boolean", about: "Take the whole index, not only what this machine runs" },
      referrers: REFERRERS,
      ...DECRYPTION_OPTIONS,
    },
    about: `${PLACES}
A bare IMAGE is at a registry; without PLACE it goes to the store.`,
    load: async () => (await import("./copy.ts")).pull,
  },
  {
    name: "push",
    summary: "Bring an image to a registry",
    operands: "IMAGE [PLACE]",
    count: [1, 2],
    options: {
      ...MOVE_OPTIONS,
      platform: PLATFORM,
      tag: TAG,
      referrers: REFERRERS,
      ...ENCRYPTION_OPTIONS,
      ...DECRYPTION_OPTIONS,
    },
    about: `${PLACES}
A bare IMAGE is in the store; without PLACE it goes to the registry in its name.`,
    load: async () => (await import("./copy.ts")).push,
  },
  {
    name: "copy",
    summary: "Copy an image from any place to any other",
    operands: "FROM TO",
    count: [2, 2],
    options: {
      ...MOVE_OPTIONS,
      platform: PLATFORM,
      tag: TAG,
      referrers: REFERRERS,
      ...ENCRYPTION_OPTIONS,
      ...DECRYPTION_OPTIONS,
    },
    about: PLACES,
    load: async () => (await import("./copy.ts")).copy,
  },
  {
    name: "sync",
    summary: "Bring whole repositories or registries up to date elsewhere",
    operands: "[SOURCE] [TARGET]",
    count: [0, 2],
    options: {
      ...MOVE_OPTIONS,
      file: {
        type: "string",
        short: "f",
        value: "FILE",
        about: "Read from a file of regsync's or skopeo's what goes where",
      },
      tag: {
        type: "string",
        multiple: true,
        value: "PATTERN",
        about: "Take tags that match, with * and ?; all by default",
      },
      "exclude-tag": { type: "string", multiple: true, value: "PATTERN", about: "Leave out tags that match" },
      platform: PLATFORM,
      referrers: REFERRERS,
      parallel: { type: "string", value: "N", about: "Copy so many images at a time; 2 by default" },
      "dry-run": { type: "boolean", short: "n", about: "Say what would be copied, and copy nothing" },
      format: FORMAT,
    },
    about: `SOURCE is HOST for a registry, HOST/PATTERN for those of its repositories that match, HOST/PATH for a repository, an
image, or oci:FOLDER for the images of a layout. TARGET is HOST or HOST/PATH, or oci:FOLDER, where images keep their full names. What is there
already is not copied again; an image that fails keeps none of the others from being copied.`,
    load: async () => (await import("./sync.ts")).sync,
  },
  {
    name: "tag",
    summary: "Give an image further names",
    operands: "IMAGE NAME…",
    count: [2, 64],
    options: CLIENT_OPTIONS,
    about: "A bare IMAGE is in the store. One at docker://NAME gets further tags in its repository.",
    load: async () => (await import("./tag.ts")).tag,
  },
  {
    name: "login",
    summary: "Keep the credentials for a registry",
    operands: "[REGISTRY]",
    count: [0, 1],
    options: {
      ...CLIENT_OPTIONS,
      username: { type: "string", short: "u", value: "NAME", about: "The user's name" },
      "password-stdin": { type: "boolean", about: "Read the password from standard input" },
      "token-stdin": { type: "boolean", about: "Read an identity token from standard input" },
    },
    about: "They are tried first, and kept by the credential helper that the configuration names, or in its file.",
    load: async () => (await import("./login.ts")).login,
  },
  {
    name: "logout",
    summary: "Forget the credentials for a registry",
    operands: "[REGISTRY]",
    count: [0, 1],
    options: {},
    load: async () => (await import("./login.ts")).logout,
  },
  {
    name: "repo ls",
    summary: "List the repositories of a registry",
    operands: "REGISTRY",
    count: [1, 1],
    options: { ...CLIENT_OPTIONS, format: FORMAT },
    load: async () => (await import("./repo.ts")).list,
  },
  {
    name: "repo tags",
    summary: "List the tags of a repository",
    operands: "NAME",
    count: [1, 1],
    options: { ...CLIENT_OPTIONS, format: FORMAT },
    load: async () => (await import("./repo.ts")).tags,
  },
  {
    name: "repo rm",
    summary: "Remove tags, or content by digest, from a repository",
    operands: "NAME:TAG|NAME@DIGEST…",
    count: [1, 64],
    options: CLIENT_OPTIONS,
    load: async () => (await import("./repo.ts")).remove,
  },
  {
    name: "referrers ls",
    summary: "List what refers to an image",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CLIENT_OPTIONS, type: TYPE, format: FORMAT },
    load: async () => (await import("./artifact.ts")).listAll,
  },
  {
    name: "referrers tree",
    summary: "Show what refers to an image, and what refers to that",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CLIENT_OPTIONS, format: FORMAT },
    load: async () => (await import("./artifact.ts")).tree,
  },
  {
    name: "referrers attach",
    summary: "Attach files and folders to an image",
    operands: "IMAGE PATH[:TYPE]…",
    count: [1, 64],
    options: { ...MOVE_OPTIONS, type: TYPE, annotation: ANNOTATION, "annotation-file": ANNOTATION_FILE },
    load: async () => (await import("./artifact.ts")).attach,
  },
  {
    name: "referrers get",
    summary: "Write the files that are attached to an image",
    operands: "IMAGE [FOLDER]",
    count: [1, 2],
    options: { ...MOVE_OPTIONS, type: TYPE },
    load: async () => (await import("./artifact.ts")).get,
  },
  {
    name: "manifest get",
    summary: "Print a manifest or index as it is",
    operands: "IMAGE",
    count: [1, 1],
    options: CLIENT_OPTIONS,
    load: async () => (await import("./manifest.ts")).getManifest,
  },
  {
    name: "manifest put",
    summary: "Push a manifest or index as it is",
    operands: "NAME[:TAG|@DIGEST] [FILE]",
    count: [1, 2],
    options: {
      ...CLIENT_OPTIONS,
      "media-type": { type: "string", value: "TYPE", about: "Its media type, if it does not say so itself" },
    },
    about: "Without FILE, or with -, it is read from standard input.",
    load: async () => (await import("./manifest.ts")).putManifest,
  },
  {
    name: "manifest head",
    summary: "Print what a name stands for: type, digest and size",
    operands: "IMAGE",
    count: [1, 1],
    options: CLIENT_OPTIONS,
    load: async () => (await import("./manifest.ts")).headManifest,
  },
  {
    name: "blob get",
    summary: "Print a blob as it is",
    operands: "NAME@DIGEST",
    count: [1, 1],
    options: MOVE_OPTIONS,
    load: async () => (await import("./manifest.ts")).getBlob,
  },
  {
    name: "blob put",
    summary: "Push a blob and print its descriptor",
    operands: "NAME [FILE]",
    count: [1, 2],
    options: {
      ...MOVE_OPTIONS,
      "media-type": { type: "string", value: "TYPE", about: "What the descriptor says it is" },
      algorithm: { type: "string", value: "NAME", about: "sha256 by default, or sha512" },
    },
    about: "Without FILE, or with -, it is read from standard input.",
    load: async () => (await import("./manifest.ts")).putBlob,
  },
  {
    name: "artifact push",
    summary: "Push files and folders as an artifact",
    operands: "NAME[:TAG] PATH[:TYPE]…",
    count: [1, 256],
    options: { ...MOVE_OPTIONS, type: TYPE, annotation: ANNOTATION, "annotation-file": ANNOTATION_FILE },
    about: `A folder becomes an archive that oras and teu artifact pull unpack again. The same files give the same archive: their
times are 1970, or what SOURCE_DATE_EPOCH says.`,
    load: async () => (await import("./artifact.ts")).pushArtifact,
  },
  {
    name: "artifact pull",
    summary: "Write the files of an artifact",
    operands: "NAME[:TAG] [FOLDER]",
    count: [1, 2],
    options: MOVE_OPTIONS,
    load: async () => (await import("./artifact.ts")).pullArtifact,
  },
];
