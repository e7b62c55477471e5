/**
 * The last steps of a process on the way to its program, in their order: the same for a container's first process and for
 * every later one.
 * @module
 */
import type { Config } from "../config/config.ts";
import type { ProcessConfig } from "../config/process.ts";
import { landlockDetail } from "./landlock.ts";

/** One thing that a process does to itself. What exactly is in its configuration; `detail` shows it. */
export interface ProcessStep {
  readonly on: "process";
  readonly op: ProcessOperation;
  readonly field: string;
  readonly detail: string;
}

/** What a {@link ProcessStep} does. */
export type ProcessOperation =
  | "personality"
  | "scheduler"
  | "io-priority"
  | "memory-policy"
  | "limits"
  | "umask"
  | "labels"
  | "landlock"
  | "seccomp"
  | "user"
  | "no-new-privileges"
  | "folder"
  | "exec";

/** What of the whole configuration matters to a process, beside its own part. */
export interface ProcessPlan {
  readonly process: ProcessConfig;
  readonly config: Config;
}

/** The steps of a process. */
export function planProcess(plan: ProcessPlan): ProcessStep[] {
  const { process, config } = plan;
  const steps = planTuning(plan);
  const add = (op: ProcessOperation, field: string, detail: string): void => {
    steps.push({ on: "process", op, field, detail });
  };
  const { linux, landlock } = config;
  const hasSeccomp = !linux.get("seccomp").absent;
  const limits = process.rlimits.map(({ type, soft, hard }) => `${type}=${soft}:${hard}`);
  if (limits.length > 0) add("limits", "process.rlimits", limits.join(" "));
  add("umask", "process.user.umask", process.umask < 0 ? "" : String(process.umask));
  if (process.apparmorProfile !== "") add("labels", "process.apparmorProfile", process.apparmorProfile);
  else if (process.selinuxLabel !== "") add("labels", "process.selinuxLabel", process.selinuxLabel);
  if (landlock !== undefined) add("landlock", landlock.field, landlockDetail(landlock));
  // Loading a filter needs CAP_SYS_ADMIN or no_new_privs, whichever there will be.
  if (hasSeccomp && !process.noNewPrivileges) add("seccomp", "linux.seccomp", "");
  add("user", "process.user", userDetail(process));
  if (process.noNewPrivileges) add("no-new-privileges", "process.noNewPrivileges", "");
  if (hasSeccomp && process.noNewPrivileges) add("seccomp", "linux.seccomp", "");
  add("folder", "process.cwd", process.cwd);
  add("exec", "process.args", process.args.join(" "));
  return steps;
}

/** The steps by which the kernel treats the process otherwise than others. */
function planTuning({ process, config }: ProcessPlan): ProcessStep[] {
  const steps: ProcessStep[] = [];
  const add = (op: ProcessOperation, field: string, detail: string): void => {
    steps.push({ on: "process", op, field, detail });
  };
  const { scheduler, ioPriority } = process;
  if (!config.linux.get("personality").absent) add("personality", "linux.personality", "");
  if (scheduler !== undefined) add("scheduler", "process.scheduler", scheduler.policy);
  if (ioPriority !== undefined) add("io-priority", "process.ioPriority", `${ioPriority.class} ${ioPriority.priority}`);
  if (!config.linux.get("memoryPolicy").absent) add("memory-policy", "linux.memoryPolicy", "");
  return steps;
}

function userDetail({ uid, gid, additionalGids, capabilities }: ProcessConfig): string {
  const groups = additionalGids.length === 0 ? "" : `,${additionalGids.join(",")}`;
  return `${uid}:${gid}${groups} ${(capabilities?.permitted ?? []).join(" ")}`.trim();
}
