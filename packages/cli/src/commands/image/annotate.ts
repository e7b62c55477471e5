/**
 * `teu image annotate`: annotations of a manifest or index.
 * @module
 */
import { annotate } from "@teu/content/mutate/annotate";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { readPairs } from "../../images/client.ts";
import { changeGraph } from "./change.ts";

/** Runs the command. */
export const imageAnnotate: Action = async (invocation, host) => {
  const [from = "", ...pairs] = invocation.operands;
  const gone = invocation.options("rm").map((name) => [name, null] as const);
  const changes = { ...readPairs(pairs, "NAME=VALUE"), ...Object.fromEntries(gone) };
  if (Object.keys(changes).length === 0) {
    throw new TeuError<CliErrorCode>(
      "ERR_USAGE",
      "Annotating: no annotation is named, expected NAME=VALUE or --rm NAME",
    );
  }
  return await changeGraph(from, (graph) => annotate(graph, changes, { signal: host.signal }), { invocation, host });
};
