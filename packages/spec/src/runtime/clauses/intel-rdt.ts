/**
 * Intel Resource Director Technology.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const INTEL_RDT_CLAUSES = {
  "runtime.linux.intelRdt.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `intelRdt` have the types that the specification gives.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.tasks": {
    level: "MUST",
    judge: "behaviour",
    text: "The process's id is written to `tasks` in the directory of resctrl that `closID` names.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.unmounted": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime fails where resctrl is not mounted.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.unset": {
    level: "MUST",
    judge: "behaviour",
    text: "Without `intelRdt` a runtime leaves resctrl alone.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.closID.root": {
    level: "MUST",
    judge: "behaviour",
    text: "A `closID` of `/` assigns the container to the default class, the root of resctrl.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.l3CacheSchema.prefix": {
    level: "SHOULD",
    judge: "document",
    text: "`l3CacheSchema` begins with `L3:`.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.l3CacheSchema.line": {
    level: "SHOULD",
    judge: "document",
    text: "`l3CacheSchema` is one line.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.memBwSchema.prefix": {
    level: "MUST",
    judge: "document",
    text: "`memBwSchema` begins with `MB:`.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.memBwSchema.line": {
    level: "MUST",
    judge: "document",
    text: "`memBwSchema` is one line.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.schemata.line": {
    level: "MUST",
    judge: "document",
    text: "Each of the `schemata` is one line.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.write.both": {
    level: "MUST",
    judge: "behaviour",
    text: "Of both schemas `l3CacheSchema` is written first and `memBwSchema` last.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.write.either": {
    level: "MUST",
    judge: "behaviour",
    text: "A schema that is set is written to `schemata` in the directory of `closID`.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.write.schemata": {
    level: "MUST",
    judge: "behaviour",
    text: "`schemata` are written to the file of that name in the directory of `closID`.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.write.last": {
    level: "MUST",
    judge: "behaviour",
    text: "`schemata` are written after `l3CacheSchema` and `memBwSchema`.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.write.none": {
    level: "MUST",
    judge: "behaviour",
    text: "Without schemas no `schemata` file is written.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.closID.default": {
    level: "MUST",
    judge: "behaviour",
    text: "Without `closID` the directory is named after the container and made.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.closID.make": {
    level: "MUST",
    judge: "behaviour",
    text: "With `closID` and a schema the directory is made where it is missing.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.closID.compare": {
    level: "MUST",
    judge: "behaviour",
    text: "With `closID` and a schema a directory that exists must hold the same schema; otherwise the runtime fails.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.closID.exists": {
    level: "MUST",
    judge: "behaviour",
    text: "With `closID` alone the container is assigned to the directory, which must exist; otherwise the runtime fails.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.delete": {
    level: "MUST",
    judge: "behaviour",
    text: "A directory that the runtime made without `closID` is removed with the container.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.keep": {
    level: "MUST",
    judge: "behaviour",
    text: "A directory named by `closID`, or not made by the runtime, is not removed.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.monitoring": {
    level: "MUST",
    judge: "behaviour",
    text: "With `enableMonitoring` the container gets a monitoring group.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.monitoring.name": {
    level: "MUST",
    judge: "behaviour",
    text: "The monitoring group is named after the container, below the group of its class.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.monitoring.delete": {
    level: "MUST",
    judge: "behaviour",
    text: "The monitoring group is deleted after the container.",
    section: "config-linux.md#intelrdt",
  },
  "runtime.linux.intelRdt.monitoring.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime fails where it cannot make the monitoring group.",
    section: "config-linux.md#intelrdt",
  },
} as const;
