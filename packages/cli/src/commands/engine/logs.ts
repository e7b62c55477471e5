/**
 * `teu logs`.
 * @module
 */
import { readInteger } from "@teu/engine/config/read-options";
import { readLog } from "@teu/engine/containers/logs";
import { findContainer } from "@teu/engine/containers/record";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openEngine } from "./open-engine.ts";
import { readTime } from "./time-text.ts";

const NEWLINE = Buffer.from("\n");

/** Runs the command. */
export const logs: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const record = findContainer(engine.folders, invocation.operands[0] ?? "");
  const timestamps = invocation.flag("timestamps");
  let isWhole = true;
  for await (const line of readLog(engine, record, { ...logOptions(invocation), signal: host.signal })) {
    const head = timestamps && isWhole ? [Buffer.from(`${line.time} `)] : [];
    isWhole = line.isWhole;
    const bytes = Buffer.concat([...head, line.text, ...(line.isWhole ? [NEWLINE] : [])]);
    if (line.isError) process.stderr.write(bytes);
    else await host.bytes(bytes);
  }
  return EXIT.ok;
};

function logOptions({ option, flag }: Invocation): Parameters<typeof readLog>[2] {
  const [tail, since, until] = ["tail", "since", "until"].map((name) => option(name));
  return {
    tail: tail === undefined || tail === "all" ? undefined : readInteger(tail, "tail", [0, 1e12]),
    since: since === undefined ? undefined : readTime(since, "since"),
    until: until === undefined ? undefined : readTime(until, "until"),
    follow: flag("follow"),
  };
}
