/**
 * Mounts and their options.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const MOUNT_CLAUSES = {
  "runtime.mounts.order": {
    level: "MUST",
    judge: "behaviour",
    text: "Mounts are made in the order of the list.",
    section: "config.md#mounts",
  },
  "runtime.mounts.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of a mount have the types that the specification gives.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination": {
    level: "MUST",
    judge: "document",
    text: "A mount has a `destination`, its place in the container.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination.linux": {
    level: "SHOULD",
    judge: "document",
    text: "On Linux `destination` is an absolute path; relative ones are deprecated.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination.relative": {
    level: "MUST",
    judge: "behaviour",
    text: "On Linux a relative `destination` is taken as relative to `/`.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination.windows": {
    level: "MUST",
    judge: "document",
    text: "On Windows `destination` is an absolute path.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination.nested": {
    level: "MUST",
    judge: "document",
    text: "On Windows no `destination` lies within another.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination.solaris": {
    level: "MUST",
    judge: "document",
    text: "On Solaris `destination` is an absolute path.",
    section: "config.md#mounts",
  },
  "runtime.mounts.destination.other": {
    level: "MUST",
    judge: "document",
    text: "On platforms other than Linux, Windows and Solaris `destination` is an absolute path.",
    section: "config.md#mounts",
  },
  "runtime.mounts.options.windows": {
    level: "MUST",
    judge: "behaviour",
    text: "On Windows the option `ro` mounts the file system read-only.",
    section: "config.md#mounts",
  },
  "runtime.mounts.options.required": {
    level: "MUST",
    judge: "behaviour",
    text: "A Linux runtime knows the mount options that the table demands.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.options.recommended": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A Linux runtime knows the mount options that the table recommends.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.options.optional": {
    level: "MAY",
    judge: "behaviour",
    text: "A Linux runtime may know the mount options that the table leaves open.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.options.custom": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may know mount options of its own.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.options.custom.known": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A mount option of a runtime's own that mount(8) knows does what mount(8) says.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.options.data": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Unknown options go to the file system, joined by commas, as the data of mount(2).",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.applied": {
    level: "MUST",
    judge: "behaviour",
    text: "A mount with the option `idmap` or `ridmap` has mapped ids, with `ridmap` also the mounts below it.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.hidden": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The options `idmap` and `ridmap` are not passed to mount(2).",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.own": {
    level: "MUST",
    judge: "behaviour",
    text: "A mount with mappings of its own is mapped by those.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.container": {
    level: "MAY",
    judge: "behaviour",
    text: "A mapped mount without mappings may take those of the container's user namespace.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.refused": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime that does not take the container's mappings fails on a mapped mount without its own.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.user": {
    level: "MUST",
    judge: "document",
    text: "A mapped mount has mappings of its own, or the container a user namespace.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.idmap.setattr": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Mapped mounts are made with `mount_setattr` and `MOUNT_ATTR_IDMAP`.",
    section: "config.md#linux-mount-options",
  },
  "runtime.mounts.mappings.setattr": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The mappings of a mount are set with `mount_setattr` and `MOUNT_ATTR_IDMAP`.",
    section: "config.md#posix-platform-mounts",
  },
  "runtime.mounts.mappings.option": {
    level: "SHOULD",
    judge: "document",
    text: "A mount with mappings has the option `idmap` or `ridmap`.",
    section: "config.md#posix-platform-mounts",
  },
  "runtime.mounts.mappings.pair": {
    level: "MUST",
    judge: "document",
    text: "A mount has both `uidMappings` and `gidMappings`, or neither.",
    section: "config.md#posix-platform-mounts",
  },
} as const;
