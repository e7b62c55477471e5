/**
 * The command that audits images.
 * @module
 */
import type { Command } from "../../command.ts";
import { CLIENT_OPTIONS } from "../../images/client-options.ts";

/** The commands, in the order in which help lists them. */
export const AUDIT_COMMANDS: readonly Command[] = [
  {
    name: "audit",
    summary: "Tell what is in an image, and what is wrong with it",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...CLIENT_OPTIONS,
      platform: { type: "string", value: "OS/ARCH", about: "Audit the image for this platform" },
      quiet: { type: "boolean", short: "q", about: "Show no progress" },
      osv: { type: "string", value: "FOLDER", about: "Databases of OSV, as osv-scanner keeps them: ECOSYSTEM/all.zip" },
      vex: {
        type: "string",
        multiple: true,
        value: "FILE",
        about: "OpenVEX documents; what they take away does not count",
      },
      fail: {
        type: "string",
        value: "error|warning|note",
        about: "End with 1 for findings of this level; error by default",
      },
      format: { type: "string", value: "FORMAT", about: "spdx, cyclonedx, sarif or json; a summary without it" },
    },
    about: `Reads the package databases of dpkg, apk and rpm, the packages of npm and Python, the modules in Go's programs, and
Node.js itself; looks for set-id programs, secrets in any layer, and paths that anybody can write to. Nobody is asked over the
network: advisories come from --osv. With vulnerabilities that nothing takes away, or findings of the level of --fail, it ends
with 1.`,
    load: async () => (await import("./audit.ts")).audit,
  },
];
