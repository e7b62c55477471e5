/**
 * A network for containers of ordinary users, who may make no interfaces on the host: pasta or slirp4netns speaks to the
 * outside for the container, as a program of the user.
 * @module
 */
import { type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { PortOption } from "../config/options.ts";
import { isAlive, startOfProcess } from "../containers/status.ts";
import { readTextIfThere } from "../containers/record.ts";
import { type Engine, tryFindProgram } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";

/** The program at work. */
export interface UserNetwork {
  readonly pid: number;
  readonly start: string;
}

/** What to connect. */
export interface UserNetworkOptions {
  /** A process in the container's network. */
  readonly pid: number;
  readonly ports: readonly PortOption[];
  /** For sockets and messages. */
  readonly folder: string;
}

/** A network of a container. */
export interface StartedUserNetwork {
  readonly network: UserNetwork;
  readonly address: string;
  readonly gateway: string;
  readonly nameserver: string;
}

/** Addresses that slirp4netns gives; pasta is told to use the same. */
const ADDRESSES = { address: "10.0.2.100", gateway: "10.0.2.2", nameserver: "10.0.2.3" };

/** @throws TeuError `ERR_CONTAINER_NETWORK` */
export async function startUserNetwork(engine: Engine, options: UserNetworkOptions): Promise<StartedUserNetwork> {
  const pasta = tryFindProgram("pasta", engine.env);
  if (pasta !== undefined) return { ...ADDRESSES, network: await startPasta(pasta, options) };
  const slirp = tryFindProgram("slirp4netns", engine.env);
  if (slirp !== undefined) return { ...ADDRESSES, network: await startSlirp(slirp, options) };
  throw new TeuError<EngineErrorCode>(
    "ERR_CONTAINER_NETWORK",
    "Connecting a container: there is neither pasta nor slirp4netns",
    {
      hint: "Install the package passt or slirp4netns, or use --network host or none",
    },
  );
}

async function startPasta(program: string, { pid, ports, folder }: UserNetworkOptions): Promise<UserNetwork> {
  const { address, gateway, nameserver } = ADDRESSES;
  const forwards = ports.flatMap(({ hostIp, hostPort, containerPort, protocol }) => [
    protocol === "udp" ? "-u" : "-t",
    `${hostIp === "" ? "" : `${hostIp}/`}${hostPort}:${containerPort}`,
  ]);
  const none = (option: string): string[] => (forwards.includes(option) ? [] : [option, "none"]);
  const pidFile = join(folder, "pasta.pid");
  const addresses = ["-a", address, "-n", "24", "-g", gateway, "--dns-forward", nameserver];
  const outwards = ["-T", "none", "-U", "none"];
  const behaviour = ["--config-net", "--quiet", "--pid", pidFile, "--no-map-gw"];
  const words = [...behaviour, ...addresses, ...forwards, ...none("-t"), ...none("-u"), ...outwards, String(pid)];
  // It leaves for the background once the network is there.
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [status] = (await once(child, "exit")) as [number | null];
  if (status !== 0) throw networkFailed("pasta", errors);
  return processOf(Number(readTextIfThere(pidFile)));
}

async function startSlirp(program: string, { pid, ports, folder }: UserNetworkOptions): Promise<UserNetwork> {
  const socket = join(folder, "slirp");
  const words = ["--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3", `--api-socket=${socket}`];
  const namespaces = [`--userns-path=/proc/${pid}/ns/user`, "--netns-type=path", `/proc/${pid}/ns/net`, "tap0"];
  const stdio: StdioOptions = ["ignore", "ignore", "pipe", "pipe"];
  const child = spawn(program, [...words, ...namespaces], { stdio, detached: true });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ready = child.stdio[3] as NodeJS.ReadableStream;
  const isReady = await new Promise<boolean>((resolve) => {
    ready.once("data", () => resolve(true));
    child.once("error", () => resolve(false)).once("exit", () => resolve(false));
  });
  if (!isReady || child.pid === undefined) throw networkFailed("slirp4netns", errors);
  child.stderr?.destroy();
  (ready as NodeJS.ReadableStream & { destroy(): void }).destroy();
  child.unref();
  const network = processOf(child.pid);
  try {
    for (const port of ports) await forward(socket, port);
    return network;
  } catch (error) {
    endUserNetwork(network);
    throw error;
  }
}

async function forward(socket: string, { hostIp, hostPort, containerPort, protocol }: PortOption): Promise<void> {
  const connection = connect(socket);
  let answer = "";
  connection.setEncoding("utf8").on("data", (text: string) => (answer += text));
  const values = { proto: protocol, host_addr: hostIp || "0.0.0.0", host_port: hostPort, guest_port: containerPort };
  connection.end(JSON.stringify({ execute: "add_hostfwd", arguments: values }));
  await once(connection, "close");
  if (!answer.includes('"error"')) return;
  throw networkFailed("slirp4netns", `port ${hostPort}: ${answer.trim()}`);
}

function networkFailed(program: string, text: string): TeuError<EngineErrorCode> {
  const reason = text.trim().replaceAll("\n", "; ") || "it ended without a word";
  return new TeuError("ERR_CONTAINER_NETWORK", `Connecting a container by ${program}: ${reason}`);
}

function processOf(pid: number): UserNetwork {
  return { pid, start: startOfProcess(pid) };
}

/** Ends the program. One that is gone is fine. */
export function endUserNetwork({ pid, start }: UserNetwork): void {
  if (isAlive(pid, start)) process.kill(pid, "SIGTERM");
}
