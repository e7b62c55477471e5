/**
 * The program `teu-runtime`.
 * @module
 */
import { STDOUT, writeText } from "@teu/kernel/descriptors";
import { exitNow } from "@teu/kernel/processes";

writeText(STDOUT, "teu-runtime version 0.1.0\n", "standard output");
exitNow(0);
