/**
 * What all commands share: the options before the command's name, and where messages go.
 * @module
 */
import { nowMicroseconds, rfc3339 } from "@teu/kernel/clock";
import { STDERR, STDOUT, close, tryWriteText, writeText } from "@teu/kernel/descriptors";
import { O_APPEND, O_CREAT, O_WRONLY, open } from "@teu/kernel/files";
import { effectiveUser } from "@teu/kernel/identity";
import { environment } from "@teu/kernel/processes";
import type { Failure } from "../failure.ts";
import { JsonFields } from "../json-writer.ts";
import type { CgroupMode } from "../container/cgroups.ts";
import { isRootless } from "../container/rootless.ts";
import { type Args, type OptionNames, UsageError } from "./args.ts";

/** The options before the command's name. */
export const GLOBAL_OPTIONS: OptionNames = {
  flags: ["debug", "systemd-cgroup", "version", "help"],
  values: ["root", "log", "log-format", "log-level", "rootless", "cgroup-manager", "criu"],
  short: ["v=version", "h=help"],
};

const DEFAULT_ROOT = "/run/teu-runtime";

/** The folder of all containers where `--root` is not given: each user has one. */
export function defaultRoot(rootless: boolean, runtimeDir: string | undefined, uid: number): string {
  if (!rootless) return DEFAULT_ROOT;
  if (runtimeDir !== undefined && runtimeDir !== "") return `${runtimeDir}/teu-runtime`;
  return uid === 0 ? DEFAULT_ROOT : `/run/user/${uid}/teu-runtime`;
}

const MANAGERS: readonly string[] = ["cgroupfs", "systemd", "disabled"];

function cgroupMode(args: Args, rootless: boolean): CgroupMode {
  const manager = args.value("cgroup-manager", args.flag("systemd-cgroup") ? "systemd" : "cgroupfs");
  if (!MANAGERS.includes(manager))
    throw new UsageError(`invalid cgroup manager ${JSON.stringify(manager)}: expected one of ${MANAGERS.join(", ")}`);
  if (manager === "disabled") return "none";
  if (manager === "systemd") return "systemd";
  const asked = args.value("rootless", "auto");
  return asked === "true" || (asked === "auto" && rootless) ? "optional" : "needed";
}

/** The stages of a start for `--debug`, in runc's words, by which people and tests look for them. */
export const DEBUG_SETUP = "nsexec container setup";
export const DEBUG_INIT = "child process in init()";
export const DEBUG_EXEC = "setns_init: about to exec";
export const DEBUG_DONE = "init: closing the pipe to signal completion";

/** One run of the program. */
export class Session {
  /** Folder of all containers. */
  readonly root: string;
  readonly cgroups: CgroupMode;
  private readonly log: string;
  private readonly json: boolean;
  private readonly isDebug: boolean;

  constructor(args: Args) {
    const rootless = isRootless();
    this.root = args.value("root", defaultRoot(rootless, environment("XDG_RUNTIME_DIR"), effectiveUser()));
    this.log = args.value("log", "");
    this.json = args.value("log-format", "text") === "json";
    this.isDebug = args.flag("debug");
    this.cgroups = cgroupMode(args, rootless);
  }

  /** Writes to standard output. @throws SysError */
  print(text: string): void {
    writeText(STDOUT, text, "standard output");
  }

  /** Tells something that is not worth failing for. Not in the log: callers expect one entry there, the failure. */
  warn(message: string): void {
    tryWriteText(STDERR, this.line("warning", message, undefined));
  }

  /** Tells how far a command has come, where `--debug` asks for that; in the log where there is one. */
  debug(message: string): void {
    if (this.isDebug) this.put("debug", message, undefined);
  }

  /** Tells a failure: on standard error for people, and in the log for programs. */
  fail(failure: Failure): void {
    this.put("error", failure.message, failure);
    if (this.log === "") return;
    tryWriteText(STDERR, `${failure.message}\n`);
  }

  private put(level: string, message: string, failure: Failure | undefined): void {
    const line = this.line(level, message, failure);
    if (this.log === "") tryWriteText(STDERR, line);
    else appendTo(this.log, line);
  }

  private line(level: string, message: string, failure: Failure | undefined): string {
    return this.json ? jsonLine(level, message, failure) : textLine(level, message, failure);
  }
}

function appendTo(path: string, line: string): void {
  try {
    const fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644);
    tryWriteText(fd, line);
    close(fd);
  } catch {
    tryWriteText(STDERR, line);
  }
}

function jsonLine(level: string, message: string, failure: Failure | undefined): string {
  const fields = new JsonFields().text("level", level).text("msg", message).text("time", rfc3339(nowMicroseconds()));
  if (failure !== undefined) addParts(fields, failure);
  return `${fields.toText()}\n`;
}

function addParts(fields: JsonFields, { field, operation, subject, errno, hint }: Failure): void {
  if (field !== "") fields.text("field", field);
  if (operation !== "") fields.text("operation", operation).text("subject", subject);
  if (errno !== 0) fields.number("errno", errno);
  if (hint !== "") fields.text("hint", hint);
}

function textLine(level: string, message: string, failure: Failure | undefined): string {
  if (level === "debug") return `time="${rfc3339(nowMicroseconds())}" level=debug msg=${JSON.stringify(message)}\n`;
  const hint = failure === undefined || failure.hint === "" ? "" : `\n  hint: ${failure.hint}`;
  return `teu-runtime: ${level === "error" ? "" : `${level}: `}${message}${hint}\n`;
}
