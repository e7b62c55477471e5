/** Tells whether the sources of a clone are those that this program was made of, by size and time. @module */
import type { StampRow } from "../start/stamp.ts";
import { handOver } from "./hand-over.ts";
import type { Facts } from "./node/facts.ts";
import { factsOf, readContent } from "./node/files.ts";

/** Hands over where a source has changed. The builder writes the list: `tools/native/front.ts`. */
export function checkClone(root: string): void {
  for (const [path, size, timeMs] of sourcesOf(root)) {
    const place = { path: `${root}/${path}`, follows: true };
    const facts: Facts | undefined = factsOf(place, { throwIfNoEntry: false });
    if (facts?.size !== size || facts.mtimeMs !== timeMs) handOver(`sources that have changed, such as "${path}"`);
  }
}

function sourcesOf(root: string): readonly StampRow[] {
  try {
    return JSON.parse(String(readContent(`${root}/.setup/native/teu-front.json`, "utf8"))) as readonly StampRow[];
  } catch {
    return handOver("sources of which there is no list");
  }
}
