/**
 * `teu stop`, `kill`, `pause`, `unpause`, `wait`, `restart`, `rm` and `rename`.
 * @module
 */
import {
  type ContainerRecord,
  RECORD,
  containerFolders,
  findContainer,
  freeName,
  lockContainer,
  takeName,
} from "@teu/engine/containers/record";
import { cleanUp, removeContainer } from "@teu/engine/containers/remove";
import { sweepDrafts } from "@teu/engine/containers/drafts";
import { runRuntime } from "@teu/engine/containers/runtime-call";
import { startContainer } from "@teu/engine/containers/start";
import { type Status, statusOf } from "@teu/engine/containers/status";
import { forbidRestart, stopContainer, waitForEnd } from "@teu/engine/containers/stop";
import { readInteger } from "@teu/engine/config/read-options";
import type { Engine } from "@teu/engine/engine";
import type { EngineErrorCode } from "@teu/engine/errors";
import { writeRecord } from "@teu/engine/files";
import { TeuError, isTeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openEngine } from "./open-engine.ts";

type Deed = (engine: Engine, record: ContainerRecord, invocation: Invocation) => Promise<void>;

/** Does something to each container that is named. All are tried; one that fails is told of, and counts. */
async function forEach(invocation: Invocation, host: Host, deed: Deed): Promise<ExitCode> {
  const engine = openEngine(host);
  let exitCode: ExitCode = EXIT.ok;
  for (const text of invocation.operands) {
    try {
      const found = findContainer(engine.folders, text);
      await using _lock = await lockContainer(engine.folders, found.id, host.signal);
      await deed(engine, findContainer(engine.folders, found.id), invocation);
      host.out(`${text}\n`);
    } catch (error) {
      if (invocation.flag("force") && isTeuError(error, "ERR_CONTAINER_UNKNOWN")) continue;
      if (host.signal.aborted || !(error instanceof TeuError)) throw error;
      host.note(`teu: ${error.message}`);
      if (error.hint !== undefined) host.note(`teu: ${error.hint}`);
      exitCode = EXIT.failed;
    }
  }
  return exitCode;
}

function stopOptions({ option }: Invocation): { timeoutSeconds: number | undefined; signalName: string | undefined } {
  const time = option("time");
  const timeoutSeconds = time === undefined ? undefined : readInteger(time, "time", [-1, 1e9]);
  return { timeoutSeconds, signalName: option("signal") };
}

/** Runs `teu stop`. */
export const stop: Action = async (invocation, host) =>
  await forEach(
    invocation,
    host,
    async (engine, record) => await stopContainer(engine, record, stopOptions(invocation)),
  );

/** Runs `teu restart`. */
export const restart: Action = async (invocation, host) =>
  await forEach(invocation, host, async (engine, record) => {
    await stopContainer(engine, record, stopOptions(invocation));
    await cleanUp(engine, record);
    const { client } = await startContainer(engine, record);
    client.leave();
    client.close();
  });

function expect(engine: Engine, record: ContainerRecord, what: string, wanted: readonly Status[]): void {
  const { status } = statusOf(engine.folders, record.id);
  if (wanted.includes(status)) return;
  const message = `${what} container "${record.name}": it is ${status}, expected it to be ${wanted.join(" or ")}`;
  throw new TeuError<EngineErrorCode>("ERR_CONTAINER_STOPPED", message);
}

const DEADLY: ReadonlySet<string> = new Set(["KILL", "SIGKILL", "9"]);

/** Runs `teu kill`. */
export const kill: Action = async (invocation, host) =>
  await forEach(invocation, host, async (engine, record) => {
    const name = invocation.option("signal") ?? "KILL";
    expect(engine, record, "Signalling", ["running", "paused", "restarting"]);
    if (DEADLY.has(name.toUpperCase())) await forbidRestart(engine, record);
    await runRuntime(engine, record, ["kill", record.id, name]);
  });

/** Runs `teu pause`. */
export const pause: Action = async (invocation, host) =>
  await forEach(invocation, host, async (engine, record) => {
    expect(engine, record, "Freezing", ["running"]);
    await runRuntime(engine, record, ["pause", record.id]);
  });

/** Runs `teu unpause`. */
export const unpause: Action = async (invocation, host) =>
  await forEach(invocation, host, async (engine, record) => {
    expect(engine, record, "Thawing", ["paused"]);
    await runRuntime(engine, record, ["resume", record.id]);
  });

/** Runs `teu wait`. */
export const wait: Action = async ({ operands }, host) => {
  const engine = openEngine(host);
  const records = operands.map((text) => findContainer(engine.folders, text));
  const codes = records.map((record) => waitForEnd(engine, record, host.signal));
  for (const code of codes) host.out(`${await code}\n`);
  return EXIT.ok;
};

/** Runs `teu rm`. */
export const rm: Action = async (invocation, host) =>
  await forEach(invocation, host, async (engine, record) => {
    await removeContainer(engine, record, { force: invocation.flag("force"), volumes: invocation.flag("volumes") });
  }).finally(() => sweepDrafts(openEngine(host)));

/** Runs `teu rename`. */
export const rename: Action = async ({ operands: [text = "", name = ""] }, host) => {
  const { folders } = openEngine(host);
  const { id } = findContainer(folders, text);
  await using _lock = await lockContainer(folders, id, host.signal);
  const record = findContainer(folders, id);
  takeName(folders, name, id);
  writeRecord(`${containerFolders(folders, id).home}/${RECORD}`, { ...record, name });
  freeName(folders, record.name, id);
  return EXIT.ok;
};
