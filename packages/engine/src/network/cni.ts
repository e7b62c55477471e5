/**
 * Networks by plug-ins of the Container Network Interface: their configurations, and calls of the plug-ins one by one.
 * @see {@link https://github.com/containernetworking/cni/blob/v1.3.0/SPEC.md}
 * @module
 */
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { findProgram } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";

const CONFIGURATIONS = "/etc/cni/net.d";
const PLUGIN_FOLDERS = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];
const INTERFACE = "eth0";
const VERSION = "0.4.0";

/** Name of the network that the engine brings. */
export const DEFAULT_NETWORK = "bridge";

/** One plug-in of a network, with options of its own. */
export interface PluginConfig {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly [option: string]: unknown;
}

/** A network. */
export interface NetworkConfig {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly PluginConfig[];
}

/** What plug-ins answer. */
export interface NetworkResult {
  readonly ips?: readonly { readonly address: string; readonly gateway?: string }[];
  readonly dns?: { readonly nameservers?: readonly string[] };
}

/** A container that joins a network, or leaves it. */
export interface Attachment {
  readonly containerId: string;
  /** Path of its network namespace; empty where that is gone. */
  readonly namespace: string;
  /** For plug-ins that can do more, such as `portMappings`. */
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** The network of a name. @throws TeuError `ERR_CONTAINER_NETWORK` */
export function findNetwork(name: string, stateFolder: string, folder: string = CONFIGURATIONS): NetworkConfig {
  const found = configurations(folder).find((config) => config.name === name);
  if (found !== undefined) return found;
  if (name === DEFAULT_NETWORK) return defaultNetwork(stateFolder);
  throw new TeuError<EngineErrorCode>(
    "ERR_CONTAINER_NETWORK",
    `Finding network "${name}": there is none in ${folder}`,
    {
      hint: `Use ${DEFAULT_NETWORK}, host or none, or write a configuration for it`,
    },
  );
}

function configurations(folder: string): NetworkConfig[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.(?:conflist|conf|json)$/.test(name));
    return names.sort().flatMap((name) => readConfiguration(join(folder, name)));
  } catch {
    return [];
  }
}

function readConfiguration(path: string): NetworkConfig[] {
  try {
    const config = JSON.parse(readFileSync(path, "utf8")) as Partial<NetworkConfig> & PluginConfig;
    if (typeof config.name !== "string") return [];
    const { cniVersion = VERSION, name, plugins = [config] } = config;
    return [{ cniVersion, name, plugins }];
  } catch {
    return [];
  }
}

/** A bridge with addresses of its own, behind the host's. */
export function defaultNetwork(stateFolder: string): NetworkConfig {
  const ipam = {
    type: "host-local",
    dataDir: stateFolder,
    ranges: [[{ subnet: "10.85.0.0/16" }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return {
    cniVersion: VERSION,
    name: "teu",
    plugins: [
      { type: "bridge", bridge: "teu0", isGateway: true, ipMasq: true, hairpinMode: true, ipam },
      { type: "portmap", capabilities: { portMappings: true } },
      { type: "firewall" },
    ],
  };
}

/** Has a container join a network. After a failure it has not. @throws TeuError `ERR_CONTAINER_NETWORK` */
export async function addToNetwork(network: NetworkConfig, attachment: Attachment): Promise<NetworkResult> {
  let result: NetworkResult | undefined;
  try {
    for (const plugin of network.plugins) {
      const answer = await callPlugin("ADD", network, { plugin, attachment, previous: result });
      result = answer === "" ? result : (JSON.parse(answer) as NetworkResult);
    }
  } catch (error) {
    await removeFromNetwork(network, attachment, result).catch(() => undefined);
    throw error;
  }
  return result ?? {};
}

/** Has a container leave a network. Plug-ins take it well where it is not there. @throws TeuError `ERR_CONTAINER_NETWORK` */
export async function removeFromNetwork(
  network: NetworkConfig,
  attachment: Attachment,
  previous: unknown,
): Promise<void> {
  for (const plugin of network.plugins.toReversed()) await callPlugin("DEL", network, { plugin, attachment, previous });
}

interface Call {
  readonly plugin: PluginConfig;
  readonly attachment: Attachment;
  /** What the plug-ins before it answered. */
  readonly previous: unknown;
}

async function callPlugin(command: "ADD" | "DEL", network: NetworkConfig, call: Call): Promise<string> {
  const { plugin, attachment } = call;
  const child = spawn(pluginPath(plugin.type), [], {
    stdio: "pipe",
    env: {
      ...process.env,
      CNI_COMMAND: command,
      CNI_CONTAINERID: attachment.containerId,
      CNI_NETNS: attachment.namespace,
      CNI_IFNAME: INTERFACE,
      CNI_PATH: PLUGIN_FOLDERS.join(":"),
    },
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  child.stdin.on("error", () => undefined).end(JSON.stringify(pluginInput(network, call)));
  const status = await new Promise((resolve) =>
    child.on("error", (error) => resolve(error.message)).on("close", resolve),
  );
  if (status === 0) return output.trim();
  throw pluginFailure(plugin.type, command, output || errors);
}

function pluginPath(type: string): string {
  return findProgram(type, { PATH: PLUGIN_FOLDERS.join(":") });
}

function pluginInput({ cniVersion, name }: NetworkConfig, { plugin, attachment, previous }: Call): object {
  const { capabilities = {}, ...config } = plugin;
  const wanted = Object.entries(attachment.capabilities).filter(([key]) => capabilities[key] === true);
  return {
    ...config,
    cniVersion,
    name,
    ...(wanted.length === 0 ? {} : { runtimeConfig: Object.fromEntries(wanted) }),
    ...(previous === undefined ? {} : { prevResult: previous }),
  };
}

function pluginFailure(type: string, command: string, text: string): TeuError<EngineErrorCode> {
  let reason = text.trim();
  try {
    const answer = JSON.parse(text) as { readonly msg?: string; readonly details?: string };
    reason = [answer.msg, answer.details].filter(Boolean).join(": ");
  } catch {
    // Some plug-ins say it in plain words.
  }
  return new TeuError(
    "ERR_CONTAINER_NETWORK",
    `Network plug-in "${type}", ${command}: ${reason || "it failed without a word"}`,
  );
}
