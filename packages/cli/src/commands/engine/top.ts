/**
 * `teu top`.
 * @module
 */
import { findContainer } from "@teu/engine/containers/record";
import { containerProcesses } from "@teu/engine/containers/processes";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printTable, wantsJson } from "../image/output.ts";
import { openEngine } from "./open-engine.ts";

/** Runs the command. */
export const top: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const record = findContainer(engine.folders, invocation.operands[0] ?? "");
  const rows = await containerProcesses(engine, record);
  if (wantsJson(invocation)) printJson(host, rows);
  else {
    const cells = rows.map(({ uid, pid, ppid, state, cpuSeconds, command }) => [
      String(uid),
      String(pid),
      String(ppid),
      state,
      cpuSeconds.toFixed(2),
      command,
    ]);
    printTable(host, ["UID", "PID", "PPID", "STATE", "CPU-S", "COMMAND"], cells);
  }
  return EXIT.ok;
};
