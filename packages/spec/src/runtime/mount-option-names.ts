/**
 * The options of mounts that the runtime-spec names, by how strongly it asks a Linux runtime to know them. Whatever is
 * in none of these lists is for the file system. Written in the native subset, because the OCI runtime reads them too.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#linux-mount-options
 * @module
 */

/** Options that a runtime must know. */
export const REQUIRED_MOUNT_OPTIONS: readonly string[] = [
  "async",
  "atime",
  "bind",
  "defaults",
  "dev",
  "diratime",
  "dirsync",
  "exec",
  "iversion",
  "lazytime",
  "loud",
  "noatime",
  "nodev",
  "nodiratime",
  "noexec",
  "noiversion",
  "nolazytime",
  "norelatime",
  "nostrictatime",
  "nosuid",
  "private",
  "rbind",
  "relatime",
  "remount",
  "ro",
  "rprivate",
  "rshared",
  "rslave",
  "runbindable",
  "rw",
  "shared",
  "silent",
  "slave",
  "strictatime",
  "suid",
  "sync",
  "unbindable",
];

/**
 * Options that a runtime should know: symbolic links, recursive attributes (Linux 5.12), mapped ids. The table of the
 * specification leaves out `rnodev`; its features document has it.
 */
export const RECOMMENDED_MOUNT_OPTIONS: readonly string[] = [
  "nosymfollow",
  "symfollow",
  "ratime",
  "rdev",
  "rdiratime",
  "rexec",
  "rnoatime",
  "rnodev",
  "rnodiratime",
  "rnoexec",
  "rnorelatime",
  "rnostrictatime",
  "rnosuid",
  "rnosymfollow",
  "rrelatime",
  "rro",
  "rrw",
  "rstrictatime",
  "rsuid",
  "rsymfollow",
  "idmap",
  "ridmap",
];

/** Options that a runtime may know. */
export const OPTIONAL_MOUNT_OPTIONS: readonly string[] = ["mand", "nomand", "tmpcopyup"];

/** Options that make a mount a bind mount. */
export const BIND_MOUNT_OPTIONS: readonly string[] = ["bind", "rbind"];

/** Options that ask for a mount with mapped ids. */
export const IDMAP_MOUNT_OPTIONS: readonly string[] = ["idmap", "ridmap"];
