/**
 * The process, on every platform.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const PROCESS_CLAUSES = {
  "runtime.process.start": {
    level: "MUST",
    judge: "behaviour",
    text: "`process` is set when the container is started.",
    section: "config.md#process",
  },
  "runtime.process.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `process` have the types that the specification gives.",
    section: "config.md#process",
  },
  "runtime.process.consoleSize.ignored": {
    level: "MUST",
    judge: "behaviour",
    text: "`consoleSize` is ignored unless `terminal` is true.",
    section: "config.md#process",
  },
  "runtime.process.consoleSize.height": {
    level: "MUST",
    judge: "document",
    text: "`consoleSize` has a `height`, an unsigned integer.",
    section: "config.md#process",
  },
  "runtime.process.consoleSize.width": {
    level: "MUST",
    judge: "document",
    text: "`consoleSize` has a `width`, an unsigned integer.",
    section: "config.md#process",
  },
  "runtime.process.cwd": {
    level: "MUST",
    judge: "document",
    text: "The process has a working directory, `cwd`.",
    section: "config.md#process",
  },
  "runtime.process.cwd.absolute": {
    level: "MUST",
    judge: "document",
    text: "`cwd` is an absolute path.",
    section: "config.md#process",
  },
  "runtime.process.args": {
    level: "MUST",
    judge: "document",
    text: "On platforms other than Windows `args` has at least one entry.",
    section: "config.md#process",
  },
  "runtime.process.commandLine": {
    level: "MUST",
    judge: "document",
    text: "On Windows `commandLine` is set where `args` is left out.",
    section: "config.md#process",
  },
  "runtime.process.rlimits.type": {
    level: "MUST",
    judge: "document",
    text: "A resource limit has a `type`.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.known": {
    level: "MUST",
    judge: "document",
    text: "The `type` of a resource limit is one that the platform has.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.getrlimit": {
    level: "MUST",
    judge: "behaviour",
    text: "getrlimit(3) succeeds for the `type` of each resource limit.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.soft": {
    level: "MUST",
    judge: "document",
    text: "A resource limit has a `soft` value, an unsigned 64-bit integer.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.soft.applied": {
    level: "MUST",
    judge: "behaviour",
    text: "The soft limit of the process is the one configured.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.hard": {
    level: "MUST",
    judge: "document",
    text: "A resource limit has a `hard` value, an unsigned 64-bit integer.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.hard.applied": {
    level: "MUST",
    judge: "behaviour",
    text: "The hard limit of the process is the one configured.",
    section: "config.md#posix-process",
  },
  "runtime.process.rlimits.duplicates": {
    level: "MUST",
    judge: "document",
    text: "No two resource limits have the same `type`.",
    section: "config.md#posix-process",
  },
  "runtime.process.user.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `user` have the types that the specification gives.",
    section: "config.md#posix-platform-user",
  },
  "runtime.process.user.uid": {
    level: "MUST",
    judge: "document",
    text: "On POSIX platforms `user` has a `uid`, an unsigned 32-bit integer.",
    section: "config.md#posix-platform-user",
  },
  "runtime.process.user.gid": {
    level: "MUST",
    judge: "document",
    text: "On POSIX platforms `user` has a `gid`, an unsigned 32-bit integer.",
    section: "config.md#posix-platform-user",
  },
  "runtime.process.user.umask.inherited": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Without `umask` the process keeps the umask of the runtime's caller.",
    section: "config.md#posix-platform-user",
  },
} as const;
