/**
 * What /proc tells about a process.
 * @module
 */
import { CWD, readLinkAt, tryReadFile } from "@teu/kernel/files";

/** A process at a moment. */
export interface ProcessStat {
  /** A letter, such as `S`; `Z` for one that has ended. */
  readonly state: string;
  readonly parent: number;
  /** In clock ticks since boot. With the pid it names a process for ever. */
  readonly startTime: string;
  /** It runs another program than the process that it was forked from. */
  readonly executed: boolean;
}

/** Asks about a process; undefined where there is none. */
export function processStat(pid: number): ProcessStat | undefined {
  const line = tryReadFile(`/proc/${pid}/stat`);
  return line === undefined ? undefined : parseStat(line);
}

const PF_FORKNOEXEC = 0x40;

/** Takes /proc/PID/stat apart, in which the name of the program can hold anything. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1] ?? "0"),
    startTime: fields[19] ?? "",
    executed: (Number(fields[6] ?? "0") & PF_FORKNOEXEC) === 0,
  };
}

/** Files of the standard streams of a process, `self` or a pid, by their names, such as `pipe:[12]`. */
export function streamNames(of: string): string[] {
  return [0, 1, 2].map((fd) => readLinkAt(CWD, `/proc/${of}/fd/${fd}`) ?? "");
}
