#!/usr/bin/env node
/**
 * The program that containerd runs for each image: `teu policy verify-image` under a name of its own, as containerd gives its
 * verifiers no word to say what they are to do.
 * @module
 */
import { POLICY_COMMANDS } from "./commands/policy/table.ts";
import { processHost } from "./host.ts";
import { run } from "./run.ts";

process.exitCode = await run(["policy", "verify-image", ...process.argv.slice(2)], POLICY_COMMANDS, processHost());
