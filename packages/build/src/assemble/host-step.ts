/**
 * Runs the commands of a project that make what the image needs, such as its script `build`: here, not in a container.
 * @module
 */
import { spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { HostStep } from "../plan/plan.ts";

/** Where and how a command runs. */
export interface HostStepContext {
  /** The folder of the application. */
  readonly root: string;
  /** A folder for what commands make that is for the image only. */
  readonly out: string;
  readonly platform: Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Is told each line that the command prints. */
  readonly onLine?: ((line: string) => void) | undefined;
}

const MAX_SHOWN_LINES = 20;

/** Runs a command. @throws TeuError `ERR_BUILD_COMMAND` if it fails, or does not make what it is run for. */
export async function runHostStep(step: HostStep, context: HostStepContext): Promise<void> {
  const fill = (text: string): string =>
    text.replaceAll(/\{(out|os|architecture)\}/g, (_, name) =>
      name === "out" ? context.out : context.platform[name as "os" | "architecture"],
    );
  const [program = "", ...args] = step.run.map(fill);
  const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(value)]));
  const last: string[] = [];
  const child = spawn(program, args, {
    cwd: join(context.root, step.folder),
    env: { ...context.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      context.onLine?.(line);
      last.push(line);
      if (last.length > MAX_SHOWN_LINES) last.shift();
    });
  }
  await new Promise<void>((resolve, reject) => {
    child.on("error", (error) => reject(notStarted(step, error)));
    child.on("close", (code, signal) =>
      code === 0 ? resolve() : reject(failed(step, code ?? signal ?? "unknown", last)),
    );
  });
  if (step.output !== undefined) await checkOutput(step, fill(step.output), context.root);
}

function notStarted(step: HostStep, cause: Error): TeuError<BuildErrorCode> | Error {
  if (cause.name === "AbortError") return cause;
  const [program = ""] = step.run;
  const reason = "code" in cause && cause.code === "ENOENT" ? "there is no such program" : cause.message;
  return new TeuError<BuildErrorCode>("ERR_BUILD_COMMAND", `Running ${step.name}: "${program}": ${reason}`, { cause });
}

function failed(step: HostStep, code: number | string, last: readonly string[]): TeuError<BuildErrorCode> {
  const message = `Running ${step.name}: "${step.run.join(" ")}" ended with ${code}, expected 0`;
  const needs = last.some((line) => /not found|cannot find module/i.test(line));
  return new TeuError("ERR_BUILD_COMMAND", message, {
    detail: { code, lines: last },
    ...(needs ? { hint: "What it runs may not be installed here: install the dependencies of the project first" } : {}),
  });
}

async function checkOutput(step: HostStep, output: string, root: string): Promise<void> {
  const path = output.startsWith("/") ? output : join(root, output);
  // CommonJS may leave the ending out.
  for (const ending of ["", ".js", ".cjs", "/index.js"]) {
    if ((await stat(path + ending).catch(() => undefined)) !== undefined) return;
  }
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_COMMAND",
    `Running ${step.name}: it made no "${step.output}", expected what the application starts with`,
    {
      detail: { code: 0 },
    },
  );
}
