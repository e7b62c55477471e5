/**
 * What comes before the monitor of a container, which starts it then: the container may start, and what the monitor has to
 * know is written down.
 * @module
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { type Engine, runtimeWords } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { OUTER_USER } from "../folders.ts";
import { type ContainerFolders, type ContainerRecord, containerFolders, readTextIfThere } from "./record.ts";
import { rootSettings } from "./snapshot.ts";
import { type ContainerStatus, isKnownToRuntime, statusOf } from "./status.ts";

/** Does what comes before the monitor of a container, which takes it from there. @throws TeuError as {@link startContainer} does */
export async function prepareStart(engine: Engine, record: ContainerRecord): Promise<ContainerFolders> {
  const folders = containerFolders(engine.folders, record.id);
  const { settled } = checkStopped(engine, record);
  await engine.admission?.admit(admissionOf(record));
  // Its monitor was killed, or the runtime was, and what that keeps of the last run is still there.
  if (!settled || isKnownToRuntime(engine, record)) await forget(engine, record);
  rmSync(folders.run, { recursive: true, force: true });
  for (const path of [folders.exit, folders.stopped]) rmSync(path, { force: true });
  mkdirSync(folders.run, { recursive: true, mode: 0o700 });
  writeFileSync(join(folders.run, "monitor.json"), JSON.stringify(monitorSettings(engine, record, folders)));
  if (record.health !== undefined) writeHealthProcess(record, folders);
  writeFileSync(folders.started, "");
  return folders;
}

async function forget(engine: Engine, record: ContainerRecord): Promise<void> {
  const { runRuntime } = await import("./runtime-call.ts");
  await runRuntime(engine, record, ["delete", "--force", record.id]);
}

function checkStopped({ folders }: Engine, { id, name }: ContainerRecord): ContainerStatus {
  const found = statusOf(folders, id);
  const { status, pid, monitorPid } = found;
  if (pid === 0 && monitorPid === 0) return found;
  throw new TeuError<EngineErrorCode>(
    "ERR_CONTAINER_RUNS",
    `Starting container "${name}": it is ${status}, expected it to be created or exited`,
  );
}

/** What an admission is told of a container. */
export function admissionOf(record: ContainerRecord): Parameters<NonNullable<Engine["admission"]>["admit"]>[0] {
  const { id, name, image, imageRoot, imageManifest, imageConfig, options } = record;
  return { id, name, image, root: imageRoot, manifest: imageManifest, config: imageConfig, options };
}

/** Whether a network has to be set up between the making of the container and its start. */
export function hasNetwork({ options }: ContainerRecord): boolean {
  return options.network !== "none" && options.network !== "host";
}

function monitorSettings(engine: Engine, record: ContainerRecord, folders: ContainerFolders): object {
  const { id, options, health } = record;
  const { self, admission } = engine;
  return {
    id,
    runtime: runtimeWords(engine, options.runtime),
    bundle: folders.bundle,
    terminal: options.terminal,
    openInput: options.interactive,
    // Whoever leaves a terminal, or loses it, may come back.
    inputOnce: options.interactive && !options.terminal,
    waits: hasNetwork(record),
    ...rootSettings(engine, record, folders),
    logPath: options.log.enabled ? folders.log : "",
    logMaxBytes: options.log.maxBytes,
    logMaxFiles: options.log.maxFiles,
    exitPath: folders.exit,
    restartPolicy: options.restart.policy,
    restartMax: options.restart.max,
    restartHook: admission === undefined ? [] : [...self, "admit", id],
    createdHook: hasNetwork(record) ? [...self, "connect", id] : [],
    endedHook: hasNetwork(record) || options.autoRemove ? [...self, "ended", id] : [],
    removal: isSimplyRemoved(record) ? removalSettings(engine, record, folders) : undefined,
    health,
  };
}

/** Whether the monitor itself can remove a container that is to go at its end: where no more than its own files goes with it. */
function isSimplyRemoved(record: ContainerRecord): boolean {
  return record.options.autoRemove && !hasNetwork(record) && !record.volumes.some(({ anonymous }) => anonymous);
}

function removalSettings({ folders }: Engine, { name }: ContainerRecord, { run }: ContainerFolders): object {
  return { name, containers: folders.containers, names: folders.names, run };
}

function writeHealthProcess({ health }: ContainerRecord, { bundle, run }: ContainerFolders): void {
  const text = readTextIfThere(join(bundle, "config.json")) ?? "{}";
  const { process } = JSON.parse(text) as { readonly process: object };
  writeFileSync(join(run, "health-process.json"), JSON.stringify({ ...process, terminal: false, args: health?.words }));
}

/** The environment of a monitor, and of the hooks that it runs. */
export function monitorEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, [OUTER_USER]: String(process.geteuid?.() ?? 0) };
}
