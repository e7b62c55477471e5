/**
 * Moving network interfaces of the host into a container, with their lasting addresses.
 * @module
 */
import { ENODEV, SysError } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { O_RDONLY, open } from "@teu/kernel/files";
import { CLONE_NEWNET, joinNamespace } from "@teu/kernel/namespaces";
import { openRouteSocket } from "@teu/kernel/sockets";
import type { Config } from "../config/config.ts";
import { type NetDevice, readNetDevices } from "../config/net-devices.ts";
import { attempt, fieldFailure } from "../failure.ts";
import {
  type Attribute,
  IFA_ADDRESS,
  IFA_LOCAL,
  IFF_UP,
  IFLA_IFNAME,
  IFLA_NET_NS_FD,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
  ask,
  attributesOf,
  encodeRequest,
  word,
  zeroEnded,
} from "./netlink.ts";

/** The interfaces to move, each of which needs a network namespace other than the host's. @throws Failure */
export function planNetDevices(config: Config): NetDevice[] {
  const devices = readNetDevices(config.linux.get("netDevices"));
  if (devices.length > 0 && !config.namespaces.some(({ type }) => type === "network"))
    throw fieldFailure("linux.netDevices", "needs a network namespace in linux.namespaces");
  return devices;
}

/** Moves interfaces into the network namespace at `path`. @throws Failure */
export function moveNetDevices(devices: readonly NetDevice[], path: string): void {
  if (devices.length === 0) return;
  const namespace = open(path, O_RDONLY);
  const here = openRouteSocket();
  const there = socketIn(namespace);
  for (const device of devices) attempt(device.field, () => move(device, namespace, { here, there }));
  for (const fd of [namespace, here, there]) close(fd);
}

// A socket stays in the namespace in which it was opened.
function socketIn(namespace: number): number {
  const own = open("/proc/self/ns/net", O_RDONLY);
  joinNamespace(namespace, CLONE_NEWNET, "the container's network");
  try {
    return openRouteSocket();
  } finally {
    joinNamespace(own, CLONE_NEWNET, "the network of the runtime");
    close(own);
  }
}

interface Sockets {
  readonly here: number;
  readonly there: number;
}

function move({ name, newName }: NetDevice, namespace: number, { here, there }: Sockets): void {
  const index = linkOf(here, name)?.index;
  if (index === undefined) throw new SysError("find the network interface", name, ENODEV);
  const addresses = addressesOf(here, index);
  const before = linksOf(there).map((link) => link.index);
  ask(here, encodeRequest(RTM_NEWLINK, NLM_F_ACK, linkBody(index, 0, IFF_UP), []), name);
  const attributes = [
    { type: IFLA_IFNAME, bytes: zeroEnded(newName) },
    { type: IFLA_NET_NS_FD, bytes: word(namespace) },
  ];
  ask(here, encodeRequest(RTM_NEWLINK, NLM_F_ACK, linkBody(index, 0, 0), attributes), newName);
  const moved = linksOf(there).find((link) => !before.includes(link.index));
  if (moved === undefined) throw new SysError("find the network interface", newName, ENODEV);
  for (const { head, parts } of addresses) {
    const body = [...head.slice(0, 4), ...word(moved.index)];
    ask(there, encodeRequest(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, body, parts), newName);
  }
  ask(there, encodeRequest(RTM_NEWLINK, NLM_F_ACK, linkBody(moved.index, IFF_UP, IFF_UP), []), newName);
}

// struct ifinfomsg
function linkBody(index: number, flags: number, change: number): number[] {
  return [0, 0, 0, 0, ...word(index), ...word(flags), ...word(change)];
}

const LINK_BYTES = 16;
const ADDRESS_BYTES = 8;

interface Link {
  readonly index: number;
  readonly name: string;
}

function linksOf(socket: number): Link[] {
  const answers = ask(socket, encodeRequest(RTM_GETLINK, NLM_F_DUMP, linkBody(0, 0, 0), []), "links");
  return answers.map(({ body }) => {
    const index = new DataView(body.buffer, body.byteOffset, body.length).getInt32(4, true);
    const found = attributesOf(body, LINK_BYTES).find(({ type }) => type === IFLA_IFNAME);
    const bytes = found === undefined ? [] : found.bytes.filter((byte) => byte !== 0);
    return { index, name: bytes.map((byte) => String.fromCharCode(byte)).join("") };
  });
}

function linkOf(socket: number, name: string): Link | undefined {
  return linksOf(socket).find((link) => link.name === name);
}

interface Address {
  /** struct ifaddrmsg */
  readonly head: readonly number[];
  readonly parts: readonly Attribute[];
}

const IFA_F_PERMANENT = 0x80;
const RT_SCOPE_UNIVERSE = 0;

// Addresses that were learned, or that hold on this link alone, mean nothing elsewhere.
function addressesOf(socket: number, index: number): Address[] {
  const request = encodeRequest(RTM_GETADDR, NLM_F_DUMP, [0, 0, 0, 0, ...word(0)], []);
  const addresses: Address[] = [];
  for (const { body } of ask(socket, request, "addresses")) {
    const flags = body[2] ?? 0;
    const isOf = new DataView(body.buffer, body.byteOffset, body.length).getInt32(4, true) === index;
    if (!isOf || (flags & IFA_F_PERMANENT) === 0 || body[3] !== RT_SCOPE_UNIVERSE) continue;
    const parts = attributesOf(body, ADDRESS_BYTES).filter(({ type }) => type === IFA_ADDRESS || type === IFA_LOCAL);
    addresses.push({ head: [body[0] ?? 0, body[1] ?? 0, 0, RT_SCOPE_UNIVERSE], parts });
  }
  return addresses;
}
