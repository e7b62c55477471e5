/**
 * The control groups of this host: the hierarchies that are mounted, and where this process stands in them.
 * A host may have version 1, version 2, or both at once.
 * @module
 */
import { readFile } from "@teu/kernel/files";

/** One tree of control groups. */
export interface Hierarchy {
  /** Controllers as in /proc/self/cgroup, such as `cpu,cpuacct` or `name=systemd`; empty for version 2. */
  readonly name: string;
  readonly mountPoint: string;
  /** Where this process stands, below the mount point: starts with a slash, and is one for its root. */
  readonly own: string;
}

/** The hierarchies that are mounted, in the order of /proc/self/cgroup. @throws SysError */
export function readHierarchies(): Hierarchy[] {
  return parseHierarchies(readFile("/proc/self/cgroup"), readFile("/proc/self/mountinfo"));
}

interface CgroupMount {
  /** Folder of the hierarchy that is mounted, `/` for all of it. */
  readonly root: string;
  readonly mountPoint: string;
  readonly isVersion2: boolean;
  /** Each between two commas. */
  readonly options: string;
}

/** As {@link readHierarchies}, from the texts of /proc/self/cgroup and /proc/self/mountinfo. Pure. */
export function parseHierarchies(own: string, mountinfo: string): Hierarchy[] {
  const mounts = parseMounts(mountinfo);
  const found: Hierarchy[] = [];
  for (const line of own.split("\n")) {
    const first = line.indexOf(":");
    const second = line.indexOf(":", first + 1);
    if (second < 0) continue;
    const name = line.slice(first + 1, second);
    const mount = mountOf(mounts, name);
    if (mount === undefined) continue;
    found.push({ name, mountPoint: mount.mountPoint, own: below(mount.root, line.slice(second + 1)) });
  }
  return found;
}

function parseMounts(mountinfo: string): CgroupMount[] {
  let mounts: CgroupMount[] = [];
  let places = "";
  for (const line of mountinfo.split("\n")) {
    const isCgroup = line.includes(" - cgroup");
    // Most lines are of other mounts, and come before those of cgroups.
    if (!isCgroup && mounts.length === 0) continue;
    const mountPoint = unescapeMount(field(line, PLACE));
    if (mountPoint === "") continue;
    // What is mounted later hides what lies below it.
    if (places.includes(`\n${mountPoint}`))
      mounts = mounts.filter((mount) => !isAtOrBelow(mount.mountPoint, mountPoint));
    if (!isCgroup) continue;
    const tail = line.slice(line.indexOf(" - ") + " - ".length);
    const type = field(tail, 0);
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const root = unescapeMount(field(line, ROOT));
    mounts.push({ root, mountPoint, isVersion2: type === "cgroup2", options: `,${field(tail, SUPER_OPTIONS)},` });
    places += `\n${mountPoint}`;
  }
  return mounts;
}

// Fields of a line of mountinfo; the last is one of what follows its dash.
const ROOT = 3;
const PLACE = 4;
const SUPER_OPTIONS = 2;

/** The field at `index` of words between single spaces; empty where there is none. */
function field(line: string, index: number): string {
  let start = 0;
  for (let passed = 0; passed < index; passed++) {
    start = line.indexOf(" ", start) + 1;
    if (start === 0) return "";
  }
  const end = line.indexOf(" ", start);
  return line.slice(start, end < 0 ? line.length : end);
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path.startsWith(`${folder}/`));
}

function mountOf(mounts: readonly CgroupMount[], name: string): CgroupMount | undefined {
  for (const mount of mounts) if (name === "" ? mount.isVersion2 : holds(mount, name)) return mount;
  return undefined;
}

function holds({ isVersion2, options }: CgroupMount, name: string): boolean {
  if (isVersion2 || options.includes(`,${name},`)) return !isVersion2;
  return name.includes(",") && name.split(",").every((part) => options.includes(`,${part},`));
}

/** A path of mountinfo without its octal escapes. */
export function unescapeMount(path: string): string {
  if (!path.includes("\\")) return path;
  return path.split("\\040").join(" ").split("\\011").join("\t").split("\\012").join("\n").split("\\134").join("\\");
}

// In a container that sees only its own part, the part's root is the mount's root.
function below(root: string, path: string): string {
  if (root === "/") return path;
  if (path === root) return "/";
  return path.startsWith(`${root}/`) ? path.slice(root.length) : "/";
}

/** The hierarchy of version 1 that has `controller`; undefined where there is none. */
export function hierarchyOf(hierarchies: readonly Hierarchy[], controller: string): Hierarchy | undefined {
  return hierarchies.find((hierarchy) => hierarchy.name.split(",").includes(controller));
}

/** Tells whether only version 2 is in use. */
export function isUnified(hierarchies: readonly Hierarchy[]): boolean {
  return hierarchies.length === 1 && hierarchies[0]?.name === "";
}
