/**
 * What steps share while they run: descriptors that were opened early and are used late.
 * @module
 */

/** The working state of one create or exec. A copy of the process has a copy of it. */
export class Scene {
  readonly bundle: string;
  /** The root on the host. */
  readonly rootPath: string;
  /** Root of the container as a place; -1 before it is mounted. */
  root = -1;
  /** A procfs that nobody else can mount over. */
  proc = -1;
  /** Clones of the sources of bind mounts, by the field of the mount. */
  readonly sources: Map<string, number> = new Map<string, number>();
  /** The host's /dev/null as a mount, for masked files: detached until the first of them has it. */
  nullDevice = -1;
  nullPlaced = false;
  /** An empty read-only folder, mounted over the first masked folder. */
  emptyFolder = -1;
  /** False where the user namespace forbids to change additional groups. */
  maySetGroups = true;
  /** The container's end of the terminal; -1 without one. */
  terminal = -1;
  /** Has the runtime map the ids of a detached mount, which takes its rights. */
  mapIds: (tree: number) => void = () => {};
  /** The folder of each of the container's cgroups by hierarchy; `` is version 2. */
  cgroups: ReadonlyMap<string, string> = new Map<string, string>();

  constructor(bundle: string, rootPath = "") {
    this.bundle = bundle;
    this.rootPath = rootPath;
  }
}
