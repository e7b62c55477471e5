/**
 * `teu engine boot`.
 * @module
 */
import { sweepDrafts } from "@teu/engine/containers/drafts";
import { listContainers, lockContainer } from "@teu/engine/containers/record";
import { cleanUp } from "@teu/engine/containers/remove";
import { startContainer } from "@teu/engine/containers/start";
import { wantsStart } from "@teu/engine/containers/status";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { openEngine } from "./open-engine.ts";

/** Runs the command. One container that cannot be started does not keep the others from it. */
export const boot: Action = async (_invocation, host) => {
  const engine = openEngine(host);
  await sweepDrafts(engine);
  let exitCode: ExitCode = EXIT.ok;
  for (const record of listContainers(engine.folders).toReversed()) {
    try {
      await using _lock = await lockContainer(engine.folders, record.id, host.signal);
      if (!wantsStart(engine.folders, record)) continue;
      await cleanUp(engine, record);
      const { client } = await startContainer(engine, record);
      client.leave();
      client.close();
      host.out(`${record.name}\n`);
    } catch (error) {
      if (host.signal.aborted || !(error instanceof TeuError)) throw error;
      host.note(`teu: ${error.message}`);
      exitCode = EXIT.failed;
    }
  }
  return exitCode;
};
