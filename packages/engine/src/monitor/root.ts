/**
 * The root file system of a container, mounted where only the monitor and what it starts see it: it is gone with them, and
 * nothing of it has to be cleaned up.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { errnoText } from "@teu/kernel/errno";
import { O_DIRECTORY, O_PATH, open } from "@teu/kernel/files";
import {
  MNT_DETACH,
  MS_REC,
  MS_SLAVE,
  attach,
  changeFolder,
  setPropagation,
  tryMount,
  tryNewFileSystem,
  unmount,
} from "@teu/kernel/mounts";
import { CLONE_NEWNS, unshare } from "@teu/kernel/namespaces";
import { wait } from "@teu/kernel/processes";
import { launch, openNull } from "./launch.ts";
import type { Settings } from "./settings.ts";

/** Leaves the host's mounts for a copy of them, and mounts the root there. @throws Error */
export function mountRoot(settings: Settings): void {
  if (settings.mountPoint === "") return;
  unshare(CLONE_NEWNS);
  setPropagation("/", MS_REC | MS_SLAVE);
  if (settings.mountProgram.length > 0) return runMountProgram(settings.mountProgram);
  // Lower layers are named from their folder, since all options together must fit into one page on older kernels.
  changeFolder(settings.overlayFolder);
  const lower = settings.overlay.filter((option) => option.startsWith("lowerdir+=")).map((option) => option.slice(10));
  const others = settings.overlay.filter((option) => !option.startsWith("lowerdir+="));
  const result = mountOverlay([...others, ...lower.map((path) => `lowerdir+=${path}`)], settings.mountPoint);
  if (result < 0) mountOld([`lowerdir=${lower.join(":")}`, ...others], settings.mountPoint);
}

function mountOverlay(options: readonly string[], target: string): number {
  const tree = tryNewFileSystem("overlay", options, 0);
  if (tree < 0) return tree;
  const place = open(target, O_PATH | O_DIRECTORY);
  attach(tree, place, target);
  close(place);
  close(tree);
  return 0;
}

function mountOld(options: readonly string[], target: string): void {
  const result = tryMount({ source: "overlay", target, type: "overlay", flags: 0, data: options.join(",") });
  if (result < 0) throw new Error(`mount the overlay at ${target}: ${errnoText(-result)}`);
}

function runMountProgram(words: readonly string[]): void {
  const none = openNull();
  const status = wait(launch(words, { input: none, output: none, error: 2 }));
  close(none);
  if (status !== 0) throw new Error(`${words[0] ?? ""} ended with ${status}`);
}

/** Takes away what is mounted at a path, if anything is. */
export function tryUnmount(path: string): void {
  try {
    unmount(path, MNT_DETACH);
  } catch {
    // Nothing is over it.
  }
}
