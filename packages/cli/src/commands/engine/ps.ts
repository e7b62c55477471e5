/**
 * `teu ps` and `teu port`.
 * @module
 */
import { readInteger, wrongOption } from "@teu/engine/config/read-options";
import type { PortOption } from "@teu/engine/config/options";
import { type ContainerRecord, findContainer, listContainers } from "@teu/engine/containers/record";
import { type ContainerStatus, statusOf } from "@teu/engine/containers/status";
import type { Engine } from "@teu/engine/engine";
import { networkRecord } from "@teu/engine/network/connect";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printTable, wantsJson } from "../image/output.ts";
import { openEngine } from "./open-engine.ts";
import { since } from "./time-text.ts";

const SHORT_ID = 12;
const SHORT_COMMAND = 20;

interface Row {
  readonly record: ContainerRecord;
  readonly now: ContainerStatus;
}

/** Runs `teu ps`. */
export const ps: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const rows = chooseRows(invocation, allRows(engine));
  if (invocation.flag("quiet")) {
    for (const { record } of rows)
      host.out(`${invocation.flag("no-trunc") ? record.id : record.id.slice(0, SHORT_ID)}\n`);
  } else if (wantsJson(invocation))
    printJson(
      host,
      rows.map((row) => jsonOf(engine, row)),
    );
  else {
    const head = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
    printTable(
      host,
      head,
      rows.map((row) => cellsOf(engine, row, invocation.flag("no-trunc"))),
    );
  }
  return EXIT.ok;
};

function allRows(engine: Engine): Row[] {
  return listContainers(engine.folders).map((record) => ({ record, now: statusOf(engine.folders, record.id) }));
}

function chooseRows(invocation: Invocation, rows: readonly Row[]): readonly Row[] {
  const last = invocation.flag("latest") ? "1" : invocation.option("last");
  const filters = invocation.options("filter").map(readFilter);
  const asksStatus = filters.some(({ key }) => key === "status" || key === "exited");
  const all = invocation.flag("all") || last !== undefined || asksStatus;
  const found = rows
    .filter(({ now }) => all || ["running", "paused", "restarting"].includes(now.status))
    .filter((row) => filters.every(({ key, test }) => key !== "" && test(row)));
  return last === undefined ? found : found.slice(0, readInteger(last, "last", [0, 1e9]));
}

interface Filter {
  readonly key: string;
  readonly test: (row: Row) => boolean;
}

function readFilter(text: string): Filter {
  const equals = text.indexOf("=");
  const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
  const tests: Readonly<Record<string, (row: Row) => boolean>> = {
    name: ({ record }) => record.name.includes(value),
    id: ({ record }) => record.id.startsWith(value),
    status: ({ now }) => now.status === value,
    exited: ({ now }) => now.status === "exited" && String(now.exitCode) === value,
    ancestor: ({ record }) =>
      record.image === value || record.image.includes(`/${value}:`) || record.imageConfig.includes(value),
    label: ({ record }) => hasLabel(record, value),
    health: ({ now }) => (now.health?.status ?? "none") === value,
  };
  const test = tests[key];
  if (test === undefined) throw wrongOption("filter", text, `KEY=VALUE with one of ${Object.keys(tests).join(", ")}`);
  return { key, test };
}

function hasLabel({ options: { labels } }: ContainerRecord, text: string): boolean {
  const equals = text.indexOf("=");
  return equals < 0 ? text in labels : labels[text.slice(0, equals)] === text.slice(equals + 1);
}

function cellsOf(engine: Engine, { record, now }: Row, whole: boolean): string[] {
  const command = record.args.join(" ");
  const short = command.length > SHORT_COMMAND ? `${command.slice(0, SHORT_COMMAND - 1)}…` : command;
  return [
    whole ? record.id : record.id.slice(0, SHORT_ID),
    record.image,
    `"${whole ? command : short}"`,
    `${since(record.created)} ago`,
    statusText(now),
    portsOf(engine, record, now).map(portText).join(", "),
    record.name,
  ];
}

function statusText(now: ContainerStatus): string {
  const { status, startedAt, finishedAt, exitCode, health } = now;
  if (status === "created") return "Created";
  if (status === "exited") return `Exited (${exitCode})${finishedAt === undefined ? "" : ` ${since(finishedAt)} ago`}`;
  if (status === "restarting") return `Restarting, ${now.restarts} so far`;
  const notes = [...(status === "paused" ? ["Paused"] : []), ...(health === undefined ? [] : [health.status])];
  return `Up ${since(startedAt ?? "")}${notes.map((note) => ` (${note})`).join("")}`;
}

function portsOf({ folders }: Engine, { id }: ContainerRecord, { pid }: ContainerStatus): readonly PortOption[] {
  return pid === 0 ? [] : (networkRecord(folders, id)?.ports ?? []);
}

function portText({ hostIp, hostPort, containerPort, protocol }: PortOption): string {
  return `${hostIp || "0.0.0.0"}:${hostPort}->${containerPort}/${protocol}`;
}

function jsonOf(engine: Engine, { record, now }: Row): object {
  const { id, name, image, imageConfig, created, args, options } = record;
  const ports = portsOf(engine, record, now);
  return { id, name, image, imageId: imageConfig, command: args, created, labels: options.labels, ports, ...now };
}

/** Runs `teu port`. */
export const port: Action = async ({ operands: [text = ""] }, host) => {
  const engine = openEngine(host);
  const record = findContainer(engine.folders, text);
  for (const one of portsOf(engine, record, statusOf(engine.folders, record.id)))
    host.out(`${one.containerPort}/${one.protocol} -> ${one.hostIp || "0.0.0.0"}:${one.hostPort}\n`);
  return EXIT.ok;
};
