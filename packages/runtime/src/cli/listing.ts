/**
 * `ps`, `list`, `pause` and `resume`.
 * @module
 */
import { exists, tryReadFile } from "@teu/kernel/files";
import { setFrozen } from "../cgroup/folders.ts";
import { membersOf } from "../container/members.ts";
import { type State, listIds, loadState, stateFolder } from "../container/state.ts";
import { type Status, fieldsForUser, statusOf } from "../container/status.ts";
import { Failure, asFailure } from "../failure.ts";
import { runTool } from "../process/tool.ts";
import { Args, UsageError } from "./args.ts";
import type { Session } from "./session.ts";

/** Freezes or thaws a container. @throws Failure where it is in no state for that */
export function freezeCommand(session: Session, id: string, frozen: boolean): number {
  const state = loadState(session.root, id);
  const status = statusOf(stateFolder(session.root, id), state);
  const fits = frozen ? status === "running" || status === "created" : status === "paused";
  if (!fits) throw new Failure(`container ${frozen ? "not running or created" : "not paused"}: ${status}`);
  setFrozen(state.cgroups, frozen);
  return 0;
}

/** Lists the processes of a container, by pids of the host. */
export function psCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: [], values: ["format"], short: ["f=format"] });
  const [id = "", ...options] = args.operands("ps", 1, 64);
  const pids = membersOf(loadState(session.root, id));
  const format = args.value("format", "table");
  if (format === "json") session.print(`${JSON.stringify(pids)}\n`);
  else if (format === "table") session.print(processTable(pids, options));
  else throw new UsageError(`invalid format option ${JSON.stringify(format)}: expected table or json`);
  return 0;
}

// The host's own ps decides what there is to see; of its lines those of the container are kept.
function processTable(pids: readonly number[], options: readonly string[]): string {
  const { status, output } = runTool(["ps"].concat(options.length === 0 ? ["-ef"] : options));
  if (status !== 0) throw new Failure(`ps ended with status ${status}: ${output.trim()}`);
  const [title = "", ...lines] = output.split("\n");
  const column = wordsOf(title).indexOf("PID");
  if (column < 0) throw new Failure("couldn't find PID field in ps output");
  const kept = lines.filter((line) => pids.includes(Number(wordsOf(line)[column] ?? "0")));
  return [title, ...kept].map((line) => `${line}\n`).join("");
}

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== "");
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Listed {
  readonly state: State;
  readonly status: Status;
}

/** Lists all containers. */
export function listCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: ["quiet"], values: ["format"], short: ["q=quiet", "f=format"] });
  const listed: Listed[] = [];
  for (const id of listIds(session.root).sort(byText)) addListed(session, id, listed);
  const format = args.value("format", "table");
  if (args.flag("quiet")) session.print(listed.map(({ state }) => `${state.id}\n`).join(""));
  else if (format === "json") session.print(`${listed.length === 0 ? "null" : `[${listed.map(toJson).join(",")}]`}\n`);
  else if (format === "table") session.print(containerTable(listed));
  else throw new UsageError(`invalid format option ${JSON.stringify(format)}: expected table or json`);
  return 0;
}

// One record that cannot be read does not hide all others; one that has gone meanwhile is not missed.
function addListed(session: Session, id: string, listed: Listed[]): void {
  const folder = stateFolder(session.root, id);
  try {
    const state = loadState(session.root, id);
    listed.push({ state, status: statusOf(folder, state) });
  } catch (error) {
    if (exists(folder)) session.warn(asFailure(error).message);
  }
}

function toJson({ state, status }: Listed): string {
  return fieldsForUser(state, status, ownerOf(state)).toText();
}

function ownerOf(state: State): string {
  for (const line of (tryReadFile("/etc/passwd") ?? "").split("\n")) {
    const fields = line.split(":");
    if (fields[2] === String(state.owner)) return fields[0] ?? "";
  }
  return `#${state.owner}`;
}

function containerTable(listed: readonly Listed[]): string {
  const rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]];
  for (const { state, status } of listed)
    rows.push([
      state.id,
      status === "stopped" ? "0" : String(state.pid),
      status,
      state.bundle,
      state.created,
      ownerOf(state),
    ]);
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, Math.min(60, cell.length));
    });
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd((widths[i] ?? 0) + 2)).join(""));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
