/**
 * What is true of a container now: records say what was, and the kernel's processes whether it still is.
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Engine, runtimeFolder } from "../engine.ts";
import { readRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import { type ContainerRecord, containerFolders, readTextIfThere } from "./record.ts";

/** The state of a container. */
export type Status = "created" | "running" | "paused" | "restarting" | "exited";

/** The health of a container. */
export interface Health {
  readonly status: "starting" | "healthy" | "unhealthy";
  readonly failures: number;
  readonly last: {
    readonly startedAt: string;
    readonly endedAt: string;
    readonly exitCode: number;
    readonly output: string;
  };
}

/** A container's present. Times are RFC 3339. */
export interface ContainerStatus {
  readonly status: Status;
  /** Of the first process; 0 where there is none. */
  readonly pid: number;
  /** Of the monitor; 0 where there is none. */
  readonly monitorPid: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** Of the last run that ended. */
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  readonly health?: Health;
  /** Whether the monitor has seen the end of its last run through, so that the runtime keeps nothing of it. */
  readonly settled: boolean;
}

interface RunRecord {
  readonly monitorPid: number;
  readonly monitorStart: string;
  readonly pid: number;
  readonly pidStart: string;
  readonly status: "creating" | "created" | "running" | "restarting" | "stopped";
  readonly startedAt: string;
  readonly restarts: number;
}

interface ExitRecord {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly finishedAt: string;
}

/** The exit code of a run whose end nobody saw. */
const UNSEEN = 255;

/** Looks at a container. */
export function statusOf(folders: EngineFolders, id: string): ContainerStatus {
  const { run, exit, started } = containerFolders(folders, id);
  const ran = readRecord<RunRecord>(join(run, "state.json"));
  const ended = readRecord<ExitRecord>(exit);
  // One that has noted the end has nothing more to do with the container.
  const monitorPid = ran?.status === "stopped" ? 0 : living(ran?.monitorPid, ran?.monitorStart);
  const pid = firstPid(ran, monitorPid > 0, { run, id });
  const settled = ran === undefined || ran.status === "stopped";
  const wasStarted = ran !== undefined || existsSync(started);
  const status = judge({ ran, ended, pid, monitorPid, wasStarted });
  const health = status === "running" ? readRecord<Health>(join(run, "health.json")) : undefined;
  return {
    status,
    pid,
    monitorPid,
    ...timesOf(ran, ended),
    ...(status === "exited" ? { exitCode: ended?.exitCode ?? UNSEEN } : {}),
    ...countsOf(ran, ended),
    settled,
    ...(health === undefined ? {} : { health }),
  };
}

function living(pid = 0, start = ""): number {
  return isAlive(pid, start) ? pid : 0;
}

function firstPid(ran: RunRecord | undefined, isWatched: boolean, place: Place): number {
  return !isWatched && ran?.status === "creating" ? orphan(place) : living(ran?.pid, ran?.pidStart);
}

interface Place {
  readonly run: string;
  readonly id: string;
}

/** The first process of a container whose monitor was killed before it could note that; 0 where there is none. */
function orphan({ run, id }: Place): number {
  const pid = Number(readTextIfThere(join(run, "pid")) ?? 0);
  const isOurs = pid > 0 && (readTextIfThere(`/proc/${pid}/cgroup`) ?? "").includes(id);
  return isOurs && !/^State:\s+[ZX]/m.test(readTextIfThere(`/proc/${pid}/status`) ?? "") ? pid : 0;
}

function countsOf(ran?: RunRecord, ended?: ExitRecord): Pick<ContainerStatus, "outOfMemory" | "restarts"> {
  return { outOfMemory: ended?.outOfMemory ?? false, restarts: ran?.restarts ?? 0 };
}

function timesOf(ran?: RunRecord, ended?: ExitRecord): Pick<ContainerStatus, "startedAt" | "finishedAt"> {
  const startedAt = ran?.startedAt ?? "";
  return {
    ...(startedAt === "" ? {} : { startedAt }),
    ...(ended === undefined ? {} : { finishedAt: ended.finishedAt }),
  };
}

interface Facts {
  readonly ran: RunRecord | undefined;
  readonly ended: ExitRecord | undefined;
  readonly pid: number;
  readonly monitorPid: number;
  /** Ever, be it before the last boot. */
  readonly wasStarted: boolean;
}

function judge(facts: Facts): Status {
  const { ran, ended, wasStarted } = facts;
  if (ran !== undefined) return judgeRun(facts, ran);
  return ended === undefined && !wasStarted ? "created" : "exited";
}

function judgeRun({ ended, pid, monitorPid }: Facts, ran: RunRecord): Status {
  if (pid > 0 && ran.status === "created") return "created";
  if (pid > 0) return isFrozen(pid) ? "paused" : "running";
  if (monitorPid > 0 && (ran.status === "restarting" || ran.restarts > 0)) return "restarting";
  if (monitorPid > 0 && ran.status === "creating") return "created";
  return ran.startedAt === "" && ended === undefined ? "created" : "exited";
}

const STATE = 0;
const START = 19;

/** Whether the runtime still has something of a container: who was to delete that may have been killed. */
export function isKnownToRuntime({ folders }: Engine, { id, options }: ContainerRecord): boolean {
  return existsSync(join(runtimeFolder(folders, options.runtime), id));
}

/** Whether a container is to be started after a boot: one that ran before, and should always. */
export function wantsStart(folders: EngineFolders, { id, options }: ContainerRecord): boolean {
  const { started, stopped } = containerFolders(folders, id);
  const { policy } = options.restart;
  const { pid, monitorPid } = statusOf(folders, id);
  if (pid > 0 || monitorPid > 0 || !existsSync(started)) return false;
  return policy === "always" || (policy === "unless-stopped" && !existsSync(stopped));
}

/** When a process began, in ticks of the kernel; empty where there is none. */
export function startOfProcess(pid: number): string {
  const stat = readTextIfThere(`/proc/${pid}/stat`) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START] ?? "";
}

/** Tells whether a process is the one that began at `start`, in ticks of the kernel, and has not ended. */
export function isAlive(pid: number, start: string): boolean {
  if (pid <= 0) return false;
  const stat = readTextIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return false;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[START] === start && fields[STATE] !== "Z" && fields[STATE] !== "X";
}

/** The folder of the cgroup of a process for a controller, or of cgroup version 2 for the empty name. */
export function cgroupOf(pid: number, controller: string): string | undefined {
  const lines = (readTextIfThere(`/proc/${pid}/cgroup`) ?? "")
    .split("\n")
    .map((line) => /^[0-9]+:([^:]*):(.*)$/.exec(line));
  const found = lines.find((line) => line?.[1]?.split(",").includes(controller) === true);
  const unified = lines.find((line) => line?.[1] === "");
  if (found !== undefined && controller !== "") return `/sys/fs/cgroup/${controller}${found?.[2] ?? ""}`;
  const isOnly = lines.filter((line) => line !== null).length === 1;
  return unified === undefined || unified === null || !isOnly ? undefined : `/sys/fs/cgroup${unified[2]}`;
}

function isFrozen(pid: number): boolean {
  const folder = cgroupOf(pid, "freezer");
  if (folder === undefined) return false;
  const [old, unified] = ["freezer.state", "cgroup.freeze"].map((name) => readTextIfThere(join(folder, name))?.trim());
  return old === "FROZEN" || unified === "1";
}
