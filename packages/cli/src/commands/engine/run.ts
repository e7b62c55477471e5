/**
 * `teu run` and `teu create`.
 * @module
 */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createContainer } from "@teu/engine/containers/create";
import { type ContainerRecord, readContainer } from "@teu/engine/containers/record";
import { canBecomeForeground, foregroundProgram } from "@teu/engine/containers/foreground";
import type { Engine } from "@teu/engine/engine";
import { readyImage } from "@teu/engine/images/ready-image";
import { wrongOption } from "@teu/engine/config/read-options";
import { parsePlatform, platformOfNode } from "@teu/spec/platform";
import type { Action, Invocation } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { containerOptions } from "./container-options.ts";
import { keysOf } from "./detach-keys.ts";
import { openEngine } from "./open-engine.ts";

/** Runs `teu create`. */
export const create: Action = async (invocation, host) => {
  const record = await make(openEngine(host), invocation, host);
  host.out(`${record.id}\n`);
  return EXIT.ok;
};

/** Runs `teu run`. */
export const run: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const detachKeys = keysOf(invocation);
  const record = await make(engine, invocation, host);
  try {
    if (invocation.flag("detach")) return await runDetached(engine, record, host);
    if (host.become !== undefined && passesSignals(invocation) && canBecomeForeground(record)) {
      const { words, env } = await foregroundProgram(engine, record);
      host.signal.throwIfAborted();
      return host.become(words, env);
    }
    return await runHere(engine, record, { invocation, detachKeys });
  } catch (error) {
    if (record.options.autoRemove) await removeQuietly(engine, record);
    throw error;
  }
};

async function make(engine: Engine, invocation: Invocation, host: Host): Promise<ContainerRecord> {
  const options = await containerOptions(invocation, host);
  const image = await imageOf(engine, invocation, host);
  const ports = invocation.flag("publish-all") ? await exposedPorts(image.record.image.config?.ExposedPorts) : [];
  const whole = ports.length === 0 ? options : { ...options, ports: [...options.ports, ...ports] };
  const file = invocation.option("cidfile");
  if (file !== undefined && existsSync(resolve(host.cwd, file)))
    throw wrongOption("cidfile", file, "a file that is not there yet");
  const record = await createContainer(engine, { name: invocation.option("name"), image, options: whole });
  if (file === undefined) return record;
  try {
    writeFileSync(resolve(host.cwd, file), record.id, { flag: "wx" });
    return record;
  } catch (error) {
    await removeQuietly(engine, record);
    throw wrongOption("cidfile", file, `a file that can be written: ${(error as Error).message}`);
  }
}

async function exposedPorts(exposed: object | null | undefined): Promise<ContainerRecord["options"]["ports"]> {
  const { readPort } = await import("@teu/engine/config/read-options");
  return Object.keys(exposed ?? {}).flatMap(readPort);
}

async function imageOf(engine: Engine, invocation: Invocation, host: Host): ReturnType<typeof readyImage> {
  const [text = ""] = invocation.operands;
  const asked = invocation.option("platform");
  const platform = asked === undefined ? undefined : parsePlatform(asked, platformOfNode("linux", process.arch));
  const when = invocation.option("pull") ?? "missing";
  if (!["missing", "always", "never"].includes(when)) throw wrongOption("pull", when, "missing, always or never");
  const bring = async (name: string): Promise<void> => await pullImage(name, invocation, host);
  if (when === "always") await bring(text);
  const isId = /^(?:sha256:)?[0-9a-f]{64}$/.test(text);
  const { rootless, inside } = engine.folders;
  return await readyImage(text, engine.folders, {
    platform,
    signal: host.signal,
    ...(when === "never" || isId || text.startsWith("store:") ? {} : { pull: bring }),
    ...(rootless && !inside ? { prepare: async () => await prepareInside(engine, text, host) } : {}),
  });
}

async function pullImage(name: string, invocation: Invocation, host: Host): Promise<void> {
  const { pull } = await import("../client/copy.ts");
  host.note(`teu: pulling ${name}`);
  try {
    await pull({ ...invocation, operands: [name] }, { ...host, out: () => undefined });
  } finally {
    host.endGuard?.();
  }
}

async function prepareInside(engine: Engine, name: string, host: Host): Promise<void> {
  const { prepareInNamespace } = await import("@teu/engine/images/prepare-inside");
  await prepareInNamespace(engine, name, host.signal);
}

function passesSignals({ option }: Invocation): boolean {
  return option("sig-proxy") !== "false";
}

async function runDetached(engine: Engine, record: ContainerRecord, host: Host): Promise<ExitCode> {
  const { startContainer } = await import("@teu/engine/containers/start");
  const { client } = await startContainer(engine, record);
  client.leave();
  client.close();
  host.out(`${record.id}\n`);
  return EXIT.ok;
}

interface Foreground {
  readonly invocation: Invocation;
  readonly detachKeys: Uint8Array;
}

async function runHere(
  engine: Engine,
  record: ContainerRecord,
  { invocation, detachKeys }: Foreground,
): Promise<ExitCode> {
  const [{ startContainer }, { Session }] = await Promise.all([
    import("@teu/engine/containers/start"),
    import("./session.ts"),
  ]);
  const { terminal, interactive } = record.options;
  using session = new Session({
    terminal,
    input: interactive,
    detachKeys,
    onSignal: passesSignals(invocation) ? (name) => void signalContainer(engine, record, name) : undefined,
  });
  const starting = startContainer(engine, record, { output: session.output, onClient: (one) => session.join(one) });
  // What the end takes is read meanwhile.
  void import("@teu/engine/containers/remove");
  session.proxySignals(starting);
  const { client, ended } = await starting;
  const exitCode = await Promise.race([ended, session.left]);
  if (exitCode === undefined) {
    client.leave();
    client.close();
    return EXIT.ok;
  }
  await session.flush();
  client.close();
  await settle(engine, record);
  return exitCode;
}

async function signalContainer(engine: Engine, record: ContainerRecord, name: NodeJS.Signals): Promise<void> {
  const { runRuntime } = await import("@teu/engine/containers/runtime-call");
  // It may have ended meanwhile.
  await runRuntime(engine, record, ["kill", record.id, name]).catch(() => undefined);
}

/** Does at the end of a container what its monitor leaves to this process. */
export async function settle(engine: Engine, record: ContainerRecord): Promise<void> {
  const { cleanUp, removeContainer } = await import("@teu/engine/containers/remove");
  // Its monitor may have done it.
  if (readContainer(engine.folders, record.id) === undefined) return;
  if (record.options.autoRemove) await removeContainer(engine, record, { force: true, volumes: true });
  else await cleanUp(engine, record);
}

/** Removes a container after an error, which is the one to tell. */
export async function removeQuietly(engine: Engine, record: ContainerRecord): Promise<void> {
  const { removeContainer } = await import("@teu/engine/containers/remove");
  await removeContainer(engine, record, { force: true, volumes: true }).catch(() => undefined);
}
