/**
 * The process of a configuration: what a container runs, and as whom.
 * @module
 */
import type { Json } from "@teu/std/json";
import { mismatch } from "../issue.ts";
import { boolean, checkFields, listOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, checkAbsolute, checkString, fieldsOf, int64, uint32, uint64 } from "./fields.ts";
import { type LinuxProcess, checkLinuxProcess } from "./linux/process.ts";
import { isWindowsAbsolute } from "./paths.ts";
import type { RuntimePlatform } from "./platforms.ts";
import { type Rlimit, checkRlimits } from "./rlimits.ts";

/**
 * What to run.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#process}
 */
export interface Process extends LinuxProcess {
  readonly terminal?: boolean;
  /** Size of the terminal in characters. */
  readonly consoleSize?: { readonly height: number | bigint; readonly width: number | bigint };
  /** Absolute. */
  readonly cwd: string;
  /** Variables, each as name, `=` and value. */
  readonly env?: readonly string[];
  /** The program and its arguments; at least one entry, but on Windows. */
  readonly args?: readonly string[];
  /** The command line on Windows, instead of `args`. */
  readonly commandLine?: string;
  readonly user?: User;
  readonly rlimits?: readonly Rlimit[];
  /** Linux and z/OS: nothing that the process executes gains privileges. */
  readonly noNewPrivileges?: boolean;
}

/**
 * Who runs it: by numbers on POSIX platforms, where `uid` and `gid` must be set; by name on Windows.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#user}
 */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
  readonly username?: string;
}

/** Checks the process of a configuration. */
export function checkProcess(json: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, PROCESS, report);
  checkConsoleSize(json.get("consoleSize"), report);
  checkUser(json.get("user"), platform, report);
  checkRlimits(json.get("rlimits"), platform, report);
  checkLinuxProcess(json, report);
  if (platform === "windows") checkWindowsProcess(json, report);
  else checkPosixProcess(json, report);
}

const PROCESS = fieldsOf(
  "runtime.process",
  { cwd: string },
  {
    terminal: boolean,
    consoleSize: object,
    env: strings,
    args: strings,
    commandLine: string,
    user: object,
    rlimits: listOf(object),
    noNewPrivileges: boolean,
    apparmorProfile: string,
    selinuxLabel: string,
    capabilities: object,
    oomScoreAdj: int64,
    scheduler: object,
    ioPriority: object,
    execCPUAffinity: object,
  },
);

function checkConsoleSize(json: Json, report: RuntimeReport): void {
  if (json.kind === "object") checkFields(json, CONSOLE_SIZE, report);
}

const CONSOLE_SIZE = fieldsOf("runtime.process.consoleSize", { height: uint64, width: uint64 });

function checkUser(json: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  if (json.kind === "object") checkFields(json, platform === "windows" ? WINDOWS_USER : POSIX_USER, report);
}

const USER = { umask: uint32, additionalGids: listOf(uint32), username: string };
const POSIX_USER = fieldsOf("runtime.process.user", { uid: uint32, gid: uint32 }, USER);
const WINDOWS_USER = fieldsOf("runtime.process.user", {}, { uid: uint32, gid: uint32, ...USER });

function checkPosixProcess(process: Json, report: RuntimeReport): void {
  checkAbsolute(process.get("cwd"), "runtime.process.cwd.absolute", report);
  const args = process.get("args");
  if (args.absent) report.add("runtime.process.args", args, mismatch("an array of at least one entry", args));
  else if (args.kind === "array" && args.items.length === 0) {
    report.add("runtime.process.args", args, "expected at least one entry, got none");
  }
}

function checkWindowsProcess(process: Json, report: RuntimeReport): void {
  const absolute = { test: isWindowsAbsolute, expected: "an absolute path" };
  checkString(process.get("cwd"), "runtime.process.cwd.absolute", absolute, report);
  const commandLine = process.get("commandLine");
  if (!process.get("args").absent || !commandLine.absent) return;
  report.add("runtime.process.commandLine", commandLine, "is required where args is left out, expected a string");
}
