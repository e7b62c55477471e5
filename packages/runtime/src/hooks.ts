/**
 * Running hooks.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#posix-platform-hooks
 * @module
 */
import { errnoText } from "@teu/kernel/errno";
import { close, closeOnExecFrom, duplicate, pipe, readText, tryWriteText, waitReadable } from "@teu/kernel/descriptors";
import { clone, exitNow, signalProcess, tryExec, wait } from "@teu/kernel/processes";
import { SIGKILL, resetSignals } from "@teu/kernel/signals";
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
  const child = clone(0);
  if (child.pid === 0) becomeHook(hook, input.reader, report.writer);
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
  const index = hook.field.slice(hook.field.lastIndexOf("[") + 1, -1);
  const name = `error running ${hook.name} hook #${index}: ${JSON.stringify(hook.path)}`;
  if (!ended) throw fieldFailure(hook.field, `${name} did not end within ${hook.timeoutSeconds} s`);
  if (refused !== "") throw fieldFailure(hook.field, `${name}: ${refused}`);
  if (status !== 0) throw fieldFailure(hook.field, `${name} ended with status ${status}`);
}

// What keeps the program from starting is written to `report`, which ends with its start.
function becomeHook(hook: HookConfig, input: number, report: number): void {
  duplicate(input, 0);
  closeOnExecFrom(3);
  resetSignals();
  const errno = -tryExec(hook.path, hook.args, hook.env);
  tryWriteText(report, errnoText(errno));
  exitNow(EXEC_FAILED);
}
