/**
 * What a container uses, read from its control groups and its network, of either version.
 * @module
 */
import { join } from "node:path";
import type { Engine } from "../engine.ts";
import { type ContainerRecord, readTextIfThere } from "./record.ts";
import { cgroupOf, statusOf } from "./status.ts";

/** A moment's figures. */
export interface Usage {
  /** On a clock that never jumps, in milliseconds. */
  readonly timeMs: number;
  /** Since the container was started. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  /** Nothing for no limit. */
  readonly memoryLimitBytes?: number;
  readonly processes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** What a container uses; nothing where it does not run. */
export function usageOf(engine: Engine, { id }: ContainerRecord): Usage | undefined {
  const { pid } = statusOf(engine.folders, id);
  if (pid === 0) return undefined;
  const limit = numberOf(pid, ["memory", "memory.limit_in_bytes"], "memory.max");
  return {
    timeMs: performance.now(),
    cpuMs: cpuMs(pid),
    memoryBytes: memoryBytes(pid),
    ...(limit > 0 && limit < UNLIMITED ? { memoryLimitBytes: limit } : {}),
    processes: processes(pid),
    ...traffic(pid),
    ...blocks(pid),
  };
}

// Version 1 writes the largest number that there is for no limit.
const UNLIMITED = 2 ** 60;

function textOf(pid: number, [controller, file]: readonly [string, string], unified: string): string {
  const folder = cgroupOf(pid, controller);
  if (folder === undefined) return "";
  return readTextIfThere(join(folder, file)) ?? readTextIfThere(join(folder, unified)) ?? "";
}

function numberOf(pid: number, old: readonly [string, string], unified: string): number {
  const value = Number(textOf(pid, old, unified).trim());
  return Number.isFinite(value) ? value : 0;
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} ([0-9]+)$`, "m").exec(text)?.[1] ?? 0);
}

const NANOSECONDS = 1e6;
const MICROSECONDS = 1e3;

function cpuMs(pid: number): number {
  const text = textOf(pid, ["cpuacct", "cpuacct.usage"], "cpu.stat");
  return text.includes("usage_usec") ? fieldOf(text, "usage_usec") / MICROSECONDS : Number(text) / NANOSECONDS;
}

function memoryBytes(pid: number): number {
  const used = numberOf(pid, ["memory", "memory.usage_in_bytes"], "memory.current");
  const stat = textOf(pid, ["memory", "memory.stat"], "memory.stat");
  const cache = fieldOf(stat, "total_inactive_file") || fieldOf(stat, "inactive_file");
  return Math.max(0, used - cache);
}

function processes(pid: number): number {
  const text = textOf(pid, ["pids", "cgroup.procs"], "cgroup.procs").trim();
  return text === "" ? 0 : text.split("\n").length;
}

const RECEIVED = 0;
const SENT = 8;

function traffic(pid: number): { readonly receivedBytes: number; readonly sentBytes: number } {
  const lines = (readTextIfThere(`/proc/${pid}/net/dev`) ?? "").split("\n").slice(2);
  const rows = lines
    .map((line) => line.split(":"))
    .filter(([name = "", rest]) => rest !== undefined && name.trim() !== "lo");
  const sum = (at: number): number =>
    rows.reduce((total, [, rest = ""]) => total + Number(rest.trim().split(/\s+/)[at] ?? 0), 0);
  return { receivedBytes: sum(RECEIVED), sentBytes: sum(SENT) };
}

function blocks(pid: number): { readonly readBytes: number; readonly writtenBytes: number } {
  const text = textOf(pid, ["blkio", "blkio.throttle.io_service_bytes"], "io.stat");
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return { readBytes: sum(/(?: Read |rbytes=)([0-9]+)/g), writtenBytes: sum(/(?: Write |wbytes=)([0-9]+)/g) };
}
