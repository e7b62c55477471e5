/**
 * Runs the program that does short commands without Node, and Node beside it.
 * @module
 */
import { existsSync } from "node:fs";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../../tools/project.ts";
import { type Ended, type RunOptions, run, teuProcess } from "../registry-client/programs.ts";

const FRONT = join(projectRoot, "packages/cli/dist/teu-front");
const OPTIONS = "--conditions=@teu/source --disable-warning=ExperimentalWarning";

/** Why these tests cannot run; false where they can. */
export const needsFront: string | false = existsSync(FRONT) ? false : "needs teu-front, which set-up builds";

/** What came of a command, and who did it. */
export interface Done extends Ended {
  readonly by: "front" | "node";
}

/** How to run a command. */
export interface FrontOptions extends RunOptions {
  /** The beginning of the command line, such as a program that runs another one. */
  readonly before?: readonly string[];
}

/** Runs a command with teu-front, in a home of its own; Node takes over where that wants it. */
export async function front(dir: TempDir, words: readonly string[], options: FrontOptions = {}): Promise<Done> {
  const home = dir.join("front");
  const told = dir.join(`told-${Math.random().toString(36).slice(2)}`);
  const main = join(projectRoot, "packages/cli/src/main.ts");
  const script = `#!/bin/sh\necho node >> '${told}'\nexec '${process.execPath}' ${OPTIONS} '${main}' "$@"\n`;
  const takeOver = await dir.write(`${told.slice(dir.path.length + 1)}.sh`, script);
  await chmod(takeOver, 0o755);
  const env = { HOME: home, TEU_ROOT: join(home, "teu"), ...options.env };
  const [program = "", ...rest] = [...(options.before ?? []), FRONT, takeOver, "--", ...words];
  const ended = await run(program, rest, { cwd: dir.path, ...options, env });
  return { ...ended, by: existsSync(told) && (await readFile(told, "utf8")) !== "" ? "node" : "front" };
}

/** Runs the same command with Node alone, in another home. */
export async function node(dir: TempDir, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return await teuProcess(dir.join("node"), words, { cwd: dir.path, ...options });
}
