/**
 * Removes trees that layers made: with folders that even their owner may not enter, and names that are no text.
 * @module
 */
import { chmod, lstat, readdir, rm } from "node:fs/promises";

/** Removes `path` and everything below it. No symbolic link is followed. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await openFolders(Buffer.from(path));
    await rm(path, { recursive: true, force: true });
  }
}

/** Gives the owner all rights to a folder and those in it. */
async function openFolders(path: Buffer): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isDirectory() !== true) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path, { encoding: "buffer" })) {
    await openFolders(Buffer.concat([path, SLASH, name]));
  }
}

const SLASH = Buffer.from("/");
