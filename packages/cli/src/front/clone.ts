/** Tells whether the sources of a clone are those that this program was made of, by size and time. @module */
import type { StampRow } from "../start/stamp.ts";
import { handOver } from "./hand-over.ts";
import { factsOf, readContent } from "./node/files.ts";

/** Hands over where a source has changed. The builder writes the list: `tools/native/front.ts`. */
export function checkClone(root: string): void {
  const rows = JSON.parse(readContent(`${root}/.setup/native/teu-front.json`, "utf8") as string) as readonly StampRow[];
  for (const [path, size, timeMs] of rows) {
    const facts = factsOf({ path: `${root}/${path}`, follows: true }, { throwIfNoEntry: false }) as
      | ReturnType<typeof factsOf>
      | undefined;
    if (facts?.size !== size || facts.mtimeMs !== timeMs) handOver(`sources that have changed, such as "${path}"`);
  }
}
