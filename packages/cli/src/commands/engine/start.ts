/**
 * `teu start`.
 * @module
 */
import { findContainer, lockContainer } from "@teu/engine/containers/record";
import { startContainer } from "@teu/engine/containers/start";
import { statusOf } from "@teu/engine/containers/status";
import { cleanUp } from "@teu/engine/containers/remove";
import { runRuntime } from "@teu/engine/containers/runtime-call";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { keysOf } from "./detach-keys.ts";
import { openEngine } from "./open-engine.ts";
import { settle } from "./run.ts";
import { Session } from "./session.ts";

/** Runs the command. */
export const start: Action = async (invocation, host) => {
  const attaches = invocation.flag("attach") || invocation.flag("interactive");
  if (attaches && invocation.operands.length > 1)
    throw new TeuError<CliErrorCode>("ERR_USAGE", "Reading the options: --attach takes one container");
  if (attaches) return await startHere(invocation, host);
  const engine = openEngine(host);
  for (const text of invocation.operands) {
    const record = findContainer(engine.folders, text);
    await using _lock = await lockContainer(engine.folders, record.id, host.signal);
    const { pid, status } = statusOf(engine.folders, record.id);
    if (pid === 0 || status === "restarting") {
      await cleanUp(engine, record);
      const { client } = await startContainer(engine, record);
      client.leave();
      client.close();
    }
    host.out(`${text}\n`);
  }
  return EXIT.ok;
};

async function startHere(invocation: Invocation, host: Host): Promise<ExitCode> {
  const engine = openEngine(host);
  const record = findContainer(engine.folders, invocation.operands[0] ?? "");
  const { terminal, interactive } = record.options;
  using session = new Session({
    terminal,
    input: interactive && invocation.flag("interactive"),
    detachKeys: keysOf(invocation),
    onSignal: (name) => void runRuntime(engine, record, ["kill", record.id, name]).catch(() => undefined),
  });
  const lock = await lockContainer(engine.folders, record.id, host.signal);
  try {
    await cleanUp(engine, record);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
  const starting = startContainer(engine, record, {
    output: session.output,
    onClient: (one) => session.join(one),
  }).finally(async () => await lock[Symbol.asyncDispose]());
  session.proxySignals(starting);
  const { client, ended } = await starting;
  const exitCode = await Promise.race([ended, session.left]);
  if (exitCode === undefined) client.leave();
  await session.flush();
  client.close();
  if (exitCode === undefined) return EXIT.ok;
  await settle(engine, record);
  return exitCode;
}
