/**
 * What all commands share: the options before the command's name, and where messages go.
 * @module
 */
import { nowMicroseconds, rfc3339 } from "@teu/kernel/clock";
import { STDERR, STDOUT, close, tryWriteText, writeText } from "@teu/kernel/descriptors";
import { O_APPEND, O_CREAT, O_WRONLY, open } from "@teu/kernel/files";
import type { Failure } from "../failure.ts";
import { JsonFields } from "../json-writer.ts";
import type { Args, OptionNames } from "./args.ts";

/** The options before the command's name. */
export const GLOBAL_OPTIONS: OptionNames = {
  flags: ["debug", "systemd-cgroup", "version", "help"],
  values: ["root", "log", "log-format", "log-level", "rootless", "cgroup-manager", "criu"],
  short: ["v=version", "h=help"],
};

const DEFAULT_ROOT = "/run/teu-runtime";

/** One run of the program. */
export class Session {
  /** Folder of all containers. */
  readonly root: string;
  readonly systemdCgroup: boolean;
  private readonly log: string;
  private readonly json: boolean;

  constructor(args: Args) {
    this.root = args.value("root", DEFAULT_ROOT);
    this.log = args.value("log", "");
    this.json = args.value("log-format", "text") === "json";
    this.systemdCgroup = args.flag("systemd-cgroup") || args.value("cgroup-manager", "") === "systemd";
  }

  /** Writes to standard output. @throws SysError */
  print(text: string): void {
    writeText(STDOUT, text, "standard output");
  }

  /** Tells something that is not worth failing for. Not in the log: callers expect one entry there, the failure. */
  warn(message: string): void {
    tryWriteText(STDERR, this.line("warning", message, undefined));
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
  const hint = failure === undefined || failure.hint === "" ? "" : `\n  hint: ${failure.hint}`;
  return `teu-runtime: ${level === "error" ? "" : `${level}: `}${message}${hint}\n`;
}
