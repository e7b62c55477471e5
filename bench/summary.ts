/**
 * Turns costs into the table that goes to `bench/results/`.
 * @module
 */
import { cpus, release, totalmem } from "node:os";
import { tmpdir } from "node:os";
import { projectRoot } from "../tools/project.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";
import type { Cost } from "./measure.ts";

/** All runs of one contender in one case. */
export interface Runs {
  readonly contender: Contender;
  readonly costs: readonly Cost[];
}

/** Minimum and median of wall and CPU time, and the highest peak of memory. */
export interface Figures {
  readonly minMs: number;
  readonly medianMs: number;
  readonly minCpuMs: number;
  readonly medianCpuMs: number;
  readonly peakMiB: number;
  /** The lowest time in which 99 of 100 requests were answered, where requests are sent. */
  readonly p99Ms?: number;
}

/** Sums up the runs of one contender. */
export function figures(costs: readonly Cost[]): Figures {
  const walls = costs.map((cost) => cost.wallMs);
  const cpu = costs.map((cost) => cost.cpuMs);
  const p99s = costs.flatMap(({ p99Ms }) => (p99Ms === undefined ? [] : [p99Ms]));
  return {
    minMs: Math.min(...walls),
    medianMs: median(walls),
    minCpuMs: Math.min(...cpu),
    medianCpuMs: median(cpu),
    peakMiB: Math.max(...costs.map((cost) => cost.peakMiB)),
    ...(p99s.length === 0 ? {} : { p99Ms: Math.min(...p99s) }),
  };
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** One case as a Markdown section. Ratios compare minima: below 1 we are cheaper than the peer. */
export function caseSection(work: Case, runs: readonly Runs[]): string {
  const all = runs.map(({ contender, costs }) => ({ contender, ...figures(costs) }));
  const [ours] = all;
  if (ours === undefined) return "";
  const rates = (work.work ?? []).map(({ unit }) => ` ${unit}/s |`).join("");
  const hasP99 = ours.p99Ms !== undefined;
  const lines = [
    `## ${work.name}`,
    "",
    `| command | wall min ms | wall median ms | CPU min ms | CPU median ms | peak MiB |${hasP99 ? " p99 ms |" : ""}${rates} our wall ÷ | our CPU ÷ |`,
    `|---|--:|--:|--:|--:|--:|${hasP99 ? "--:|" : ""}${(work.work ?? []).map(() => "--:|").join("")}--:|--:|`,
  ];
  for (const row of all) {
    const speed = (work.work ?? []).map(({ amount }) => ` ${round((amount / row.minMs) * 1000)} |`).join("");
    const p99 = row.p99Ms === undefined ? [] : [row.p99Ms];
    const times = [row.minMs, row.medianMs, row.minCpuMs, row.medianCpuMs, row.peakMiB, ...p99].map(round).join(" | ");
    lines.push(
      `| ${row.contender.name} | ${times} |${speed} ${ratio(ours.minMs, row.minMs)} | ${ratio(ours.minCpuMs, row.minCpuMs)} |`,
    );
  }
  for (const bar of work.bars ?? []) lines.push("", barLine(bar, all));
  if (work.maxPeakMB !== undefined) lines.push("", memoryLine(work.maxPeakMB, ours));
  if (work.maxP99Ms !== undefined) lines.push("", p99Line(work.maxP99Ms, ours));
  return `${lines.join("\n")}\n`;
}

function p99Line(maxMs: number, { p99Ms = Infinity }: Figures): string {
  return `Bar: p99 below ${maxMs} ms: ${p99Ms.toFixed(1)} ms, ${p99Ms < maxMs ? "reached" : "**missed**"}.`;
}

function memoryLine(maxMB: number, { peakMiB }: Figures): string {
  const peakMB = (peakMiB * 2 ** 20) / 1e6;
  return `Bar: peak memory at most ${maxMB} MB: ${peakMB.toFixed(0)} MB, ${peakMB <= maxMB ? "reached" : "**missed**"}.`;
}

function barLine(bar: Bar, all: readonly (Figures & { readonly contender: Contender })[]): string {
  const [ours] = all;
  const peer = all.find((row) => row.contender.name === bar.peer);
  if (ours === undefined || peer === undefined) return `Bar: ${bar.peer} was not measured.`;
  const value = metric(ours, bar) / metric(peer, bar);
  const verdict = value <= bar.atMost ? "reached" : "**missed**";
  return `Bar: ${bar.metric} at most ${Number(bar.atMost.toFixed(2))}× ${bar.peer}: ${value.toFixed(2)}×, ${verdict}.`;
}

function metric(row: Figures, bar: Bar): number {
  if (bar.metric === "memory") return row.peakMiB;
  return bar.metric === "cpu" ? row.minCpuMs : row.minMs;
}

/** The head of a result page: what, when, where, and the exact commands and versions. */
export function head(bench: Bench, folder: string, cases: readonly Case[]): string {
  const commands = cases.flatMap(({ name, contenders }) =>
    contenders.map((one) => `- ${name}, ${one.name} (${one.version}): \`${anonymous(one.command.join(" "), folder)}\``),
  );
  return [
    `# ${bench.title}`,
    "",
    bench.about,
    "",
    `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}, by \`npm run bench -- ${bench.name}\`.`,
    "Contenders run in turns, in alternating order. Ratios compare minima: below 1 we are cheaper.",
    "",
    "Commands:",
    ...commands,
    "",
  ].join("\n");
}

function machine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? "unknown processor"}, ${gigabytes} GiB, Linux ${release()}, Node ${process.versions.node}`;
}

function anonymous(command: string, folder: string): string {
  return command.replaceAll(folder, "$DATA").replaceAll(projectRoot, ".").replaceAll(tmpdir(), "$TMP");
}

function ratio(ours: number, theirs: number): string {
  return (ours / theirs).toFixed(2);
}

function round(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", "\u202f");
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
