/**
 * The terminal of a process in a container: made in the container's own devpts, handed out by its descriptor.
 * @module
 */
import { ENOSYS, check } from "@teu/kernel/errno";
import { close, duplicate } from "@teu/kernel/descriptors";
import { O_NOCTTY, O_RDWR, statFileSystem } from "@teu/kernel/files";
import { MS_BIND, attach, mount, pathOf, tryCloneTree } from "@teu/kernel/mounts";
import { openPeer, resize, takeControl } from "@teu/kernel/terminals";
import type { ProcessConfig } from "../config/process.ts";
import { fieldFailure } from "../failure.ts";
import { openInside, openPlaceInside } from "../rootfs/inside.ts";

/** Both ends of a terminal. */
export interface Terminal {
  readonly master: number;
  readonly peer: number;
}

const DEVPTS = 0x1cd1;

/** Makes a terminal in the devpts below `root`. @throws SysError, Failure */
export function openTerminal(root: number, process: ProcessConfig): Terminal {
  const master = openInside(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  if (statFileSystem(master, "/dev/pts/ptmx").type !== DEVPTS)
    throw fieldFailure("process.terminal", '"/dev/pts" of the container is not a devpts: mounts must have one');
  const peer = openPeer(master);
  if (process.rows !== 0 && process.columns !== 0) resize(master, process.rows, process.columns);
  return { master, peer };
}

/** Shows a terminal as /dev/console below `root`. @throws SysError */
export function bindConsole(root: number, peer: number): void {
  const place = openPlaceInside(root, "/dev/console", false);
  const tree = tryCloneTree(peer, "", false);
  if (tree === -ENOSYS) mount({ source: pathOf(peer), target: pathOf(place), type: "", flags: MS_BIND, data: "" });
  else attach(check(tree, "clone the mount of", "the terminal"), place, "/dev/console");
  close(tree);
  close(place);
}

/** Makes a terminal the standard input, output and error of this session. @throws SysError */
export function useTerminal(peer: number): void {
  takeControl(peer);
  for (const fd of [0, 1, 2]) duplicate(peer, fd);
}
