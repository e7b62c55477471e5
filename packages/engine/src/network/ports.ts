/**
 * Ports of the host for containers: free ones are found, and taken ones told of before anything is made.
 * @module
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { TeuError } from "@teu/std/error";
import type { PortOption } from "../config/options.ts";
import type { EngineErrorCode } from "../errors.ts";

/** Ports of another container that runs. */
export interface TakenPorts {
  readonly holder: string;
  readonly ports: readonly PortOption[];
}

/** The ports with those of the host chosen that were left open. @throws TeuError `ERR_CONTAINER_NETWORK` for one that is taken */
export async function claimPorts(
  ports: readonly PortOption[],
  taken: readonly TakenPorts[],
): Promise<readonly PortOption[]> {
  const claimed: PortOption[] = [];
  for (const port of ports) {
    const holder = taken.find((other) => other.ports.some((one) => collide(one, port)))?.holder;
    if (holder !== undefined) throw portTaken(port, `container "${holder}" has it`);
    claimed.push({ ...port, hostPort: await tryPort(port) });
  }
  return claimed;
}

function collide(a: PortOption, b: PortOption): boolean {
  const anywhere = (ip: string): boolean => ip === "" || ip === "0.0.0.0" || ip === "::";
  const sameAddress = a.hostIp === b.hostIp || anywhere(a.hostIp) || anywhere(b.hostIp);
  return a.hostPort !== 0 && a.hostPort === b.hostPort && a.protocol === b.protocol && sameAddress;
}

/** Listens on a port for a moment; its number. */
async function tryPort(port: PortOption): Promise<number> {
  if (port.protocol === "sctp") return port.hostPort === 0 ? port.containerPort : port.hostPort;
  try {
    return await (port.protocol === "udp" ? tryUdp(port) : tryTcp(port));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: "another program has it",
      EACCES: "it takes root to have it",
      EADDRNOTAVAIL: "this machine does not have that address",
    };
    throw portTaken(port, reasons[code ?? ""] ?? message);
  }
}

async function tryTcp({ hostIp, hostPort }: PortOption): Promise<number> {
  const server = createServer();
  try {
    return await new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: hostPort, host: hostIp || "0.0.0.0", exclusive: true }, () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : hostPort);
      });
    });
  } finally {
    server.close();
  }
}

async function tryUdp({ hostIp, hostPort }: PortOption): Promise<number> {
  const socket = createSocket(hostIp.includes(":") ? "udp6" : "udp4");
  try {
    return await new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ port: hostPort, address: hostIp || "0.0.0.0", exclusive: true }, () =>
        resolve(socket.address().port),
      );
    });
  } finally {
    socket.close();
  }
}

function portTaken({ hostIp, hostPort, protocol }: PortOption, reason: string): TeuError<EngineErrorCode> {
  const port = `${hostIp === "" ? "" : `${hostIp}:`}${hostPort}/${protocol}`;
  return new TeuError("ERR_CONTAINER_NETWORK", `Publishing port ${port}: ${reason}, expected a free one`, {
    hint: "Choose another port of the host, or leave it out for a free one",
  });
}
