/**
 * The files that tell a container of its network: /etc/hosts, /etc/hostname and /etc/resolv.conf.
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostFile } from "../config/mounts.ts";
import { type ContainerRecord, readTextIfThere } from "../containers/record.ts";

const NAMES = ["hosts", "hostname", "resolv.conf"];

/** The files below the container's folder, and where they stand in the container. */
export function networkFiles(home: string): readonly HostFile[] {
  return NAMES.map((name) => ({ source: join(home, name), target: `/etc/${name}` }));
}

/** What a network told of itself. */
export interface NetworkFacts {
  /** Addresses of the container, without the lengths of their prefixes. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
}

const NO_FACTS: NetworkFacts = { addresses: [], gateways: [], nameservers: [] };

/** Writes the files. They stay the same files, since they may be mounted by now. */
export function writeNetworkFiles(home: string, record: ContainerRecord, facts: NetworkFacts = NO_FACTS): void {
  const texts = [hostsText(record, facts), `${record.hostname}\n`, resolverText(record, facts)];
  for (const [at, name] of NAMES.entries()) writeFileSync(join(home, name), texts[at] ?? "", { mode: 0o644 });
}

/** /etc/hosts of a container. */
export function hostsText({ hostname, name, options }: ContainerRecord, { addresses, gateways }: NetworkFacts): string {
  const own = options.network === "host" ? [] : addresses.length > 0 ? addresses : ["127.0.1.1"];
  const lines = [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "ff02::1\tip6-allnodes",
    "ff02::2\tip6-allrouters",
    ...own.map((address) => `${address}\t${hostname}${hostname === name ? "" : ` ${name}`}`),
    ...options.addHosts.map((text) => hostLine(text, gateways)),
  ];
  return `${lines.join("\n")}\n`;
}

function hostLine(text: string, gateways: readonly string[]): string {
  const colon = text.search(/[:=]/);
  const address = text.slice(colon + 1);
  return `${address === "host-gateway" ? (gateways[0] ?? "127.0.0.1") : address}\t${text.slice(0, colon)}`;
}

/** Used where the host's own name servers are only there for the host. */
const PUBLIC_SERVERS = ["8.8.8.8", "8.8.4.4"];
const RESOLVED = "/run/systemd/resolve/resolv.conf";

function resolverText({ options }: ContainerRecord, { nameservers }: NetworkFacts): string {
  const host = readTextIfThere("/etc/resolv.conf") ?? "";
  const isStub = /^nameserver\s+127\.0\.0\.53\s*$/m.test(host);
  return resolverLines(isStub ? (readTextIfThere(RESOLVED) ?? host) : host, {
    keepsLoopback: options.network === "host",
    servers: options.dns.length > 0 ? options.dns : nameservers,
    search: options.dnsSearch,
  });
}

interface ResolverOptions {
  /** Whether the container can reach what listens on the host's own addresses. */
  readonly keepsLoopback: boolean;
  /** Instead of the host's. */
  readonly servers: readonly string[];
  readonly search: readonly string[];
}

/** /etc/resolv.conf of a container, from the host's. */
export function resolverLines(host: string, { keepsLoopback, servers, search }: ResolverOptions): string {
  const lines = host.split("\n").map((line) => line.trim());
  const others = lines.filter((line) => /^(?:search|domain|options|sortlist)\s/.test(line));
  const kept =
    search.length === 0
      ? others
      : [...others.filter((line) => !/^(?:search|domain)\s/.test(line)), `search ${search.join(" ")}`];
  const known = lines.flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
  const reachable = keepsLoopback ? known : known.filter((server) => !/^(?:127\.|::1$)/.test(server));
  const chosen = servers.length > 0 ? servers : reachable.length > 0 ? reachable : PUBLIC_SERVERS;
  return [...chosen.map((server) => `nameserver ${server}`), ...kept, ""].join("\n");
}
