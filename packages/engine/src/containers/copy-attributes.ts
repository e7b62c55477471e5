/**
 * Owners and permissions of a tree for its copy, which Node's own copying leaves out.
 * @module
 */
import { chmod, lchown, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Gives `to` and all below it the owners and permissions that `from` has. What only one of them has is passed over. */
export async function copyAttributes(from: string, to: string): Promise<void> {
  const stat = await lstat(from);
  await lchown(to, stat.uid, stat.gid);
  if (!stat.isSymbolicLink()) await chmod(to, stat.mode & 0o7777);
  if (!stat.isDirectory()) return;
  for (const name of await readdir(from)) {
    const target = join(to, name);
    if ((await lstat(target).catch(() => undefined)) !== undefined) await copyAttributes(join(from, name), target);
  }
}
