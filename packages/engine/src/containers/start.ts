/**
 * Starts a container: a monitor is set up for it, which has the runtime make it, and stays when this process is gone.
 * @module
 */
import { type StdioOptions, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { TeuError } from "@teu/std/error";
import { type Engine, monitorPath, runtimeWords } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { OUTER_USER } from "../folders.ts";
import { MonitorClient } from "./monitor-client.ts";
import { type ContainerFolders, type ContainerRecord, containerFolders, readTextIfThere } from "./record.ts";
import { rootSettings } from "./snapshot.ts";
import { isKnownToRuntime, runRuntime } from "./runtime-call.ts";
import { type ContainerStatus, statusOf } from "./status.ts";

/** What to do with a container that is started. */
export interface StartOptions {
  /** Takes what it writes; left out, nobody does. Answers false to hold it up until {@link Started.client}'s `resume`. */
  readonly output?: ((bytes: Uint8Array, isError: boolean) => boolean) | undefined;
  /** Called with the client before anything is written. */
  readonly onClient?: ((client: MonitorClient) => void) | undefined;
}

/** A container that runs. */
export interface Started {
  readonly client: MonitorClient;
  /** Its exit code, once it has ended for good. @throws TeuError `ERR_ENGINE_PROGRAM` where its monitor was killed */
  readonly ended: Promise<number>;
}

/**
 * Starts a container that does not run. Its lock is the caller's to hold.
 * @throws TeuError `ERR_CONTAINER_RUNS`, `ERR_NOT_ADMITTED`, `ERR_CONTAINER_NETWORK`, `ERR_CONTAINER_START` with `exitCode` in its detail
 */
export async function startContainer(
  engine: Engine,
  record: ContainerRecord,
  options: StartOptions = {},
): Promise<Started> {
  const folders = containerFolders(engine.folders, record.id);
  const { settled } = checkStopped(engine, record);
  await engine.admission?.admit(admissionOf(record));
  // Its monitor was killed, or the runtime was, and what that keeps of the last run is still there.
  if (!settled || isKnownToRuntime(engine, record)) await runRuntime(engine, record, ["delete", "--force", record.id]);
  rmSync(folders.run, { recursive: true, force: true });
  for (const path of [folders.exit, folders.stopped]) rmSync(path, { force: true });
  mkdirSync(folders.run, { recursive: true, mode: 0o700 });
  writeFileSync(join(folders.run, "monitor.json"), JSON.stringify(monitorSettings(engine, record, folders)));
  if (record.health !== undefined) writeHealthProcess(record, folders);
  writeFileSync(folders.started, "");
  return await launch(engine, record, { folders, options });
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
    health,
  };
}

function writeHealthProcess({ health }: ContainerRecord, { bundle, run }: ContainerFolders): void {
  const text = readTextIfThere(join(bundle, "config.json")) ?? "{}";
  const { process } = JSON.parse(text) as { readonly process: object };
  writeFileSync(join(run, "health-process.json"), JSON.stringify({ ...process, terminal: false, args: health?.words }));
}

interface Launching {
  readonly folders: ContainerFolders;
  readonly options: StartOptions;
}

async function launch(engine: Engine, record: ContainerRecord, { folders, options }: Launching): Promise<Started> {
  const ended = Promise.withResolvers<number>();
  // Whoever starts a container need not wait for its end.
  ended.promise.catch(() => undefined);
  const { promise, resolve, reject } = Promise.withResolvers<MonitorClient>();
  const lost = (): void => {
    const error = failed(record, folders);
    reject(error);
    ended.reject(error);
  };
  const client = new MonitorClient(spawnMonitor(folders), {
    created: () => void connectNetwork(engine, record).then(() => client.start(), reject),
    started: () => resolve(client),
    ...(options.output === undefined ? {} : { output: options.output }),
    ended: (exitCode) => {
      resolve(client);
      ended.resolve(exitCode);
    },
    failed: lost,
    lost,
  });
  if (options.output !== undefined) client.attach();
  options.onClient?.(client);
  try {
    return { client: await promise, ended: ended.promise };
  } catch (error) {
    client.close();
    throw error;
  }
}

function spawnMonitor({ run }: ContainerFolders): Duplex {
  const messages = openSync(join(run, "monitor.log"), "a", 0o600);
  try {
    const stdio: StdioOptions = ["ignore", "ignore", messages, "pipe"];
    const env = { ...process.env, [OUTER_USER]: String(process.geteuid?.() ?? 0) };
    const child = spawn(monitorPath(), ["run", run, "3"], { stdio, detached: true, env });
    // Its socket ends with it, which is what is waited for.
    child.on("error", () => undefined);
    child.unref();
    return child.stdio[3] as Duplex;
  } finally {
    closeSync(messages);
  }
}

async function connectNetwork(engine: Engine, record: ContainerRecord): Promise<void> {
  const { connectContainer } = await import("../network/connect.ts");
  await connectContainer(engine, record);
}

/** Exit codes as docker has them: for what fails before the program, what is not executable, and what is not there. */
const ENGINE_FAILED = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

interface RuntimeMessage {
  readonly level?: string;
  readonly msg?: string;
  readonly hint?: string;
}

/** What gVisor says where it is to take a network over that a process of the host has. */
const OWN_NETWORK = /cannot run with network enabled in root network namespace/;
const OWN_NETWORK_HINT =
  'gVisor brings a network of its own, which takes neither the host\'s nor one with published ports: --network none goes with it, and all go with a runtime that is a script of: exec runsc --network=host "$@"';

function failed(record: ContainerRecord, { run }: ContainerFolders): TeuError<EngineErrorCode> {
  const log = readTextIfThere(join(run, "failure.log")) ?? readTextIfThere(join(run, "runtime.log")) ?? "";
  const entry = log
    .split("\n")
    .map(parseMessage)
    .findLast(({ level }) => level === "error");
  const text = entry?.msg ?? lastLine(readTextIfThere(join(run, "monitor.log")) ?? "");
  const exitCode = exitCodeOf(text);
  const hint = entry?.hint ?? (OWN_NETWORK.test(text) ? OWN_NETWORK_HINT : undefined);
  return new TeuError(
    "ERR_CONTAINER_START",
    `Starting container "${record.name}": ${text || "its monitor went away"}`,
    {
      detail: { exitCode },
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

function parseMessage(line: string): RuntimeMessage {
  try {
    return JSON.parse(line) as RuntimeMessage;
  } catch {
    return {};
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

/** The exit code for what a runtime says of a program that it could not start. */
export function exitCodeOf(message: string): number {
  const isProgram = /process\.args|exec(?:ut|:| )|starting container process/i.test(message);
  if (!isProgram) return ENGINE_FAILED;
  if (/no such file or directory|not found/i.test(message)) return NOT_FOUND;
  return /permission denied|is a directory|exec format error/i.test(message) ? NOT_EXECUTABLE : ENGINE_FAILED;
}
