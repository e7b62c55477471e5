/**
 * The table of commands. Help, completions and manual pages are made from it.
 * @module
 */
import type { Command } from "./command.ts";
import { BASE_COMMANDS } from "./commands/base/table.ts";
import { BUILD_COMMANDS } from "./commands/build/table.ts";
import { CERTIFY_COMMANDS } from "./commands/certify/table.ts";
import { CLIENT_COMMANDS } from "./commands/client/table.ts";
import { ENGINE_COMMANDS } from "./commands/engine/table.ts";
import { IMAGE_COMMANDS } from "./commands/image/table.ts";
import { REGISTRY_COMMANDS } from "./commands/registry/table.ts";
import { TRUST_COMMANDS } from "./commands/trust/table.ts";

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  {
    name: "quickstart",
    summary: "Show what teu does, from end to end",
    operands: "[LAYOUT]",
    count: [0, 1],
    options: {},
    about: `Verifies an OCI image layout: every document against the specification, every blob against its digest and
size, every layer against the DiffID that the configuration gives for it. Without LAYOUT it makes a small
layout of its own in a temporary folder first, from teu's own source files.`,
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
];
