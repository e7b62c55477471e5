/**
 * The commands that judge what others made by the specifications.
 * @module
 */
import type { Command } from "../../command.ts";

/** In the order in which help lists them. */
export const CERTIFY_COMMANDS: readonly Command[] = [
  {
    name: "certify registry",
    summary: "Judge a registry by the distribution specification, clause by clause",
    operands: "ADDRESS",
    count: [1, 1],
    options: {
      repository: { type: "string", value: "NAME", about: "Push below this name; teu-certify by default" },
      username: { type: "string", short: "u", value: "NAME", about: "Who may push there" },
      "password-stdin": { type: "boolean", about: "Read the password from standard input" },
      format: { type: "string", value: "FORMAT", about: "text, json, junit, html or results-yaml; text by default" },
      all: { type: "boolean", short: "a", about: "As text, list every clause; otherwise those that are broken" },
      released: { type: "boolean", about: "Leave out what is merged into the specification and in no release yet" },
      quiet: { type: "boolean", short: "q", about: "Show no progress" },
    },
    about: `ADDRESS is such as https://registry.example or http://127.0.0.1:5000. Content is pushed to repositories of their
own and partly deleted again. Exits with 1 if a MUST of a release is broken.`,
    load: async () => (await import("./registry.ts")).certifyRegistryCommand,
  },
];
