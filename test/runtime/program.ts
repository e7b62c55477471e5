/**
 * Running both builds of teu-runtime, and asking that they answer alike.
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../tools/project.ts";
import { whyNoContainers } from "./bundle.ts";

const DIST = join(projectRoot, "packages/runtime/dist");

/** The release build and the reference build. */
export const BUILDS: readonly string[] = [join(DIST, "teu-runtime"), join(DIST, "teu-runtime-quickjs")];

/** Why the programs cannot be run here; undefined where they can. */
export function whyNoPrograms(): string | undefined {
  return BUILDS.every((path) => existsSync(path)) ? undefined : "needs the native programs: ./teu setup builds them";
}

/** For tests that run containers. */
export const skipContainers: string | false = whyNoPrograms() ?? whyNoContainers() ?? false;

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Answer {
  const folder = mkdtempSync(join(tmpdir(), "teu-runtime-answer-"));
  const paths = [join(folder, "out"), join(folder, "err")];
  const [out, err] = paths.map((path) => openSync(path, "w"));
  try {
    const { status } = spawnSync(program, args, {
      timeout: 20_000,
      input: options.input ?? "",
      env: { ...process.env, ...options.env },
      // Not pipes: a container that is left running would keep them open.
      stdio: ["pipe", out, err],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const [stdout = "", stderr = ""] = paths.map((path) => readFileSync(path, "utf8"));
    return { status, stdout, stderr };
  } finally {
    for (const fd of [out, err]) if (fd !== undefined) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** Runs `session` with each build and asks that what it returns is the same; returns that. */
export function onBothBuilds<T>(session: (program: string) => T): T {
  const [release = "", reference = ""] = BUILDS;
  const answer = session(release);
  assert.deepEqual(session(reference), answer, "the two builds answer differently");
  return answer;
}
