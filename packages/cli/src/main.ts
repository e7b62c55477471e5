#!/usr/bin/env node
/**
 * The `teu` command.
 * @module
 */
import { COMMANDS } from "./commands.ts";
import { processHost } from "./host.ts";
import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), COMMANDS, processHost());
