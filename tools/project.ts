/** Where the project stands. */
import { dirname } from "node:path";

/** The folder of the clone. */
export const projectRoot: string = dirname(import.meta.dirname);
