/**
 * The command that makes images of applications.
 * @module
 */
import type { Command } from "../../command.ts";
import { CLIENT_OPTIONS } from "../../images/client-options.ts";

/** Rows of the table of commands. */
export const BUILD_COMMANDS: readonly Command[] = [
  {
    name: "build",
    summary: "Make an image of an application, without a Dockerfile",
    operands: "[DIR]",
    count: [0, 1],
    options: {
      plan: { type: "boolean", about: "Print how the image would be made, and make nothing" },
      tag: { type: "string", short: "t", value: "NAME", about: "Name of the image in teu's own store" },
      output: {
        type: "string",
        short: "o",
        value: "PLACE",
        about: "Where the image goes instead, such as oci:DIR:TAG",
      },
      base: { type: "string", value: "IMAGE", about: "Build on this image; it is never unpacked" },
      platform: {
        type: "string",
        multiple: true,
        value: "OS/ARCH",
        about: "Platform of the image; may be repeated, which makes an index (default: this machine's)",
      },
      app: { type: "string", value: "FOLDER", about: "The application within a workspace" },
      build: { type: "string", value: "MODE", about: "script, bundle, strip or none, instead of what is found out" },
      start: { type: "string", value: "COMMAND", about: "How the application is started" },
      "install-scripts": {
        type: "string",
        multiple: true,
        value: "PACKAGE",
        about: "Run its install scripts; * for all",
      },
      compression: { type: "string", value: "gzip|zstd|none", about: "How to compress layers (default: gzip)" },
      libc: { type: "string", value: "glibc|musl", about: "The C library of the base (default: glibc)" },
      "no-attestations": { type: "boolean", about: "Attach no bill of materials and no provenance, as in archives" },
      format: { type: "string", value: "FORMAT", about: "json, or lines without it" },
      quiet: { type: "boolean", short: "q", about: "Show no progress" },
      ...CLIENT_OPTIONS,
    },
    about: `DIR holds an application for Node.js (JavaScript or TypeScript; locked by npm, pnpm or yarn), in Python or Go, a static
site, or any program with a Procfile. teu.build.json in it says what is to be different,
and teu.base.lock.json, made by teu base node --lock, which packages the default base is of. Packages come from the
registries of the user's own npm configuration, and are held against the lockfile. Two things are run: the project's own
script "build", here; and the install scripts of packages that --install-scripts or teu.build.json names, in a container
of the base. Other install scripts are left out. The same files give the same image everywhere; SOURCE_DATE_EPOCH sets its
time.`,
    load: async () => (await import("./build.ts")).build,
  },
];
