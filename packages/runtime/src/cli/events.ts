/**
 * `events`: what a container uses, and when it runs out of memory.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { waitReadable } from "@teu/kernel/descriptors";
import { exists } from "@teu/kernel/files";
import { mainFolder } from "../cgroup/folders.ts";
import { OomWatch } from "../cgroup/oom.ts";
import { eventLine, readStats } from "../cgroup/stats.ts";
import { intelRdtStats } from "../container/intel-rdt.ts";
import { type State, loadState, stateFolder } from "../container/state.ts";
import { statusOf } from "../container/status.ts";
import { Failure } from "../failure.ts";
import { Args, UsageError } from "./args.ts";
import type { Session } from "./session.ts";

/** Prints one line an event, until the container's cgroups end, or once with `--stats`. */
export function eventsCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: ["stats"], values: ["interval"], short: [] });
  const [id = ""] = args.operands("events", 1, 1);
  const intervalMs = durationMs(args.value("interval", "5s"));
  if (intervalMs <= 0) throw new UsageError("duration interval must be greater than 0");
  const state = loadState(session.root, id);
  if (statusOf(stateFolder(session.root, id), state) === "stopped")
    throw new Failure(`container with id ${id} is not running`);
  const stats = (): void =>
    session.print(eventLine("stats", id, readStats(state.cgroups, intelRdtStats(state.intelRdtGroup))));
  if (args.flag("stats")) stats();
  else follow(state, intervalMs, { stats, oom: () => session.print(eventLine("oom", id, "")) });
  return 0;
}

interface Reports {
  readonly stats: () => void;
  readonly oom: () => void;
}

// The end of a cgroup wakes nobody in every version, so it is looked for.
const MAX_WAIT_MS = 500;

function follow(state: State, intervalMs: number, { stats, oom }: Reports): void {
  const watch = new OomWatch(state.cgroups);
  const folder = mainFolder(state.cgroups) ?? "";
  let next = monotonicMs() + intervalMs;
  while (exists(folder)) {
    const wait = Math.max(0, Math.min(MAX_WAIT_MS, next - monotonicMs()));
    if (waitReadable([watch.fd], Math.ceil(wait)).length > 0 && watch.take()) oom();
    if (monotonicMs() < next || !exists(folder)) continue;
    stats();
    next += intervalMs;
  }
  watch.close();
}

interface Unit {
  readonly name: string;
  readonly ms: number;
}

const UNITS: readonly Unit[] = [
  { name: "ns", ms: 1e-6 },
  { name: "us", ms: 1e-3 },
  { name: "µs", ms: 1e-3 },
  { name: "ms", ms: 1 },
  { name: "s", ms: 1000 },
  { name: "m", ms: 60_000 },
  { name: "h", ms: 3_600_000 },
];

/** A time such as `1m30s` in milliseconds. @throws UsageError */
export function durationMs(text: string): number {
  let total = 0;
  let rest = text;
  while (rest !== "") {
    const match = /^([0-9]+(?:\.[0-9]*)?)([a-zµ]+)/.exec(rest);
    const unit = UNITS.find(({ name }) => name === (match?.[2] ?? ""));
    if (match === null || unit === undefined)
      throw new UsageError(`invalid duration ${JSON.stringify(text)}: expected a time such as 5s or 1m30s`);
    total += Number(match[1] ?? "0") * unit.ms;
    rest = rest.slice((match[0] ?? "").length);
  }
  return total;
}
