/**
 * `exec`: one more process in a container.
 * @module
 */
import { readFile } from "@teu/kernel/files";
import { PR_SET_CHILD_SUBREAPER, tryControl } from "@teu/kernel/processes";
import { blockSignals } from "@teu/kernel/signals";
import { parseJson } from "@teu/std/json";
import { readConfig } from "../config/config.ts";
import { type CapabilityNames, type ProcessConfig, readProcess } from "../config/process.ts";
import { type ExecOptions, execInContainer } from "../container/exec.ts";
import { keptConfig, loadState, stateFolder } from "../container/state.ts";
import { statusOf } from "../container/status.ts";
import { numberMask } from "../process/cpu-list.ts";
import { applyAffinity } from "../process/scheduling.ts";
import { asFailure, fieldFailure, Failure } from "../failure.ts";
import { Args, type OptionNames, UsageError } from "./args.ts";
import { listenFds } from "./create-options.ts";
import { DEBUG_EXEC, DEBUG_INIT, DEBUG_SETUP, type Session } from "./session.ts";
import { supervise } from "./supervise.ts";

const EXEC_OPTIONS: OptionNames = {
  flags: ["detach", "tty", "no-new-privs", "ignore-paused", "no-new-keyring", "no-subreaper"],
  values: [
    "process",
    "env",
    "user",
    "additional-gids",
    "cap",
    "cwd",
    "pid-file",
    "console-socket",
    "pidfd-socket",
    "preserve-fds",
    "process-label",
    "apparmor",
    "cgroup",
  ],
  short: ["d=detach", "t=tty", "p=process", "e=env", "u=user", "g=additional-gids", "c=cap"],
};

// What runc returns where the process could not be started at all.
const NOT_STARTED = 255;

/** Runs a process; returns its status, or 0 where it was left alone. */
export function execCommand(session: Session, words: readonly string[]): number {
  try {
    return exec(session, new Args(words, EXEC_OPTIONS));
  } catch (error) {
    session.fail(asFailure(error));
    return NOT_STARTED;
  }
}

function exec(session: Session, args: Args): number {
  const id = args.rest[0] ?? "";
  if (id === "") throw new UsageError("exec requires a minimum of 1 argument(s)");
  const state = loadState(session.root, id);
  const folder = stateFolder(session.root, id);
  const config = readConfig(keptConfig(folder), state.bundle);
  const process = chooseProcess(args, config.process);
  const options = toOptions(args, process);
  const { initial } = process.execAffinity;
  if (initial !== "") applyAffinity(initial, "process.execCPUAffinity.initial");
  const detached = args.flag("detach");
  checkTerminal(process, options, detached);
  blockSignals(true);
  if (!detached && !args.flag("no-subreaper")) tryControl(PR_SET_CHILD_SUBREAPER, [1]);
  session.debug(DEBUG_SETUP);
  if (initial !== "") session.debug(debugAffinity(initial));
  const { child, terminal } = execInContainer(state, config, statusOf(folder, state), options);
  for (const stage of [DEBUG_INIT, DEBUG_EXEC]) session.debug(stage);
  return detached ? 0 : supervise(child, terminal);
}

// As runc has it: the lowest processor is the lowest bit.
function debugAffinity(cpus: string): string {
  const mask = numberMask(cpus, "process.execCPUAffinity.initial");
  let digits = "";
  for (let i = 0; i < mask.length; i++) {
    const byte = mask[i] ?? 0;
    digits = `${HEX_DIGITS.charAt(byte >>> 4)}${HEX_DIGITS.charAt(byte & 15)}${digits}`;
  }
  return `nsexec: affinity: 0x${digits.replace(/^0+(?=.)/, "")}`;
}

const HEX_DIGITS = "0123456789abcdef";

function checkTerminal(process: ProcessConfig, { consoleSocket }: ExecOptions, detached: boolean): void {
  if (process.terminal && detached && consoleSocket === "")
    throw new Failure("cannot allocate tty if runc will detach without setting console socket");
  if (consoleSocket !== "" && !(process.terminal && detached))
    throw new Failure("cannot use console socket if runc will not detach or allocate tty");
}

function toOptions(args: Args, process: ProcessConfig): ExecOptions {
  return {
    process,
    pidFile: args.value("pid-file", ""),
    consoleSocket: args.value("console-socket", ""),
    newKeyring: !args.flag("no-new-keyring"),
    pidfdSocket: args.value("pidfd-socket", ""),
    listenFds: listenFds(),
    preservedFds: args.count("preserve-fds", 0),
    ignorePaused: args.flag("ignore-paused"),
    subCgroups: args.values("cgroup"),
  };
}

/** The process of `--process`, or that of the container changed by options. */
function chooseProcess(args: Args, own: ProcessConfig): ProcessConfig {
  const file = args.value("process", "");
  if (file !== "") return readProcessFile(file);
  const words = args.rest.slice(1);
  if (words.length === 0) throw new UsageError("process args cannot be empty");
  const user = readUser(args, own);
  return {
    ...own,
    args: words,
    env: own.env.concat(args.values("env")),
    cwd: args.value("cwd", own.cwd),
    terminal: args.flag("tty"),
    uid: user.uid,
    gid: user.gid,
    additionalGids: own.additionalGids.concat(
      args.values("additional-gids").map((gid) => readId(gid, "additional-gids")),
    ),
    capabilities: addCapabilities(own.capabilities, args.values("cap")),
    noNewPrivileges: args.has("no-new-privs") ? args.flag("no-new-privs") : own.noNewPrivileges,
    apparmorProfile: args.value("apparmor", own.apparmorProfile),
    selinuxLabel: args.value("process-label", own.selinuxLabel),
  };
}

function readProcessFile(path: string): ProcessConfig {
  try {
    return readProcess(parseJson(readFile(path)));
  } catch (error) {
    throw asFailure(error, "--process");
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

function readUser(args: Args, own: ProcessConfig): User {
  if (!args.has("user")) return { uid: own.uid, gid: own.gid };
  const parts = args.value("user", "").split(":");
  if (parts.length > 2) throw fieldFailure("--user", "expected uid or uid:gid");
  return { uid: readId(parts[0] ?? "", "user"), gid: parts.length === 2 ? readId(parts[1] ?? "", "user") : own.gid };
}

// Strict: what is no number must not be taken for 0, which is root.
function readId(text: string, option: string): number {
  if (/^[0-9]{1,10}$/.test(text) && Number(text) < 0xffffffff) return Number(text);
  throw fieldFailure(`--${option}`, `${JSON.stringify(text)} is not a numeric id`);
}

function addCapabilities(own: CapabilityNames | undefined, added: readonly string[]): CapabilityNames | undefined {
  if (added.length === 0) return own;
  return {
    bounding: (own?.bounding ?? []).concat(added),
    effective: (own?.effective ?? []).concat(added),
    permitted: (own?.permitted ?? []).concat(added),
    inheritable: own?.inheritable ?? [],
    // Ambient ones must be inheritable, which is for the configuration to say.
    ambient: (own?.ambient ?? []).concat(added.filter((name) => (own?.inheritable ?? []).includes(name))),
  };
}
