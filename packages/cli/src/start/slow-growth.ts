/**
 * Has V8's heap grow by a fifth at a time, so that a command keeps little more memory than it uses.
 *
 * On Node's command line the same option would make every start slower by a third: V8 takes compiled code only from a
 * process with the same options, so Node would compile its own modules anew.
 * @module
 */

import type * as nodeV8 from "node:v8";

/** Commands that end before have little to keep. */
const SHORT_MS = 200;

/** Sets in when a command takes longer. The answer takes it back, for code that others are to take. */
export function growSlowly(): () => void {
  let v8: Pick<typeof nodeV8, "setFlagsFromString"> | undefined;
  setTimeout(() => {
    v8 = process.getBuiltinModule("node:v8");
    v8.setFlagsFromString("--heap-growing-percent=20");
  }, SHORT_MS).unref();
  return () => v8?.setFlagsFromString("--heap-growing-percent=0");
}
