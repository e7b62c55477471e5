/**
 * One run of the runtime's program.
 * @module
 */
import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { RuntimeErrorCode } from "../errors.ts";
import { failureIn } from "./failure.ts";

/** How to reach the program, and where it keeps containers. */
export interface Program {
  /** Path or name of the program. */
  readonly path: string;
  /** Options before the command. */
  readonly options: readonly string[];
}

/** A command and its options. */
export type Words = readonly [command: string, ...options: string[]];

/** What to run it with. */
export interface CommandOptions {
  readonly signal?: AbortSignal | undefined;
  /** For its standard input. */
  readonly input?: string;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Runs a command that has nothing to do with the outputs of containers, and returns what it prints. */
export async function ask(program: Program, words: Words, options: CommandOptions = {}): Promise<string> {
  const { signal, input } = options;
  const child = launch(program, ["--log-format", "json", ...words], { stdio: "pipe", signal });
  // A program that does not read ends the pipe; that it failed is told by its exit code.
  child.stdin?.on("error", () => undefined).end(input);
  const [code, stdout, stderr] = await Promise.all([ended(child, program), read(child.stdout), read(child.stderr)]);
  signal?.throwIfAborted();
  if (code !== 0) throw failureIn(stderr, words[0], code) ?? unexplained(words[0], code, stderr);
  return stdout;
}

/** What a container gets. */
export interface AttachOptions {
  readonly signal?: AbortSignal | undefined;
  /** How an abort ends the runtime. */
  readonly killSignal: "SIGTERM" | "SIGKILL";
  readonly stdio: StdioOptions;
}

/** Runs a command whose standard streams become those of a container; returns its exit code. */
export async function attach(program: Program, words: Words, options: AttachOptions): Promise<number> {
  const { signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "teu-runtime-log-"));
  try {
    const log = join(folder, "log.json");
    const child = launch(program, ["--log-format", "json", "--log", log, ...words], options);
    const code = await exited(child, program);
    signal?.throwIfAborted();
    const failure = code === 0 ? undefined : failureIn(await readIfThere(log), words[0], code);
    if (failure !== undefined) throw failure;
    return code ?? SIGNALLED + (child.signalCode === null ? 0 : constants.signals[child.signalCode]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command that prints until it is ended, and gives what it prints, line by line. */
export async function* follow(
  program: Program,
  words: Words,
  signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const child = launch(program, ["--log-format", "json", ...words], { stdio: "pipe", signal });
  const end = Promise.all([ended(child, program), read(child.stderr)]);
  // The loop below fails first where the program does; its failure is asked for behind it.
  end.catch(() => undefined);
  try {
    let rest = "";
    for await (const chunk of (child.stdout as Readable).setEncoding("utf8")) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    const [code, stderr] = await end;
    if (code !== 0) throw failureIn(stderr, words[0], code) ?? unexplained(words[0], code, stderr);
  } finally {
    child.kill();
    signal?.throwIfAborted();
  }
}

function launch(program: Program, words: readonly string[], options: SpawnOptions): ChildProcess {
  options.signal?.throwIfAborted();
  const child = spawn(program.path, [...program.options, ...words], options);
  // Whoever waits for the end is told.
  child.on("error", () => undefined);
  return child;
}

/** Waits until the child and its pipes have ended. */
async function ended(child: ChildProcess, program: Program): Promise<number | null> {
  return await waitFor(child, "close", program);
}

/** Waits for the child alone: what it started may hold its outputs open. */
async function exited(child: ChildProcess, program: Program): Promise<number | null> {
  return await waitFor(child, "exit", program);
}

async function waitFor(child: ChildProcess, event: "close" | "exit", program: Program): Promise<number | null> {
  try {
    const [code] = (await once(child, event)) as [number | null];
    return code;
  } catch (cause) {
    if (cause instanceof Error && cause.name === "AbortError") {
      if (child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => child.once("exit", resolve));
      return null;
    }
    const hint = "name the program in the options of openRuntime";
    const path = JSON.stringify(program.path);
    throw new TeuError<RuntimeErrorCode>("ERR_RUNTIME_PROGRAM", `Run the container runtime ${path}: ${String(cause)}`, {
      cause,
      hint,
    });
  }
}

async function read(stream: Readable | null): Promise<string> {
  if (stream === null) return "";
  const bytes = await collect(stream, { maxBytes: MAX_ANSWER_BYTES });
  return Buffer.from(bytes).toString("utf8");
}

async function readIfThere(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}

const SIGNALLED = 128;

function unexplained(command: string, exitCode: number | null, stderr: string): TeuError<RuntimeErrorCode> {
  const text = stderr.trim();
  const what = text === "" ? `exit code ${String(exitCode)}` : text;
  return new TeuError("ERR_RUNTIME_FAILED", `Container runtime command ${JSON.stringify(command)}: ${what}`, {
    detail: { exitCode },
  });
}
