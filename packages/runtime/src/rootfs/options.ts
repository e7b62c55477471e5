/**
 * Mount options in the kernel's terms.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#linux-mount-options
 * @module
 */
import {
  MOUNT_ATTR_ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from "@teu/kernel/mounts";

/** Attributes of a mount to set and to clear, as MOUNT_ATTR_… bits. */
export interface Attributes {
  readonly set: number;
  readonly clear: number;
}

/** What a list of options asks for. */
export interface MountOptions {
  /** Of the mount itself. */
  readonly own: Attributes;
  /** Of the mount and all below it. */
  readonly recursive: Attributes;
  /** MS_… changes of propagation in their order, each perhaps with MS_REC. */
  readonly propagation: readonly number[];
  /** Flags of the file system itself, such as `sync`. */
  readonly flags: readonly string[];
  /** Options that only the file system knows, such as `mode=755`. */
  readonly data: readonly string[];
  /** A bind mount takes along the mounts below its source. */
  readonly recursiveBind: boolean;
  readonly remount: boolean;
  /** Fill the new file system with what stood at its place. */
  readonly copyUp: boolean;
  /** `idmap`, `ridmap`, or empty. */
  readonly mappedIds: string;
}

/** One option that changes an attribute. */
interface AttributeOption {
  readonly name: string;
  readonly set: number;
  readonly clear: number;
}

// Every one of them exists with an `r` in front, too: then it is meant for the mounts below as well.
const ATTRIBUTES: readonly AttributeOption[] = [
  { name: "ro", set: MOUNT_ATTR_RDONLY, clear: 0 },
  { name: "rw", set: 0, clear: MOUNT_ATTR_RDONLY },
  { name: "nosuid", set: MOUNT_ATTR_NOSUID, clear: 0 },
  { name: "suid", set: 0, clear: MOUNT_ATTR_NOSUID },
  { name: "nodev", set: MOUNT_ATTR_NODEV, clear: 0 },
  { name: "dev", set: 0, clear: MOUNT_ATTR_NODEV },
  { name: "noexec", set: MOUNT_ATTR_NOEXEC, clear: 0 },
  { name: "exec", set: 0, clear: MOUNT_ATTR_NOEXEC },
  { name: "nodiratime", set: MOUNT_ATTR_NODIRATIME, clear: 0 },
  { name: "diratime", set: 0, clear: MOUNT_ATTR_NODIRATIME },
  { name: "nosymfollow", set: MOUNT_ATTR_NOSYMFOLLOW, clear: 0 },
  { name: "symfollow", set: 0, clear: MOUNT_ATTR_NOSYMFOLLOW },
  // Access times are one field of three values: whoever sets one clears the field.
  { name: "relatime", set: 0, clear: MOUNT_ATTR_ATIME },
  { name: "norelatime", set: 0, clear: MOUNT_ATTR_ATIME },
  { name: "noatime", set: MOUNT_ATTR_NOATIME, clear: MOUNT_ATTR_ATIME },
  { name: "atime", set: 0, clear: MOUNT_ATTR_ATIME },
  { name: "strictatime", set: MOUNT_ATTR_STRICTATIME, clear: MOUNT_ATTR_ATIME },
  { name: "nostrictatime", set: 0, clear: MOUNT_ATTR_ATIME },
];

// The kernel knows the flag by the first word of a pair, and nothing of the second, which is how things are anyway.
const FLAGS: readonly string[] = ["sync", "dirsync", "lazytime", "mand", "silent", "iversion"];
const NO_FLAGS: readonly string[] = ["async", "nolazytime", "nomand", "loud", "noiversion", "defaults"];

interface PropagationOption {
  readonly name: string;
  readonly flag: number;
}

const PROPAGATION: readonly PropagationOption[] = [
  { name: "private", flag: MS_PRIVATE },
  { name: "rprivate", flag: MS_PRIVATE | MS_REC },
  { name: "slave", flag: MS_SLAVE },
  { name: "rslave", flag: MS_SLAVE | MS_REC },
  { name: "shared", flag: MS_SHARED },
  { name: "rshared", flag: MS_SHARED | MS_REC },
  { name: "unbindable", flag: MS_UNBINDABLE },
  { name: "runbindable", flag: MS_UNBINDABLE | MS_REC },
];

/** The MS_… flag of a propagation, such as `rslave`; undefined where there is none. */
export function propagationFlag(name: string): number | undefined {
  return PROPAGATION.find((option) => option.name === name)?.flag;
}

/** Collects the bits that a list of options sets and clears; the later option wins. */
class Bits {
  set = 0;
  clear = 0;

  apply(option: AttributeOption): void {
    this.set = (this.set & ~option.clear) | option.set;
    this.clear = (this.clear & ~option.set) | option.clear;
  }
}

const BY_NAME: ReadonlyMap<string, AttributeOption> = attributesByName();

function attributesByName(): Map<string, AttributeOption> {
  const byName = new Map<string, AttributeOption>();
  for (const option of ATTRIBUTES) byName.set(option.name, option);
  return byName;
}

/** Takes a list of options apart. Whatever it does not know is for the file system. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const own = new Bits();
  const recursive = new Bits();
  const propagation: number[] = [];
  const data: string[] = [];
  const flags: string[] = [];
  for (const option of options) {
    const attribute = BY_NAME.get(option);
    if (attribute !== undefined) {
      own.apply(attribute);
      continue;
    }
    const hasValue = option.includes("=");
    if (!hasValue && FLAGS.includes(option)) flags.push(option);
    if (!hasValue && isKnownElsewhere(option)) continue;
    const below = option.startsWith("r") ? BY_NAME.get(option.slice(1)) : undefined;
    const flag = below === undefined && !hasValue ? propagationFlag(option) : undefined;
    if (below !== undefined) recursive.apply(below);
    else if (flag !== undefined) propagation.push(flag);
    else data.push(option);
  }
  return {
    own: { set: own.set, clear: own.clear },
    recursive: { set: recursive.set, clear: recursive.clear },
    propagation,
    flags,
    data,
    recursiveBind: options.includes("rbind"),
    remount: options.includes("remount"),
    copyUp: options.includes("tmpcopyup"),
    mappedIds: options.includes("ridmap") ? "ridmap" : options.includes("idmap") ? "idmap" : "",
  };
}

const WORDS: readonly string[] = ["bind", "rbind", "remount", "tmpcopyup", "idmap", "ridmap"];

function isKnownElsewhere(option: string): boolean {
  return WORDS.includes(option) || FLAGS.includes(option) || NO_FLAGS.includes(option);
}
