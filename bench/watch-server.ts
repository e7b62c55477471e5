/**
 * What a server cost while requests were sent to it, by what the kernel counts for its process.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";

/** Milliseconds of a tick, in which the kernel counts CPU time. It is the same on all machines that Node runs on. */
const TICK_MS = 10;

/** Starts watching a process; the function that it returns tells the CPU time since then, and the highest memory. */
export function watchServer(pid: number): () => { readonly cpuMs: number; readonly peakMiB: number } {
  // Writing 5 makes the kernel count the peak anew.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const start = readCpuMs(pid);
  return () => ({ cpuMs: readCpuMs(pid) - start, peakMiB: readPeakMiB(pid) });
}

function readCpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name of the program, in parentheses, may have spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function readPeakMiB(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;
}
