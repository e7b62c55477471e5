/**
 * What this program is and which specification it follows.
 * @module
 */

/** The version of the program. */
export const VERSION = "0.1.0";
/** The newest version of the runtime specification that is fully read. */
export const SPEC_VERSION = "1.3.0";

/** The answer of `--version`, in the form that callers take apart. */
export const VERSION_TEXT: string = `teu-runtime version ${VERSION}\nspec: ${SPEC_VERSION}\n`;
