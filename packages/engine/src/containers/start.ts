/**
 * Starts a container for a caller that goes on: a monitor is set up for it, which has the runtime make it, and stays when this
 * process is gone.
 * @module
 */
import { type StdioOptions, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type Engine, monitorPath } from "../engine.ts";
import { MonitorClient } from "./monitor-client.ts";
import { monitorEnvironment, prepareStart } from "./prepare-start.ts";
import { type ContainerFolders, type ContainerRecord } from "./record.ts";
import { startError } from "./start-error.ts";

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
  const folders = await prepareStart(engine, record);
  return await launch(engine, record, { folders, options });
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
    const error = startError(record, folders);
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
    const env = monitorEnvironment();
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
