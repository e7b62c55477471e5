/**
 * Ends containers: with a signal and some time, or at once.
 * @module
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { type MonitorClient, connectMonitor } from "./monitor-client.ts";
import { type ContainerRecord, containerFolders, readTextIfThere } from "./record.ts";
import { runRuntime } from "./runtime-call.ts";
import { type ContainerStatus, statusOf } from "./status.ts";

const POLL_MS = 5;
/** How long the monitor may take to note the end of a container. */
const SETTLE_MS = 5000;

/** How to stop. */
export interface StopOptions {
  /** Default: the container's. */
  readonly timeoutSeconds?: number | undefined;
  readonly signalName?: string | undefined;
}

/** Asks a container to end, and ends it after a while. One that does not run is fine. Its lock is the caller's to hold. */
export async function stopContainer(engine: Engine, record: ContainerRecord, options: StopOptions = {}): Promise<void> {
  const { timeoutSeconds = record.stopTimeoutSeconds, signalName = record.stopSignal } = options;
  const { pid, monitorPid, status } = statusOf(engine.folders, record.id);
  if (pid === 0 && monitorPid === 0) return;
  await forbidRestart(engine, record);
  if (pid > 0) {
    await runRuntime(engine, record, ["kill", record.id, signalName]).catch(() => undefined);
    // A frozen process gets its signal when it is thawed.
    if (status === "paused") await runRuntime(engine, record, ["resume", record.id]).catch(() => undefined);
  }
  if (await hasEnded(engine, record, timeoutSeconds < 0 ? Infinity : timeoutSeconds * 1000)) return;
  await endContainer(engine, record);
}

/** Ends a container at once, and waits until all of it is gone. Its lock is the caller's to hold. */
export async function endContainer(engine: Engine, record: ContainerRecord): Promise<void> {
  await forbidRestart(engine, record);
  const { pid } = statusOf(engine.folders, record.id);
  if (pid > 0) await runRuntime(engine, record, ["kill", record.id, "KILL"]).catch(() => undefined);
  // The monitor removes what the runtime keeps; where it is gone itself, that is left to do here.
  if (!(await hasEnded(engine, record, SETTLE_MS))) killBelow(statusOf(engine.folders, record.id).monitorPid);
  if (!(await hasEnded(engine, record, SETTLE_MS)) || statusOf(engine.folders, record.id).monitorPid === 0)
    await runRuntime(engine, record, ["delete", "--force", record.id]).catch(() => undefined);
  if (!(await hasEnded(engine, record, SETTLE_MS))) {
    const message = `Ending container "${record.name}": its processes are still there, expected them to end`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_RUNS", message);
  }
}

/** Kills what works below a monitor: a runtime that hangs would hold it for ever, and what it made has no record yet. */
function killBelow(monitorPid: number): void {
  if (monitorPid <= 0) return;
  for (const pid of childrenOf(monitorPid)) {
    killBelow(pid);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

function childrenOf(pid: number): number[] {
  const text = readTextIfThere(`/proc/${pid}/task/${pid}/children`) ?? "";
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

async function hasEnded(engine: Engine, { id }: ContainerRecord, timeoutMs: number): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const { pid, monitorPid } = statusOf(engine.folders, id);
    if (pid === 0 && monitorPid === 0) return true;
    if (performance.now() >= endMs) return false;
    await sleep(POLL_MS);
  }
}

/** Tells the monitor, and who starts containers after a boot, that the container is not to be started again. */
export async function forbidRestart(engine: Engine, { id }: ContainerRecord): Promise<void> {
  const { run, stopped } = containerFolders(engine.folders, id);
  writeFileSync(stopped, "");
  const client = await connectMonitor(run, {});
  client?.forbidRestart();
  client?.close();
}

/** Waits until a container has ended for good; its exit code. */
export async function waitForEnd(engine: Engine, { id }: ContainerRecord, signal?: AbortSignal): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  const listener = { ended: done, failed: done, lost: done };
  const client: MonitorClient | undefined = await connectMonitor(containerFolders(engine.folders, id).run, listener);
  signal?.addEventListener("abort", done);
  if (client !== undefined) await promise;
  signal?.removeEventListener("abort", done);
  client?.close();
  for (let state = statusOf(engine.folders, id); ; state = statusOf(engine.folders, id)) {
    signal?.throwIfAborted();
    if (isOver(state)) return state.exitCode ?? 0;
    await sleep(POLL_MS);
  }
}

function isOver({ pid, monitorPid, status }: ContainerStatus): boolean {
  return pid === 0 && (monitorPid === 0 || status === "exited") && status !== "restarting";
}
