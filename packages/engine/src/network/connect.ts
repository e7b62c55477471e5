/**
 * Connects a container to its network, and gives back what it had there.
 * @module
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockFile } from "@teu/std/file-lock";
import { TeuError } from "@teu/std/error";
import type { PortOption } from "../config/options.ts";
import { type ContainerRecord, containerFolders, listContainers } from "../containers/record.ts";
import { statusOf } from "../containers/status.ts";
import { namespacePin, pinNamespace, unpinNamespace } from "./namespace-pin.ts";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { readRecord, writeRecord } from "../files.ts";
import type { EngineFolders } from "../folders.ts";
import {
  type Attachment,
  type NetworkConfig,
  type NetworkResult,
  addToNetwork,
  findNetwork,
  removeFromNetwork,
} from "./cni.ts";
import { writeNetworkFiles } from "./network-files.ts";
import { claimPorts } from "./ports.ts";
import { type UserNetwork, endUserNetwork, startUserNetwork } from "./user-network.ts";

/** What a container has of a network, kept as long as it has it. */
export interface NetworkRecord {
  readonly network?: NetworkConfig;
  readonly result?: NetworkResult;
  readonly userNetwork?: UserNetwork;
  readonly ports: readonly PortOption[];
  readonly addresses: readonly string[];
}

/** Connects a container whose first process is made and waits. @throws TeuError `ERR_CONTAINER_NETWORK` */
export async function connectContainer(engine: Engine, record: ContainerRecord): Promise<void> {
  const { folders } = engine;
  const { pid } = statusOf(folders, record.id);
  if (pid === 0)
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_NETWORK", `Connecting container "${record.name}": it has ended`);
  await disconnectContainer(engine, record);
  const ports = await takePorts(engine, record);
  const made = folders.rootless
    ? await connectUser(engine, record, { pid, ports })
    : await connectRoot(engine, record, { pid, ports });
  writeRecord(networkPath(folders, record.id), made.record);
  writeNetworkFiles(containerFolders(folders, record.id).home, record, {
    addresses: made.record.addresses,
    gateways: made.gateways,
    nameservers: made.nameservers,
  });
}

/** Takes ports of the host, which are the container's from then on. Two that want the same one do not both get it. */
async function takePorts({ folders }: Engine, { id, options }: ContainerRecord): Promise<readonly PortOption[]> {
  if (options.ports.length === 0) return [];
  await using _lock = await lockFile(join(folders.containers, "ports.lock"));
  const ports = await claimPorts(options.ports, portsOfOthers(folders, id));
  writeRecord(networkPath(folders, id), { ports, addresses: [] } satisfies NetworkRecord);
  return ports;
}

function portsOfOthers(
  folders: EngineFolders,
  id: string,
): { readonly holder: string; readonly ports: readonly PortOption[] }[] {
  return listContainers(folders)
    .filter((other) => other.id !== id && statusOf(folders, other.id).pid > 0)
    .map((other) => ({ holder: other.name, ports: networkRecord(folders, other.id)?.ports ?? [] }));
}

interface Connecting {
  readonly pid: number;
  readonly ports: readonly PortOption[];
}

interface Connected {
  readonly record: NetworkRecord;
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
}

async function connectRoot(
  engine: Engine,
  { id, options }: ContainerRecord,
  { pid, ports }: Connecting,
): Promise<Connected> {
  const network = findNetwork(options.network, engine.folders.networks);
  // Noted first: who finds this after a crash gives back whatever the plug-ins did.
  writeRecord(networkPath(engine.folders, id), { network, ports, addresses: [] } satisfies NetworkRecord);
  const namespace = await pinNamespace(engine, id, pid);
  const result = await addToNetwork(network, attachmentOf(id, namespace, ports));
  const ips = result.ips ?? [];
  return {
    record: { network, result, ports, addresses: ips.map(({ address }) => address.replace(/\/.*$/, "")) },
    gateways: ips.flatMap(({ gateway }) => gateway ?? []),
    nameservers: result.dns?.nameservers ?? [],
  };
}

async function connectUser(engine: Engine, record: ContainerRecord, { pid, ports }: Connecting): Promise<Connected> {
  const { run } = containerFolders(engine.folders, record.id);
  const { network, address, gateway, nameserver } = await startUserNetwork(engine, { pid, ports, folder: run });
  return {
    record: { userNetwork: network, ports, addresses: [address] },
    gateways: [gateway],
    nameservers: [nameserver],
  };
}

function attachmentOf(id: string, namespace: string, ports: readonly PortOption[]): Attachment {
  const portMappings = ports.map(({ hostIp, hostPort, containerPort, protocol }) => ({
    hostPort,
    containerPort,
    protocol,
    ...(hostIp === "" ? {} : { hostIP: hostIp }),
  }));
  return { containerId: id, namespace, capabilities: portMappings.length === 0 ? {} : { portMappings } };
}

/** Gives back what a container has of its network. One that has nothing is fine. @throws TeuError `ERR_CONTAINER_NETWORK` */
export async function disconnectContainer(engine: Engine, { id }: ContainerRecord): Promise<void> {
  const { folders } = engine;
  const kept = networkRecord(folders, id);
  if (kept === undefined) return;
  if (kept.network !== undefined) {
    const pin = namespacePin(folders, id);
    const namespace = existsSync(pin) ? pin : "";
    await removeFromNetwork(kept.network, attachmentOf(id, namespace, kept.ports), kept.result);
    await unpinNamespace(engine, id);
  }
  if (kept.userNetwork !== undefined) endUserNetwork(kept.userNetwork);
  rmSync(networkPath(folders, id), { force: true });
}

function networkPath(folders: EngineFolders, id: string): string {
  return join(containerFolders(folders, id).home, "network.json");
}

/** What a container has of its network now. */
export function networkRecord(folders: EngineFolders, id: string): NetworkRecord | undefined {
  return readRecord(networkPath(folders, id));
}
