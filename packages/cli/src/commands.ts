/**
 * The table of commands. Help, completions and manual pages are made from it.
 * @module
 */
import type { Command } from "./command.ts";
import { AUDIT_COMMANDS } from "./commands/audit/table.ts";
import { BASE_COMMANDS } from "./commands/base/table.ts";
import { BUILD_COMMANDS } from "./commands/build/table.ts";
import { CERTIFY_COMMANDS } from "./commands/certify/table.ts";
import { CLIENT_COMMANDS } from "./commands/client/table.ts";
import { ENGINE_COMMANDS } from "./commands/engine/table.ts";
import { IMAGE_COMMANDS } from "./commands/image/table.ts";
import { POLICY_COMMANDS } from "./commands/policy/table.ts";
import { REGISTRY_COMMANDS } from "./commands/registry/table.ts";
import { TRUST_COMMANDS } from "./commands/trust/table.ts";

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  {
    name: "quickstart",
    summary: "Show what teu does, from end to end",
    operands: "[FOLDER]",
    count: [0, 1],
    options: {},
    about: `Takes the application in FOLDER, or a small web service that comes with teu, all the way: it is built into an image,
validated, pushed to a registry, signed, verified, pulled, and run until it answers a request. Nothing else is needed: no
daemon, no Docker, no Docker Hub. Each step is shown as the command that it is. Given an image layout, it is inspected and
validated instead.`,
    load: async () => (await import("./commands/quickstart.ts")).quickstart,
  },
  ...BASE_COMMANDS,
  ...BUILD_COMMANDS,
  ...CERTIFY_COMMANDS,
  ...CLIENT_COMMANDS,
  ...ENGINE_COMMANDS,
  ...IMAGE_COMMANDS,
  ...REGISTRY_COMMANDS,
  ...TRUST_COMMANDS,
  ...POLICY_COMMANDS,
  ...AUDIT_COMMANDS,
];
