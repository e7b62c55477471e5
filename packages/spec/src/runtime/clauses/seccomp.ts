/**
 * Seccomp profiles, and what is told to a seccomp agent.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const SECCOMP_CLAUSES = {
  "runtime.linux.seccomp.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `seccomp` have the types that the specification gives.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.defaultAction": {
    level: "MUST",
    judge: "document",
    text: "`seccomp.defaultAction` is set to one of the listed actions.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.defaultErrnoRet.action": {
    level: "MUST",
    judge: "document",
    text: "`defaultErrnoRet` is set only where `defaultAction` can carry an errno.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.defaultErrnoRet.default": {
    level: "MUST",
    judge: "behaviour",
    text: "The errno is EPERM where none is set.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.architectures": {
    level: "MUST",
    judge: "document",
    text: "`seccomp.architectures` are of those listed.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.flags": {
    level: "MUST",
    judge: "document",
    text: "`seccomp.flags` are of those listed.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerPath.type": {
    level: "MUST",
    judge: "behaviour",
    text: "The socket at `listenerPath` is a stream socket of the Unix domain.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerPath.one": {
    level: "MUST",
    judge: "behaviour",
    text: "One state is sent over each connection to `listenerPath`.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerPath.close": {
    level: "MUST",
    judge: "behaviour",
    text: "The connection to `listenerPath` is closed once the state is sent.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerPath.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime fails where it cannot send to `listenerPath`.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerPath.ignored": {
    level: "MUST",
    judge: "behaviour",
    text: "`listenerPath` is ignored unless an action is `SCMP_ACT_NOTIFY`.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerPath.fd": {
    level: "MUST",
    judge: "behaviour",
    text: "The file descriptor sent to `listenerPath` is named `seccompFd`.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerMetadata.path": {
    level: "MUST",
    judge: "document",
    text: "`listenerMetadata` is set only together with `listenerPath`.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.listenerMetadata.sent": {
    level: "MUST",
    judge: "behaviour",
    text: "`listenerMetadata` is sent as the `metadata` of the state.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of a seccomp rule have the types that the specification gives.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.names": {
    level: "MUST",
    judge: "document",
    text: "A seccomp rule has the `names` of system calls.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.names.one": {
    level: "MUST",
    judge: "document",
    text: "A seccomp rule has at least one name.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.action": {
    level: "MUST",
    judge: "document",
    text: "A seccomp rule has one of the listed actions.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.errnoRet.action": {
    level: "MUST",
    judge: "document",
    text: "`errnoRet` is set only where the rule's action can carry an errno.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.args.index": {
    level: "MUST",
    judge: "document",
    text: "A comparison has an `index`, an unsigned 32-bit integer.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.args.value": {
    level: "MUST",
    judge: "document",
    text: "A comparison has a `value`, an unsigned 64-bit integer.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.args.op": {
    level: "MUST",
    judge: "document",
    text: "A comparison has one of the listed operators.",
    section: "config-linux.md#seccomp",
  },
  "runtime.linux.seccomp.syscalls.args.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of a comparison have the types that the specification gives.",
    section: "config-linux.md#seccomp",
  },
  "runtime.seccomp-state.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of a container process state have the types that the specification gives.",
    section: "config-linux.md#the-container-process-state",
  },
  "runtime.seccomp-state.payload": {
    level: "MUST",
    judge: "behaviour",
    text: "The container process state is sent as JSON in the payload, file descriptors as `SCM_RIGHTS`.",
    section: "config-linux.md#the-container-process-state",
  },
  "runtime.seccomp-state.calls": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may use several calls of sendmsg(2).",
    section: "config-linux.md#the-container-process-state",
  },
  "runtime.seccomp-state.calls.first": {
    level: "MUST",
    judge: "behaviour",
    text: "File descriptors are sent in the first call only.",
    section: "config-linux.md#the-container-process-state",
  },
  "runtime.seccomp-state.ociVersion": {
    level: "MUST",
    judge: "document",
    text: "A container process state has `ociVersion`.",
    section: "config-linux.md#the-container-process-state",
  },
  "runtime.seccomp-state.pid": {
    level: "MUST",
    judge: "document",
    text: "A container process state has a `pid`.",
    section: "config-linux.md#the-container-process-state",
  },
  "runtime.seccomp-state.state": {
    level: "MUST",
    judge: "document",
    text: "A container process state has the `state` of the container.",
    section: "config-linux.md#the-container-process-state",
  },
} as const;
