/**
 * Devices on Linux: those to make and those to allow.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const DEVICE_CLAUSES = {
  "runtime.linux.devices.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of a device have the types that the specification gives.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.available": {
    level: "MUST",
    judge: "behaviour",
    text: "The listed devices are in the container.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.means": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may supply a device as it likes: by mknod(2), a bind mount, a link.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.type": {
    level: "MUST",
    judge: "document",
    text: "A device has a `type`: `c`, `b`, `u` or `p`.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.path": {
    level: "MUST",
    judge: "document",
    text: "A device has a `path`, the full path in the container.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.path.exists": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime fails where another file stands at the `path` of a device.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.path.anywhere": {
    level: "MAY",
    judge: "behaviour",
    text: "The `path` of a device may be anywhere, also outside of /dev.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.numbers": {
    level: "MUST",
    judge: "document",
    text: "A device that is no FIFO has `major` and `minor`, 64-bit integers.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.duplicates": {
    level: "SHOULD",
    judge: "document",
    text: "No two devices have the same `type`, `major` and `minor`.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.access": {
    level: "MAY",
    judge: "behaviour",
    text: "A container may not access device nodes that are neither listed nor default.",
    section: "config-linux.md#devices",
  },
  "runtime.linux.devices.default": {
    level: "MUST",
    judge: "behaviour",
    text: "A container has /dev/null, zero, full, random, urandom and tty.",
    section: "config-linux.md#default-devices",
  },
  "runtime.linux.devices.default.console": {
    level: "MUST",
    judge: "behaviour",
    text: "With `terminal`, /dev/console is a bind mount of the container's terminal.",
    section: "config-linux.md#default-devices",
  },
  "runtime.linux.devices.default.ptmx": {
    level: "MUST",
    judge: "behaviour",
    text: "/dev/ptmx is a bind mount of, or a link to, the container's /dev/pts/ptmx.",
    section: "config-linux.md#default-devices",
  },
  "runtime.linux.resources.devices.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of a device rule have the types that the specification gives.",
    section: "config-linux.md#allowed-device-list",
  },
  "runtime.linux.resources.devices.order": {
    level: "MUST",
    judge: "behaviour",
    text: "Device rules are applied in the order of the list.",
    section: "config-linux.md#allowed-device-list",
  },
  "runtime.linux.resources.devices.allow": {
    level: "MUST",
    judge: "document",
    text: "A device rule says in `allow` whether it allows or denies.",
    section: "config-linux.md#allowed-device-list",
  },
  "runtime.linux.resources.devices.type": {
    level: "MUST",
    judge: "document",
    text: "The `type` of a device rule is `a`, `c` or `b`.",
    section: "config-linux.md#allowed-device-list",
  },
  "runtime.linux.resources.devices.access": {
    level: "MUST",
    judge: "document",
    text: "The `access` of a device rule is made of `r`, `w` and `m`.",
    section: "config-linux.md#allowed-device-list",
  },
  "runtime.linux.devices.links": {
    level: "MUST",
    judge: "behaviour",
    text: "/dev/fd, stdin, stdout and stderr link to /proc/self/fd and its entries where those exist.",
    section: "runtime-linux.md#dev-symbolic-links",
  },
  "runtime.linux.descriptors": {
    level: "MUST",
    judge: "behaviour",
    text: "Of the runtime's file descriptors only the standard streams stay open for the program by default.",
    section: "runtime-linux.md#file-descriptors",
  },
  "runtime.linux.descriptors.more": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may pass more file descriptors, as for socket activation.",
    section: "runtime-linux.md#file-descriptors",
  },
  "runtime.linux.descriptors.null": {
    level: "MAY",
    judge: "behaviour",
    text: "Standard streams may lead to /dev/null.",
    section: "runtime-linux.md#file-descriptors",
  },
} as const;
