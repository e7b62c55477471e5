/**
 * `teu exec`.
 * @module
 */
import { execInContainer } from "@teu/engine/containers/exec";
import { findContainer } from "@teu/engine/containers/record";
import type { Action } from "../../command.ts";
import { environmentOf } from "./container-options.ts";
import { openEngine } from "./open-engine.ts";

/** Runs the command. */
export const exec: Action = async (invocation, host) => {
  const { operands, option, flag } = invocation;
  const engine = openEngine(host);
  const record = findContainer(engine.folders, operands[0] ?? "");
  return await execInContainer(engine, record, {
    words: operands.slice(1),
    terminal: flag("tty"),
    interactive: flag("interactive"),
    detach: flag("detach"),
    privileged: flag("privileged"),
    env: environmentOf(invocation, host),
    workdir: option("workdir"),
    user: option("user"),
  });
};
