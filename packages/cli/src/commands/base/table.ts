/**
 * The commands of `teu base`: images to build upon, made of Debian packages.
 * @module
 */
import type { Command, Option } from "../../command.ts";
import { CLIENT_OPTIONS } from "../../images/client-options.ts";

const BASE_OPTIONS: Readonly<Record<string, Option>> = {
  output: { type: "string", short: "o", value: "PLACE", about: "Where the image goes; teu's own store by default" },
  platform: {
    type: "string",
    multiple: true,
    value: "OS/ARCH",
    about: "Make it for this platform instead of this machine's; of several an index",
  },
  without: { type: "string", multiple: true, value: "PACKAGE", about: "Do without a package that others need" },
  complete: { type: "boolean", about: "Leave nothing out that packages need, not even what only their scripts use" },
  bare: { type: "boolean", about: "Take only the packages that are named, and what they need" },
  lock: { type: "string", value: "FILE", about: "Write the versions and hashes of all packages to this file" },
  locked: { type: "boolean", about: "Take exactly what the file of --lock has" },
  list: { type: "boolean", about: "Choose packages and list them, and make no image" },
  format: { type: "string", value: "text|json", about: "How to print the list of --list (default: text)" },
  source: {
    type: "string",
    multiple: true,
    value: "LINE",
    about: "A line of sources.list to use instead of what apt is configured with",
  },
  keyring: { type: "string", multiple: true, value: "FILE", about: "Keys of archives whose source names none" },
  docs: { type: "boolean", about: "Keep documentation, manual pages and translations" },
  "ignore-scripts-of": {
    type: "string",
    multiple: true,
    value: "PACKAGE",
    about: "Leave out the scripts of a package, whatever they do",
  },
  "accept-script": {
    type: "string",
    multiple: true,
    value: "DIGEST",
    about: "Leave out the script that an error named by this digest; the file of --lock remembers it",
  },
  layers: { type: "string", value: "N", about: "Share the packages out to so many layers at most; 4 by default" },
  compression: { type: "string", value: "gzip|zstd", about: "How layers are compressed (default: gzip)" },
  user: { type: "string", value: "USER", about: "Whom containers run as; nonroot, 65532, by default" },
  quiet: { type: "boolean", short: "q", about: "Show no progress" },
  ...CLIENT_OPTIONS,
};

const ABOUT = `Sources, keys, proxies and credentials are those of this machine's apt, unless --source names others. The signature of
every archive is verified, nothing is run, and the same packages give the same image. What is in it is written down as
SPDX, which goes along with the image. SOURCE_DATE_EPOCH sets its time.`;

/** Rows of the table of commands. */
export const BASE_COMMANDS: readonly Command[] = [
  {
    name: "base debian",
    summary: "Make a small base from Debian packages",
    operands: "[PACKAGE…]",
    count: [0, 1000],
    options: BASE_OPTIONS,
    about: `Packages may be NAME, NAME=VERSION or "NAME (>= VERSION)"; the C library, certificates, time zones and a few files that
programs expect come along unless --bare is given.
${ABOUT}`,
    load: async () => (await import("./base.ts")).baseDebian,
  },
  {
    name: "base node",
    summary: "Make the base of applications on Node.js",
    operands: "[VERSION]",
    count: [0, 1],
    options: {
      ...BASE_OPTIONS,
      package: { type: "string", multiple: true, value: "PACKAGE", about: "A further Debian package" },
    },
    about: `Node.js comes from the npm registry, and the rest from Debian. VERSION is such as 24 or 24.1.0.
${ABOUT}`,
    load: async () => (await import("./base.ts")).baseNode,
  },
];
