/**
 * Folders for the length of a test.
 * @module
 */
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Makes a new empty folder that goes away with its scope:
 *
 *     await using dir = await tempDir();
 *     await dir.write("a/b.txt", "text");
 */
export async function tempDir(): Promise<TempDir> {
  return new TempDir(await mkdtemp(join(tmpdir(), "teu-test-")));
}

/** A folder that is removed, with all that is in it, when disposed of. */
export class TempDir {
  /** Absolute path of the folder. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The path of something inside the folder. */
  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes a file inside the folder, makes the folders on its way, and returns its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.join(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await rm(this.path, { recursive: true, force: true });
    } catch {
      await openFolders(this.path);
      await rm(this.path, { recursive: true, force: true });
    }
  }
}

/** Gives the owner all rights to the folder and those inside, without which a user other than root cannot empty them. */
async function openFolders(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await openFolders(join(path, name));
}
