/** Tells whether the sources of a clone are those that this program was made of. @module */
import { readFileSync } from "node:fs";
import { type StampRow, isAsStamped } from "../start/stamp.ts";
import { handOver } from "./hand-over.ts";

/** Hands over where a source has changed. The builder writes the list: `tools/native/front.ts`. */
export function checkClone(root: string): void {
  const changed = sourcesOf(root).find((row) => !isAsStamped(root, row));
  if (changed !== undefined) handOver(`sources that have changed, such as "${changed[0]}"`);
}

function sourcesOf(root: string): readonly StampRow[] {
  try {
    return JSON.parse(readFileSync(`${root}/.setup/native/teu-front.json`, "utf8")) as readonly StampRow[];
  } catch {
    return handOver("sources of which there is no list");
  }
}
