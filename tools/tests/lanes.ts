/**
 * Shares test files out to processes. A room's files stay together: they share modules, and what they do to the host.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "../project.ts";
import type { Outcome } from "./run-files.ts";

/** Milliseconds that a file took when it last ran, by its path in the project. */
export type Times = Readonly<Record<string, number>>;

const TIMES_FILE = join(projectRoot, ".setup/test-times.json");
/** What a file is taken to need that has not been timed: system tests start other programs. */
const UNTIMED_MS = { system: 2000, unit: 50 };

/** Shares `files` out to at most `count` lanes that should take about as long as each other. */
export function lanesOf(files: readonly string[], count: number, times: Times): string[][] {
  const groups = Map.groupBy(files, (file) => file.split("/").slice(0, 2).join("/"));
  const weighed = [...groups.values()].map((group) => ({ group, ms: sum(group.map((file) => expected(file, times))) }));
  const lanes = Array.from({ length: count }, () => ({ files: [] as string[], ms: 0 }));
  for (const { group, ms } of weighed.sort((a, b) => b.ms - a.ms)) {
    const lane = lanes.reduce((least, each) => (each.ms < least.ms ? each : least));
    lane.files.push(...group);
    lane.ms += ms;
  }
  return lanes.map((lane) => lane.files).filter((lane) => lane.length > 0);
}

function expected(file: string, times: Times): number {
  return times[file] ?? (file.startsWith("test/") ? UNTIMED_MS.system : UNTIMED_MS.unit);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The times of earlier runs; none on a new clone. */
export function readTimes(): Times {
  try {
    return JSON.parse(readFileSync(TIMES_FILE, "utf8")) as Times;
  } catch {
    return {};
  }
}

/** Remembers how long the files of a run took. */
export function saveTimes(fileMs: Outcome["fileMs"]): void {
  const times = Object.entries(fileMs).map(([file, ms]) => [relative(projectRoot, file), Math.round(ms)] as const);
  mkdirSync(dirname(TIMES_FILE), { recursive: true });
  writeFileSync(TIMES_FILE, JSON.stringify({ ...readTimes(), ...Object.fromEntries(times) }));
}
