/**
 * Who the container's program is: ids, groups, capabilities, limits and what else it starts with.
 * @module
 */
import {
  CapabilitySet,
  capabilityNumber,
  lastCapability,
  limitBounding,
  permittedCapabilities,
  setAmbient,
  trySetCapabilities,
} from "@teu/kernel/capabilities";
import { check } from "@teu/kernel/errno";
import { setGroup, setUser, trySetGroups } from "@teu/kernel/identity";
import { PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, control, setLimit, setUmask } from "@teu/kernel/processes";
import { LINUX_RLIMITS } from "@teu/spec/runtime/process-names";
import type { CapabilityNames, ProcessConfig } from "../config/process.ts";
import { attempt, failureWithHint } from "../failure.ts";

/** Gives this process its limits. @throws Failure */
export function applyLimits(process: ProcessConfig): void {
  for (const limit of process.rlimits) {
    attempt(limit.field, () => {
      setLimit(0, LINUX_RLIMITS.indexOf(limit.type), limit.soft, limit.hard);
    });
  }
}

/** The capabilities of a configuration as the kernel takes them, and the names that cannot be granted. */
export interface Capabilities {
  readonly bounding: CapabilitySet;
  readonly effective: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly inheritable: CapabilitySet;
  readonly ambient: CapabilitySet;
  /** One sentence for each name that is not granted. */
  readonly warnings: readonly string[];
}

/**
 * Which capabilities to give: those of the configuration that this kernel knows and this process has.
 * What is left out is a warning, as the specification wants it. No configuration means none at all.
 */
export function chooseCapabilities(
  names: CapabilityNames | undefined,
  available: CapabilitySet,
  last: number,
): Capabilities {
  const warnings: string[] = [];
  const choose = (set: string, list: readonly string[]): CapabilitySet => {
    const chosen = new CapabilitySet();
    for (const name of list) {
      const number = capabilityNumber(name);
      if (number === undefined || number > last)
        warnings.push(`process.capabilities.${set}: ${JSON.stringify(name)} is unknown to this kernel and not granted`);
      else if (set !== "bounding" && !available.has(number))
        warnings.push(`process.capabilities.${set}: ${name} is not granted, since the runtime does not have it`);
      else chosen.add(number);
    }
    return chosen;
  };
  const permitted = choose("permitted", names?.permitted ?? []);
  const inheritable = choose("inheritable", names?.inheritable ?? []);
  const raisable = permitted.and(inheritable);
  const ambient = choose("ambient", names?.ambient ?? []);
  warnings.push(...notRaised(names?.ambient ?? [], ambient, raisable));
  return {
    bounding: choose("bounding", names?.bounding ?? []),
    effective: choose("effective", names?.effective ?? []).and(permitted),
    permitted,
    inheritable,
    ambient: ambient.and(raisable),
    warnings,
  };
}

/** One warning, however many: engines that know no inheritable capabilities ask for all of theirs. */
function notRaised(names: readonly string[], ambient: CapabilitySet, raisable: CapabilitySet): string[] {
  const [first, ...others] = names.filter((name) => {
    const number = capabilityNumber(name) ?? -1;
    return number >= 0 && ambient.has(number) && !raisable.has(number);
  });
  if (first === undefined) return [];
  const also = others.length === 0 ? "" : `, nor ${others.length === 1 ? "is" : "are"} ${others.join(", ")}`;
  return [`can't raise ambient capability ${first}: it is not both permitted and inheritable${also}`];
}

/** One sentence for each capability that this process will not be given. */
export function capabilityWarnings(process: ProcessConfig): readonly string[] {
  return chooseCapabilities(process.capabilities, permittedCapabilities(0), lastCapability()).warnings;
}

/**
 * Becomes the user of the configuration with its capabilities, and nothing else.
 * @param setgroupsAllowed false where the user namespace forbids it
 * @throws Failure
 */
export function becomeUser(process: ProcessConfig, setgroupsAllowed: boolean): void {
  const last = lastCapability();
  const chosen = chooseCapabilities(process.capabilities, permittedCapabilities(0), last);
  attempt("process.capabilities.bounding", () => limitBounding(chosen.bounding, last));
  control(PR_SET_KEEPCAPS, [1], "keep the capabilities");
  attempt("process.user.additionalGids", () => becomeMember(process.additionalGids, setgroupsAllowed));
  attempt("process.user.gid", () => setGroup(process.gid));
  attempt("process.user.uid", () => setUser(process.uid));
  attempt("process.capabilities", () => check(trySetCapabilities(chosen), "capset", ""));
  setAmbient(chosen.ambient, last);
}

function becomeMember(groups: readonly number[], allowed: boolean): void {
  if (allowed) check(trySetGroups(groups), "setgroups", "");
  else if (groups.length > 0)
    throw failureWithHint(
      "cannot set any additional groups: the user namespace forbids it",
      "map more than one group by newgidmap",
    );
}

/** Forbids the program to gain privileges by running another. @throws SysError */
export function forbidNewPrivileges(): void {
  control(PR_SET_NO_NEW_PRIVS, [1], "set no_new_privs");
}

/** Sets the mask of file modes where the configuration has one, or the usual one. */
export function applyUmask(process: ProcessConfig): void {
  setUmask(process.umask < 0 ? 0o022 : process.umask);
}
