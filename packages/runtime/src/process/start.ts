/**
 * Running the last steps of a process, up to its program.
 * @module
 */
import { EPERM } from "@teu/kernel/errno";
import { close, closeOnExecFrom, duplicate } from "@teu/kernel/descriptors";
import { tryNewKeyring, trySetKeyPermissions } from "@teu/kernel/processes";
import { CWD, O_RDWR, S_IFCHR, type Stat, statAt, tryChown, tryOpenAt } from "@teu/kernel/files";
import type { Config } from "../config/config.ts";
import type { ProcessConfig, Scheduler } from "../config/process.ts";
import { asFailure, attempt, failureWithHint } from "../failure.ts";
import { applyLimits, applyUmask, becomeUser, forbidNewPrivileges } from "./identity.ts";
import { applyLabels } from "./labels.ts";
import { applyLandlock } from "./landlock.ts";
import { becomeProgram, enterFolder, environmentOf, findProgram, listenWords, tryEnterFolder } from "./program.ts";
import {
  applyIoPriority,
  applyMemoryPolicy,
  applyPersonality,
  applyScheduler,
  readMemoryPolicy,
  readPersonality,
} from "./scheduling.ts";
import { type ProcessOperation, planProcess } from "./steps.ts";

/** What a process needs to know on its way to its program. */
export interface StartOptions {
  readonly config: Config;
  readonly process: ProcessConfig;
  /** How many descriptors from 3 on are sockets that the program is told of. */
  readonly listenFds: number;
  /** How many descriptors after those the program is to have. */
  readonly preservedFds: number;
  readonly setgroupsAllowed: boolean;
  /** A private procfs; -1 where no step needs it. */
  readonly proc: number;
  /** Loads the seccomp filter. */
  readonly loadFilter: () => void;
  /** Runs the hooks that come right before the program: as its user, below its filter. */
  readonly lastHooks: (environment: readonly string[]) => void;
}

/** Turns this process into its program. Returns only by throwing. @throws Failure */
export function startProgram(options: StartOptions): void {
  const { process, config } = options;
  // Early, for a filter may forbid all that follows but execve. What is opened from here on ends with this program.
  attempt("process.args", () => closeOnExecFrom(3 + options.listenFds + options.preservedFds));
  // With the rights of now or with those of the user, whichever suffice.
  let entered = false;
  attempt("process.cwd", () => {
    entered = tryEnterFolder(process);
  });
  ownStandardStreams(process.uid);
  // Files of the container may be out of reach later.
  const environment = environmentOf(process);
  for (const { op, field } of planProcess({ process, config }))
    attempt(field, () => runProcessStep(op, options, { entered, environment }));
}

/** What was done before the first step. */
interface Begun {
  /** The process is in its folder. */
  readonly entered: boolean;
  readonly environment: readonly string[];
}

function runProcessStep(op: ProcessOperation, options: StartOptions, { entered, environment }: Begun): void {
  const { process } = options;
  switch (op) {
    case "limits":
      return applyLimits(process);
    case "umask":
      return applyUmask(process);
    case "labels":
      return applyLabels(process, options.proc);
    case "landlock":
      return restrict(options.config);
    case "seccomp":
      return options.loadFilter();
    case "user":
      return becomeUser(process, options.setgroupsAllowed);
    case "no-new-privileges":
      return forbidNewPrivileges();
    case "folder":
      if (!entered) enterFolder(process);
      return;
    case "exec":
      options.lastHooks(environment);
      return becomeProgram(findProgram(process), process.args, environment.concat(listenWords(options.listenFds)));
    default:
      return tune(op, process, options.config);
  }
}

function restrict({ landlock }: Config): void {
  if (landlock !== undefined) applyLandlock(landlock);
}

const NO_CHANGE = 0xffffffff;
const NULL_DEVICE = 0x103;

// Opened anew by its name in /dev, a stream is judged by its owner. What cannot be given away stays as it is. The host's
// /dev/null gives way to the container's, so that no mount of the host is held.
function ownStandardStreams(uid: number): void {
  let nothing = -1;
  for (const fd of [0, 1, 2]) {
    const found = statAt(fd, "", 0);
    if (isNullDevice(found)) {
      if (nothing < 0) nothing = openNullDevice();
      if (nothing >= 0) duplicate(nothing, fd);
    } else if (found !== undefined && found.uid !== uid) tryChown(fd, uid, NO_CHANGE);
  }
  close(nothing);
}

function openNullDevice(): number {
  const fd = tryOpenAt(CWD, "/dev/null", O_RDWR);
  if (fd < 0 || isNullDevice(statAt(fd, "", 0))) return fd;
  close(fd);
  return -1;
}

function isNullDevice(found: Stat | undefined): boolean {
  return found !== undefined && found.type === S_IFCHR && found.special === NULL_DEVICE;
}

function tune(op: ProcessOperation, process: ProcessConfig, config: Config): void {
  const { scheduler, ioPriority } = process;
  if (op === "personality") applyPersonality(readPersonality(config.linux.get("personality")));
  else if (op === "memory-policy") applyPolicy(config);
  else if (op === "scheduler" && scheduler !== undefined) schedule(scheduler, config);
  else if (op === "io-priority" && ioPriority !== undefined) applyIoPriority(ioPriority);
}

function schedule(scheduler: Scheduler, { linux }: Config): void {
  try {
    applyScheduler(scheduler);
  } catch (error) {
    const hasCpus = !linux.get("resources").get("cpu").get("cpus").absent;
    if (asFailure(error).errno !== EPERM || !hasCpus) throw asFailure(error);
    throw failureWithHint(
      `process scheduler can't be used together with AllowedCPUs: ${asFailure(error).message}`,
      "a policy such as SCHED_DEADLINE needs all processors: leave linux.resources.cpu.cpus out",
    );
  }
}

function applyPolicy(config: Config): void {
  const policy = readMemoryPolicy(config.linux.get("memoryPolicy"));
  if (policy !== undefined) applyMemoryPolicy(policy);
}

const KEY_POSSESSOR_AND_USER_SEARCH = 0x3f3f0000;

/** Gives this process a session keyring of its own, so that it does not share the runtime's. Kernels without keys are fine. */
export function newKeyring(id: string): void {
  const key = tryNewKeyring(`_ses.${id}`);
  if (key >= 0) trySetKeyPermissions(key, KEY_POSSESSOR_AND_USER_SEARCH);
}
