#!/usr/bin/env node
/**
 * The `teu` command from its files, one by one.
 * @module
 */
import { main } from "./program.ts";

await main();
