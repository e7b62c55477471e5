/**
 * Reasons to skip a test, for `test(name, { skip: … })`: a sentence part where the machine lacks something, else false.
 * @module
 */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Why a test is skipped, or false where it can run. */
export type SkipReason = string | false;

/** The first reason there is: `{ skip: anyOf(needsRoot(), needsProgram("tar")) }`. */
export function anyOf(...reasons: readonly SkipReason[]): SkipReason {
  return reasons.find((reason) => reason !== false) ?? false;
}

/** For tests of what only Linux has. */
export function needsLinux(): SkipReason {
  return process.platform === "linux" ? false : "needs Linux";
}

/** For tests that mount, change owners or make devices. */
export function needsRoot(): SkipReason {
  return process.geteuid?.() === 0 ? false : "needs root";
}

/** For tests of refused access, which nobody refuses to root. */
export function needsOrdinaryUser(): SkipReason {
  return process.geteuid?.() === 0 ? "needs a user other than root" : false;
}

/** For tests that start databases or compilers: an ordinary run leaves them out, `.ci/run` does not. */
export function needsSystemTests(): SkipReason {
  return process.env["TEU_SYSTEM_TESTS"] === "1" ? false : "takes long: set TEU_SYSTEM_TESTS=1";
}

/** For tests that run what is in `folder` as another user, whom a folder above it may keep out, as root's home does. */
export function needsOpenFolder(folder: string): SkipReason {
  for (let path = folder; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return `needs a project that other users reach (${path} keeps them out)`;
    if (path === dirname(path)) return false;
  }
}

/** For tests that run other programs, by name: all of them have to be on PATH. */
export function needsProgram(...names: readonly string[]): SkipReason {
  const absent = names.filter((name) => programPath(name) === undefined);
  return absent.length === 0 ? false : `needs ${absent.join(" and ")} on PATH`;
}

/** The path of a program as the shell would find it, undefined if there is none. */
export function programPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
