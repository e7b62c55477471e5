/**
 * Removes what is not easily removed: in a user namespace where the files are root's, and folders without permissions.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { removeTree } from "@teu/layer/remove-tree";
import { type Engine, monitorPath } from "../engine.ts";
import { type IdRanges, subordinateIds } from "./subordinate-ids.ts";

/** Removes `path` and everything below it. */
export async function removeAll(engine: Engine, path: string): Promise<void> {
  if (engine.folders.rootless && !engine.folders.inside) {
    const { uids, gids } = subordinateIds(engine.env);
    spawnSync(monitorPath(), ["map", mapWords(uids), mapWords(gids), "/bin/rm", "-rf", "--", path], {
      stdio: "ignore",
    });
  }
  if (existsSync(path)) await removeTree(path);
}

/** Ranges as `teu-monitor map` takes them. */
export function mapWords(ranges: IdRanges): string {
  return ranges.map((range) => range.join(":")).join(",");
}
