/**
 * The program `teu-runtime`.
 * @module
 */
import { start } from "./program.ts";

start();
