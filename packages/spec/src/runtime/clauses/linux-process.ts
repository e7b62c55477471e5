/**
 * The process, on Linux.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const LINUX_PROCESS_CLAUSES = {
  "runtime.process.capabilities.types": {
    level: "MUST",
    judge: "document",
    text: "Sets of capabilities are lists of strings.",
    section: "config.md#linux-process",
  },
  "runtime.process.capabilities.known": {
    level: "SHOULD",
    judge: "document",
    text: "A capability is one that capabilities(7) knows.",
    section: "config.md#linux-process",
  },
  "runtime.process.capabilities.warn": {
    level: "MUST",
    judge: "behaviour",
    text: "A capability that is unknown or cannot be granted is logged as a warning.",
    section: "config.md#linux-process",
  },
  "runtime.process.capabilities.go-on": {
    level: "SHOULD",
    judge: "behaviour",
    text: "A capability that cannot be granted is no error.",
    section: "config.md#linux-process",
  },
  "runtime.process.oomScoreAdj.set": {
    level: "MUST",
    judge: "behaviour",
    text: "`oomScoreAdj` is written to the process's `oom_score_adj`.",
    section: "config.md#linux-process",
  },
  "runtime.process.oomScoreAdj.unset": {
    level: "MUST",
    judge: "behaviour",
    text: "Without `oomScoreAdj` the process's `oom_score_adj` is left alone.",
    section: "config.md#linux-process",
  },
  "runtime.process.scheduler.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `scheduler` have the types that the specification gives.",
    section: "config.md#linux-process",
  },
  "runtime.process.scheduler.policy": {
    level: "MUST",
    judge: "document",
    text: "`scheduler.policy` is set to one of the listed policies.",
    section: "config.md#linux-process",
  },
  "runtime.process.scheduler.flags": {
    level: "MUST",
    judge: "document",
    text: "`scheduler.flags` are of those listed.",
    section: "config.md#linux-process",
  },
  "runtime.process.scheduler.default": {
    level: "MUST",
    judge: "behaviour",
    text: "Numbers of the scheduler that are not set are 0.",
    section: "config.md#linux-process",
  },
  "runtime.process.ioPriority.class": {
    level: "MUST",
    judge: "document",
    text: "`ioPriority.class` is set to one of the listed classes.",
    section: "config.md#linux-process",
  },
  "runtime.process.ioPriority.priority": {
    level: "MUST",
    judge: "document",
    text: "`ioPriority.priority` is set to an integer.",
    section: "config.md#linux-process",
  },
  "runtime.process.ioPriority.priority.range": {
    level: "SHOULD",
    judge: "document",
    text: "`ioPriority.priority` is from 0 to 7.",
    section: "config.md#linux-process",
  },
  "runtime.process.ioPriority.group": {
    level: "MUST",
    judge: "behaviour",
    text: "The I/O priority is that of the whole process group.",
    section: "config.md#linux-process",
  },
  "runtime.process.execCPUAffinity.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `execCPUAffinity` are strings.",
    section: "config.md#linux-process",
  },
  "runtime.process.execCPUAffinity.list": {
    level: "MUST",
    judge: "document",
    text: "A CPU affinity is a list of numbers and ranges, joined by commas.",
    section: "config.md#linux-process",
  },
  "runtime.process.execCPUAffinity.unchanged": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Without `final` the affinity is left alone once the process is in the container's cgroup.",
    section: "config.md#linux-process",
  },
} as const;
