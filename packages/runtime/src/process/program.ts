/**
 * The container's program: finding it, and becoming it.
 * @module
 */
import { EACCES, EISDIR, ENOENT, ENOTDIR, EPERM, SysError, errnoText } from "@teu/kernel/errno";
import { S_IFDIR, currentFolder, makeFolders, stat, tryAccess, tryReadFile } from "@teu/kernel/files";
import { changeFolder, tryChangeFolder } from "@teu/kernel/mounts";
import { ownPid, tryExec } from "@teu/kernel/processes";
import { resetSignals } from "@teu/kernel/signals";
import type { ProcessConfig } from "../config/process.ts";
import { attempt, Failure, fieldFailure } from "../failure.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The last value of a variable; undefined where it is not set. */
export function lastValue(env: readonly string[], name: string): string | undefined {
  const start = `${name}=`;
  let value: string | undefined;
  for (const item of env) if (item.startsWith(start)) value = item.slice(start.length);
  return value;
}

/** The environment of the program: that of the configuration, with HOME where it has none. */
export function environmentOf(process: ProcessConfig): string[] {
  const home = lastValue(process.env, "HOME");
  const given = lastOfEach(process.env);
  const env = given.filter((item) => home !== "" || !item.startsWith("HOME="));
  return home === undefined || home === "" ? [...env, `HOME=${homeOf(process.uid)}`] : env;
}

// Of a variable that is given more than once the last value counts, at its place.
function lastOfEach(env: readonly string[]): string[] {
  const nameOf = (item: string): string => item.slice(0, item.indexOf("=") + 1);
  return env.filter((item, i) => !env.some((other, j) => j > i && nameOf(other) === nameOf(item)));
}

function homeOf(uid: number): string {
  for (const line of (tryReadFile("/etc/passwd") ?? "").split("\n")) {
    const fields = line.split(":");
    if (fields[2] === String(uid) && (fields[5] ?? "") !== "") return fields[5] ?? "/";
  }
  return "/";
}

/** The path of the program in the container, whose root is in place. @throws Failure in the words that callers look for */
export function findProgram(process: ProcessConfig): string {
  const name = process.args[0] ?? "";
  if (name.includes("/")) return explicitProgram(name, process.cwd);
  const path = lastValue(process.env, "PATH") ?? DEFAULT_PATH;
  let refused = 0;
  for (const folder of path.split(":")) {
    const at = `${folder === "" ? "." : folder}/${name}`;
    const result = refusal(at);
    if (result === 0) return at;
    if (result === EACCES) refused = EACCES;
  }
  const problem = refused === 0 ? "executable file not found in $PATH" : errnoText(refused);
  throw programFailure(`exec: ${JSON.stringify(name)}: ${problem}`, refused === 0 ? ENOENT : refused);
}

function explicitProgram(name: string, cwd: string): string {
  const at = name.startsWith("/") ? name : `${cwd}/${name}`;
  const result = refusal(at);
  if (result === 0) return name;
  const verb = result === ENOENT || result === ENOTDIR ? "stat" : "exec";
  throw programFailure(`exec: ${JSON.stringify(name)}: ${verb} ${at}: ${errnoText(result)}`, result);
}

// Why a path cannot be run; 0 where it can.
function refusal(path: string): number {
  try {
    const found = stat(path);
    if (found === undefined) return ENOENT;
    if (found.type === S_IFDIR) return EISDIR;
    const result = tryAccess(path, 1);
    // The kernel never says EPERM here, filters of system calls do: execve will tell.
    return result === 0 || result === -EPERM ? 0 : EACCES;
  } catch (error) {
    return error instanceof SysError ? error.errno : EACCES;
  }
}

function programFailure(problem: string, errno: number): Failure {
  const hint = "the path is looked up inside the container, below root.path";
  return new Failure(`process.args[0]: ${problem}`, {
    field: "process.args[0]",
    operation: "exec",
    subject: problem,
    errno,
    hint,
  });
}

/**
 * Goes to the folder of the program, which must lie inside the container; false where that is refused, as it may be
 * before the change of user. @throws Failure
 */
export function tryEnterFolder(process: ProcessConfig): boolean {
  if (tryChangeFolder(process.cwd) < 0) return false;
  checkInside();
  return true;
}

/** As {@link tryEnterFolder}, but a refusal is a failure. @throws Failure */
export function enterFolder(process: ProcessConfig): void {
  changeFolder(process.cwd);
  checkInside();
}

/** Makes the folder of the program where it is missing. @throws Failure */
export function makeProgramFolder(process: ProcessConfig): void {
  attempt("process.cwd", () => makeFolders(process.cwd, 0o755));
}

// A descriptor of the host that reached this process could stand behind the path.
function checkInside(): void {
  if (!currentFolder().startsWith("/")) throw fieldFailure("process.cwd", "lies outside of the container's root");
}

/** What tells a program of the sockets that it has from descriptor 3 on, as systemd does. */
export function listenWords(count: number): string[] {
  return count === 0 ? [] : [`LISTEN_FDS=${count}`, `LISTEN_PID=${ownPid()}`];
}

/** Becomes the program. Returns only by throwing. @throws Failure */
export function becomeProgram(program: string, args: readonly string[], env: readonly string[]): void {
  resetSignals();
  const errno = -tryExec(program, args, env);
  throw programFailure(`exec: ${JSON.stringify(program)}: ${errnoText(errno)}`, errno);
}
