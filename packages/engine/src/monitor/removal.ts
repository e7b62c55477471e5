/**
 * Removes a container that is to go when it has ended. It is gone for all who look for it at once, in the way that
 * `containers/drafts.ts` has it; its files go afterwards, when nobody waits any more. What a crash leaves of them is removed
 * by whoever cleans up after processes that were killed.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { CWD, O_DIRECTORY, O_PATH, open, readLinkAt, rename, replaceFile, unlinkAt } from "@teu/kernel/files";
import { ownPid } from "@teu/kernel/processes";
import {
  STAT_BYTES,
  STAT_MODE,
  entryNames,
  openFolder,
  removeFile,
  removeFolder,
  statInto,
  statNumber,
} from "@teu/kernel/trees";
import { startOf } from "./records.ts";
import { tryUnmount } from "./root.ts";
import type { RemovalSettings, Settings } from "./settings.ts";

/** Deeper folders are left to others: each level takes a descriptor. */
const MAX_DEPTH = 200;
const LIST_BYTES = 32 * 1024;
const TYPE_BITS = 0o170000;
const FOLDER_BITS = 0o040000;
const RECORD_MODE = 0o600;

/** What was taken away, and has to be removed yet. */
export class Taken {
  readonly folders: readonly string[];
  readonly mountPoint: string;

  constructor(folders: readonly string[], mountPoint: string) {
    this.folders = folders;
    this.mountPoint = mountPoint;
  }
}

/** Takes a container away from all who look for it; nothing where somebody else has done so. */
export function takeAway({ name, containers, names, run }: RemovalSettings, settings: Settings): Taken | undefined {
  const pid = ownPid();
  const start = startOf(pid);
  const home = `${containers}/${settings.id}`;
  const place = `${containers}/.${pid}-${start}-${settings.id}`;
  try {
    const draft = JSON.stringify({ pid, start, name, volumes: [] });
    replaceFile(CWD, `${home}/draft.json`, draft, RECORD_MODE);
    rename(home, place);
    if (readLinkAt(CWD, `${names}/${name}`) === settings.id) unlinkAt(CWD, `${names}/${name}`);
    const isMounted = settings.mountPoint.startsWith(home);
    return new Taken([run, place], isMounted ? `${place}${settings.mountPoint.slice(home.length)}` : "");
  } catch {
    return undefined;
  }
}

/** Removes what was taken away, as far as that goes. */
export function removeTaken({ folders, mountPoint }: Taken): void {
  if (mountPoint !== "") tryUnmount(mountPoint);
  for (const path of folders) {
    try {
      const slash = path.lastIndexOf("/");
      const parent = open(path.slice(0, slash + 1), O_PATH | O_DIRECTORY);
      removeBelow(parent, bytesOf(path.slice(slash + 1)), 0);
      close(parent);
    } catch {
      // Whoever cleans up next sees to the rest.
    }
  }
}

function removeBelow(parent: number, name: Uint8Array, depth: number): void {
  if (depth === MAX_DEPTH) throw new Error("Removing a folder: it is too deep");
  const folder = openFolder(parent, name);
  const stat = new Uint8Array(STAT_BYTES);
  for (const entry of entryNames(folder, new Uint8Array(LIST_BYTES))) {
    if (!statInto({ dir: folder, name: entry }, stat)) continue;
    if ((statNumber(stat, STAT_MODE) & TYPE_BITS) === FOLDER_BITS) removeBelow(folder, entry, depth + 1);
    else removeFile(folder, entry);
  }
  close(folder);
  removeFolder(parent, name);
}

// The paths are the engine's own, of which the last part is ASCII.
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
