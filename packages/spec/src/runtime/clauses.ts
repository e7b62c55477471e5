/**
 * Every MUST, SHOULD and MAY of runtime-spec, and what it says of values without such a word.
 *
 * A statement without a key word counts as a MUST, unless the text asks a runtime to go on all the same. Demands on the
 * authors of specifications are left out: no document or program can break them. The text merged since the release
 * changes no demand, so no clause is a draft.
 * @module
 */
import { type ClauseTable, type SpecText, clauseTable } from "../clause.ts";
import { ANNOTATION_CLAUSES } from "./clauses/annotations.ts";
import { CGROUP_CLAUSES } from "./clauses/cgroups.ts";
import { CONFIG_CLAUSES } from "./clauses/config.ts";
import { DEVICE_CLAUSES } from "./clauses/devices.ts";
import { FEATURE_CLAUSES } from "./clauses/features.ts";
import { HOOK_CLAUSES } from "./clauses/hooks.ts";
import { INTEL_RDT_CLAUSES } from "./clauses/intel-rdt.ts";
import { LIFECYCLE_CLAUSES } from "./clauses/lifecycle.ts";
import { LINUX_CLAUSES } from "./clauses/linux.ts";
import { LINUX_PROCESS_CLAUSES } from "./clauses/linux-process.ts";
import { MOUNT_CLAUSES } from "./clauses/mounts.ts";
import { OPERATION_CLAUSES } from "./clauses/operations.ts";
import { OTHER_PLATFORM_CLAUSES } from "./clauses/other-platforms.ts";
import { PROCESS_CLAUSES } from "./clauses/process.ts";
import { RESOURCE_CLAUSES } from "./clauses/resources.ts";
import { SECCOMP_CLAUSES } from "./clauses/seccomp.ts";
import { WINDOWS_CLAUSES } from "./clauses/windows.ts";

/** The text that the clauses were derived from. */
export const RUNTIME_SPEC: SpecText = {
  name: "runtime-spec",
  version: "v1.3.0",
  base: "https://github.com/opencontainers/runtime-spec/blob/v1.3.0",
  draftBase: "https://github.com/opencontainers/runtime-spec/blob/6999a89a76a0329f440d5740497bedb9dd431297",
};

/** Id of a clause of runtime-spec. */
export type RuntimeClauseId =
  | keyof typeof CONFIG_CLAUSES
  | keyof typeof ANNOTATION_CLAUSES
  | keyof typeof MOUNT_CLAUSES
  | keyof typeof PROCESS_CLAUSES
  | keyof typeof LINUX_PROCESS_CLAUSES
  | keyof typeof HOOK_CLAUSES
  | keyof typeof LINUX_CLAUSES
  | keyof typeof DEVICE_CLAUSES
  | keyof typeof CGROUP_CLAUSES
  | keyof typeof RESOURCE_CLAUSES
  | keyof typeof INTEL_RDT_CLAUSES
  | keyof typeof SECCOMP_CLAUSES
  | keyof typeof WINDOWS_CLAUSES
  | keyof typeof OTHER_PLATFORM_CLAUSES
  | keyof typeof LIFECYCLE_CLAUSES
  | keyof typeof OPERATION_CLAUSES
  | keyof typeof FEATURE_CLAUSES;

/** All clauses of runtime-spec. */
export const RUNTIME_CLAUSES: ClauseTable<RuntimeClauseId> = clauseTable(RUNTIME_SPEC, {
  ...CONFIG_CLAUSES,
  ...ANNOTATION_CLAUSES,
  ...MOUNT_CLAUSES,
  ...PROCESS_CLAUSES,
  ...LINUX_PROCESS_CLAUSES,
  ...HOOK_CLAUSES,
  ...LINUX_CLAUSES,
  ...DEVICE_CLAUSES,
  ...CGROUP_CLAUSES,
  ...RESOURCE_CLAUSES,
  ...INTEL_RDT_CLAUSES,
  ...SECCOMP_CLAUSES,
  ...WINDOWS_CLAUSES,
  ...OTHER_PLATFORM_CLAUSES,
  ...LIFECYCLE_CLAUSES,
  ...OPERATION_CLAUSES,
  ...FEATURE_CLAUSES,
});
