/**
 * Where the cgroup of a Linux container is, and who owns it.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const CGROUP_CLAUSES = {
  "runtime.linux.cgroup.check": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may check in an operation that the cgroup is fit, such as empty and not frozen.",
    section: "config-linux.md#control-groups",
  },
  "runtime.linux.cgroup.check.error": {
    level: "MUST",
    judge: "behaviour",
    text: "An operation fails where its check of the cgroup fails.",
    section: "config-linux.md#control-groups",
  },
  "runtime.linux.cgroupsPath": {
    level: "MUST",
    judge: "document",
    text: "`cgroupsPath` is an absolute or a relative path.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroupsPath.absolute": {
    level: "MUST",
    judge: "behaviour",
    text: "An absolute `cgroupsPath` is taken below the mount of the cgroups.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroupsPath.relative": {
    level: "MAY",
    judge: "behaviour",
    text: "A relative `cgroupsPath` may be taken below a place of the runtime's choice.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroupsPath.same": {
    level: "MUST",
    judge: "behaviour",
    text: "The same `cgroupsPath` always leads to the same place.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroupsPath.default": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may choose the cgroup where `cgroupsPath` is not set.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroupsPath.invalid": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may refuse certain values of `cgroupsPath`.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroupsPath.invalid.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A `cgroupsPath` that a runtime refuses is an error.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroup.more": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may attach the process to more controllers than the resources need.",
    section: "config-linux.md#cgroups-path",
  },
  "runtime.linux.cgroup.owner": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may give the container's cgroup to the host user who is the container's user.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.v1": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Owners are not changed in cgroups v1.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.namespace": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The owner is changed only where the container gets a new cgroup namespace.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.writable": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The owner is changed where cgroups are mounted to be written, and only there.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.unmounted": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The owner is not changed where the configuration mounts no cgroups.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.files": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Owners are changed for the cgroup's directory and the files in /sys/kernel/cgroup/delegate.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.files.missing": {
    level: "MUST",
    judge: "behaviour",
    text: "A file in /sys/kernel/cgroup/delegate that the cgroup lacks is no error.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.files.present": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Owners are changed for those files in /sys/kernel/cgroup/delegate that the cgroup has.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.fallback": {
    level: "MUST",
    judge: "behaviour",
    text: "Without /sys/kernel/cgroup/delegate: cgroup.procs, cgroup.subtree_control, cgroup.threads.",
    section: "config-linux.md#cgroup-ownership",
  },
  "runtime.linux.cgroup.owner.others": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Owners of other files are left alone.",
    section: "config-linux.md#cgroup-ownership",
  },
} as const;
