/**
 * The root of a container as a folder of the host's: through its first process while it runs, and mounted for the
 * occasion otherwise.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { type Engine, monitorPath } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { type ContainerRecord, containerFolders } from "./record.ts";
import { rootSettings } from "./snapshot.ts";
import { statusOf } from "./status.ts";

/** A root that can be looked into until it is disposed of. */
export interface MountedRoot extends AsyncDisposable {
  readonly path: string;
  /** A process in whose user and mount namespaces the path is seen as the container sees it. */
  readonly pid: number;
}

/** Opens the root of a container. @throws TeuError `ERR_ENGINE_PROGRAM` */
export async function openRoot(engine: Engine, record: ContainerRecord): Promise<MountedRoot> {
  const { pid } = statusOf(engine.folders, record.id);
  if (pid > 0) return { path: `/proc/${pid}/root`, pid, [Symbol.asyncDispose]: async () => undefined };
  return await mountRoot(engine, record);
}

async function mountRoot(engine: Engine, record: ContainerRecord): Promise<MountedRoot> {
  const folders = containerFolders(engine.folders, record.id);
  const settings = rootSettings(engine, record, folders);
  const home = mkdtempSync(join(folders.home, ".mount-"));
  writeFileSync(join(home, "monitor.json"), JSON.stringify(settings));
  const child = spawn(monitorPath(), ["mount", home], { stdio: ["pipe", "pipe", "pipe"], env: process.env });
  const close = async (): Promise<void> => {
    child.stdin.destroy();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(home, { recursive: true, force: true });
  };
  const line = await firstLine(child);
  const pid = Number(line);
  if (!Number.isInteger(pid) || pid <= 0) {
    await close();
    const message = `Mounting the root of container "${record.name}": ${line.trim() || "teu-monitor ended"}, expected it to be mounted`;
    throw new TeuError<EngineErrorCode>("ERR_ENGINE_PROGRAM", message);
  }
  const path = settings.mountPoint === "" ? folders.upper : `/proc/${pid}/root${settings.mountPoint}`;
  return { path, pid, [Symbol.asyncDispose]: close };
}

async function firstLine(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) => {
    let errors = "";
    child.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(errors));
  });
}
