/**
 * The last part of a process's way to its program, the same for a container's first and for every later one.
 * @module
 */
import { tryNewKeyring, trySetKeyPermissions } from "@teu/kernel/processes";
import type { ProcessConfig } from "../config/process.ts";
import { applyLimits, applyUmask, becomeUser, forbidNewPrivileges } from "./identity.ts";
import { becomeProgram, enterFolder, findProgram } from "./program.ts";

/** What a process needs to know beside its configuration. */
export interface StartOptions {
  /** Descriptors from 3 on that the program is to have. */
  readonly keptFds: number;
  readonly setgroupsAllowed: boolean;
}

/** Turns this process into its program. Returns only by throwing. @throws Failure */
export function startProgram(process: ProcessConfig, options: StartOptions): void {
  applyLimits(process);
  applyUmask(process);
  becomeUser(process, options.setgroupsAllowed);
  if (process.noNewPrivileges) forbidNewPrivileges();
  enterFolder(process);
  becomeProgram(process, findProgram(process), options.keptFds);
}

const KEY_POSSESSOR_AND_USER_SEARCH = 0x3f3f0000;

/** Gives this process a session keyring of its own, so that it does not share the runtime's. Kernels without keys are fine. */
export function newKeyring(id: string): void {
  const key = tryNewKeyring(`_ses.${id}`);
  if (key >= 0) trySetKeyPermissions(key, KEY_POSSESSOR_AND_USER_SEARCH);
}
