/**
 * What the monitor tells those who come later, as small files of JSON: each appears whole.
 * @module
 */
import { nowMicroseconds, rfc3339 } from "@teu/kernel/clock";
import { CWD, replaceFile, tryReadFile } from "@teu/kernel/files";

const MODE = 0o644;

/** The container as it runs, in `state.json` of the run folder. */
export class RunRecord {
  monitorPid = 0;
  monitorStart = "";
  pid = 0;
  pidStart = "";
  /** `creating`, `created`, `running`, `restarting` or `stopped`. */
  status = "creating";
  startedAt = "";
  restarts = 0;

  write(): void {
    const { monitorPid, monitorStart, pid, pidStart, status, startedAt, restarts } = this;
    const text = JSON.stringify({ monitorPid, monitorStart, pid, pidStart, status, startedAt, restarts });
    replaceFile(CWD, "state.json", text, MODE);
  }
}

/** Notes how a run ended. `failed` says that it never began. */
export function writeExit(path: string, exitCode: number, failed: boolean, outOfMemory: boolean): void {
  replaceFile(CWD, path, JSON.stringify({ exitCode, failed, outOfMemory, finishedAt: now() }), MODE);
}

/** The time as logs have it. */
export function now(): string {
  return rfc3339(nowMicroseconds());
}

/** When a process began, in ticks of the kernel as text; empty where there is none. */
export function startOf(pid: number): string {
  const stat = tryReadFile(`/proc/${pid}/stat`) ?? "";
  // The name, in parentheses, may have blanks and parentheses itself.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD] ?? "";
}

const START_FIELD = 19;
