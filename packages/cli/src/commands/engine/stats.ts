/**
 * `teu stats`.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { findContainer, listContainers, type ContainerRecord } from "@teu/engine/containers/record";
import { type Usage, usageOf } from "@teu/engine/containers/usage";
import type { Engine } from "@teu/engine/engine";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { printJson, printTable, sizeText, wantsJson } from "../image/output.ts";
import { openEngine } from "./open-engine.ts";

const INTERVAL_MS = 1000;
const FIRST_MS = 300;
const SHORT_ID = 12;
const CLEAR = "\u001b[H\u001b[2J";

/** Runs the command. */
export const stats: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const json = wantsJson(invocation);
  const once = invocation.flag("no-stream") || json;
  for (let before = take(engine, invocation.operands), waitMs = FIRST_MS; ; waitMs = INTERVAL_MS) {
    await sleep(waitMs, undefined, { signal: host.signal }).catch(() => undefined);
    if (host.signal.aborted) return EXIT.ok;
    const now = take(engine, invocation.operands);
    const rows = now.map((one) =>
      rowOf(
        one,
        before.find(({ record }) => record.id === one.record.id),
      ),
    );
    if (json) printJson(host, rows);
    else show(host, rows, !once && process.stdout.isTTY);
    if (once) return EXIT.ok;
    before = now;
  }
};

interface Sample {
  readonly record: ContainerRecord;
  readonly usage: Usage;
}

function take(engine: Engine, texts: readonly string[]): Sample[] {
  const records =
    texts.length === 0 ? listContainers(engine.folders) : texts.map((text) => findContainer(engine.folders, text));
  return records.flatMap((record) => {
    const usage = usageOf(engine, record);
    return usage === undefined ? [] : [{ record, usage }];
  });
}

interface Row extends Usage {
  readonly id: string;
  readonly name: string;
  readonly cpuPercent: number;
}

function rowOf({ record, usage }: Sample, before: Sample | undefined): Row {
  const span = usage.timeMs - (before?.usage.timeMs ?? usage.timeMs);
  const cpuMs = usage.cpuMs - (before?.usage.cpuMs ?? usage.cpuMs);
  return { id: record.id, name: record.name, cpuPercent: span > 0 ? (100 * cpuMs) / span : 0, ...usage };
}

function show(host: Host, rows: readonly Row[], clear: boolean): void {
  if (clear) host.out(CLEAR);
  const head = ["CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "PIDS", "NET I/O", "BLOCK I/O"];
  const cells = rows.map((row) => [
    row.id.slice(0, SHORT_ID),
    row.name,
    `${row.cpuPercent.toFixed(2)}%`,
    `${sizeText(row.memoryBytes)} / ${row.memoryLimitBytes === undefined ? "-" : sizeText(row.memoryLimitBytes)}`,
    String(row.processes),
    `${sizeText(row.receivedBytes)} / ${sizeText(row.sentBytes)}`,
    `${sizeText(row.readBytes)} / ${sizeText(row.writtenBytes)}`,
  ]);
  printTable(host, head, cells);
}
