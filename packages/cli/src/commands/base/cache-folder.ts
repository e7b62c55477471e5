/**
 * Where downloads and finished bases are kept.
 * @module
 */
import { homedir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../host.ts";

/** The folder, which may be removed at any time. */
export function baseCacheFolder({ env }: Host): string {
  const root = env["TEU_ROOT"];
  if (root !== undefined && root !== "") return join(root, "cache");
  if (process.geteuid?.() === 0) return "/var/cache/teu";
  return join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "teu");
}
