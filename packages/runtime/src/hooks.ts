/**
 * Running hooks.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#posix-platform-hooks
 * @module
 */
import { errnoText } from "@teu/kernel/errno";
import {
  STDERR,
  close,
  closeOnExecFrom,
  duplicate,
  pipe,
  readText,
  tryWriteText,
  waitReadable,
} from "@teu/kernel/descriptors";
import { openMemory, takeText } from "@teu/kernel/memory-files";
import { clone, exitNow, signalProcess, tryExec, wait } from "@teu/kernel/processes";
import { SIGKILL, resetSignals, statusText } from "@teu/kernel/signals";
import type { HookConfig } from "./config/hooks.ts";
import { type Failure, asFailure, fieldFailure } from "./failure.ts";

const EXEC_FAILED = 255;

/** Runs the hooks of one moment, in their order, with `state` on standard input. @throws Failure of the first that fails */
export function runHooks(hooks: readonly HookConfig[], name: string, state: string): void {
  for (const hook of hooks) if (hook.name === name) runHook(hook, state);
}

/** As {@link runHooks}, but goes on after a failure, which is passed to `warn`. */
export function runHooksToEnd(hooks: readonly HookConfig[], state: string, warn: (failure: Failure) => void): void {
  for (const hook of hooks) {
    try {
      runHook(hook, state);
    } catch (error) {
      warn(asFailure(error));
    }
  }
}

function runHook(hook: HookConfig, state: string): void {
  const input = pipe();
  const report = pipe();
  const said = openMemory("hook");
  const child = clone(0);
  if (child.pid === 0) becomeHook(hook, { input: input.reader, report: report.writer, said });
  close(input.reader);
  close(report.writer);
  // A hook need not read its input; one that does not is not at fault.
  tryWriteText(input.writer, state);
  close(input.writer);
  const ended = waitReadable([child.pidfd], hook.timeoutSeconds === 0 ? -1 : hook.timeoutSeconds * 1000).length > 0;
  if (!ended) signalProcess(child.pidfd, SIGKILL, hook.path);
  close(child.pidfd);
  const status = wait(child.pid);
  const refused = readText(report.reader, hook.path);
  close(report.reader);
  const words = takeText(said);
  if (ended && status === 0) tryWriteText(STDERR, words);
  const index = hook.field.slice(hook.field.lastIndexOf("[") + 1, -1);
  const name = `error running ${hook.name} hook #${index}: ${JSON.stringify(hook.path)}`;
  if (!ended) throw fieldFailure(hook.field, `${name} did not end within ${hook.timeoutSeconds} s${lastOf(words)}`);
  if (refused !== "") throw fieldFailure(hook.field, `${name}: ${refused}`);
  if (status !== 0) throw fieldFailure(hook.field, `${name} ended with ${statusText(status)}${lastOf(words)}`);
}

const MAX_WORDS = 2048;

// The end of what a hook wrote to its standard error is where it says why it failed.
function lastOf(words: string): string {
  const last = words.trim().slice(-MAX_WORDS);
  return last === "" ? "" : `, stderr: ${last}`;
}

interface HookStreams {
  readonly input: number;
  readonly report: number;
  /** A file in memory, so that a hook that leaves a process behind holds nobody up. */
  readonly said: number;
}

// What keeps the program from starting is written to `report`, which ends with its start.
function becomeHook(hook: HookConfig, { input, report, said }: HookStreams): void {
  duplicate(input, 0);
  duplicate(said, STDERR);
  closeOnExecFrom(3);
  resetSignals();
  const errno = -tryExec(hook.path, hook.args, hook.env);
  tryWriteText(report, errnoText(errno));
  exitNow(EXEC_FAILED);
}
