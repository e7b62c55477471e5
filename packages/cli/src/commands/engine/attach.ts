/**
 * `teu attach`.
 * @module
 */
import { connectMonitor } from "@teu/engine/containers/monitor-client";
import { containerFolders, findContainer } from "@teu/engine/containers/record";
import { runRuntime } from "@teu/engine/containers/runtime-call";
import { statusOf } from "@teu/engine/containers/status";
import type { EngineErrorCode } from "@teu/engine/errors";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openEngine } from "./open-engine.ts";
import { keysOf } from "./detach-keys.ts";
import { Session } from "./session.ts";

/** Runs the command. */
export const attach: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const record = findContainer(engine.folders, invocation.operands[0] ?? "");
  const { terminal, interactive } = record.options;
  using session = new Session({
    terminal,
    input: interactive && !invocation.flag("no-stdin"),
    detachKeys: keysOf(invocation),
    onSignal:
      invocation.option("sig-proxy") === "false"
        ? undefined
        : (name) => void runRuntime(engine, record, ["kill", record.id, name]).catch(() => undefined),
  });
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  const over = (): void => resolve(statusOf(engine.folders, record.id).exitCode ?? EXIT.engineFailed);
  const listener = { output: session.output, ended: resolve, failed: over, lost: over };
  const client = await connectMonitor(containerFolders(engine.folders, record.id).run, listener);
  if (client === undefined) {
    const message = `Attaching to container "${record.name}": it does not run, expected it to`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_STOPPED", message);
  }
  client.attach();
  session.join(client);
  session.proxySignals(Promise.resolve());
  const exitCode = await Promise.race([ended, session.left]);
  await session.flush();
  client.close();
  return exitCode ?? EXIT.ok;
};
