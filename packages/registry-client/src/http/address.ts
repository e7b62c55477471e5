/**
 * Which addresses lie inside of networks that a registry on the internet has no business to send us to.
 * @see {@link https://www.iana.org/assignments/iana-ipv4-special-registry}
 * @see {@link https://www.iana.org/assignments/iana-ipv6-special-registry}
 * @module
 */

/**
 * How near an address is: on the internet, inside of a private network, on this machine, or on the link alone, where
 * clouds keep the secrets of their machines.
 */
export type Reach = "public" | "private" | "loopback" | "link-local";

const RANKS: Readonly<Record<Reach, number>> = { public: 0, private: 1, loopback: 2, "link-local": 3 };

/** Tells whether who may reach as near as `limit` may reach `reach`. */
export function isWithinReach(reach: Reach, limit: Reach): boolean {
  return RANKS[reach] <= RANKS[limit];
}

/** The nearer of two. */
export function nearer(a: Reach, b: Reach): Reach {
  return isWithinReach(a, b) ? b : a;
}

/**
 * How near the host of an address is by its name alone: a number, `localhost`, or a name of a cloud's metadata. Other names
 * count as public; where they lead is only known once they are looked up.
 * @param hostname As `URL.hostname` has it, in brackets if it is IPv6, or a number as resolvers give it.
 */
export function reachOf(hostname: string): Reach {
  const name = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  if (name === "localhost" || name.endsWith(".localhost")) return "loopback";
  if (METADATA_NAMES.has(name)) return "link-local";
  const v4 = parseIpv4(name);
  if (v4 !== undefined) return reachOfIpv4(v4);
  const v6 = name.includes(":") ? parseIpv6(name.split("%", 1)[0] ?? "") : undefined;
  return v6 === undefined ? "public" : reachOfIpv6(v6);
}

const METADATA_NAMES = new Set(["metadata.google.internal", "metadata", "instance-data"]);

function parseIpv4(text: string): number[] | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part <= 255) ? parts : undefined;
}

// First octets, length of the prefix in bits, and what lies there. The first that fits counts.
const IPV4_BLOCKS: readonly (readonly [string, number, Reach])[] = [
  ["127.0.0.0", 8, "loopback"],
  ["0.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local"],
  // Metadata of two clouds, outside of the link-local block.
  ["100.100.100.200", 32, "link-local"],
  ["168.63.129.16", 32, "link-local"],
  ["192.0.0.192", 32, "link-local"],
  ["10.0.0.0", 8, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.168.0.0", 16, "private"],
  ["100.64.0.0", 10, "private"],
  ["192.0.0.0", 24, "private"],
  ["198.18.0.0", 15, "private"],
  ["224.0.0.0", 3, "private"],
];

function reachOfIpv4(parts: readonly number[]): Reach {
  const address = toNumber(parts);
  const block = IPV4_BLOCKS.find(([start, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(toNumber(start.split(".").map(Number)) / size);
  });
  return block?.[2] ?? "public";
}

function toNumber(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** The eight groups of an IPv6 address; nothing if it is none. */
function parseIpv6(text: string): number[] | undefined {
  const halves = withoutDots(text).split("::");
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 1 ? missing !== 0 : missing < 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...rest];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}

/** An address with an IPv4 address at its end, written in groups alone. */
function withoutDots(text: string): string {
  const [, head = "", tail = ""] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(tail) ?? [];
  return tail === "" ? text : `${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function reachOfIpv6(groups: readonly number[]): Reach {
  const [first = 0, second = 0] = groups;
  const embedded = embeddedIpv4(groups);
  if (embedded !== undefined) return reachOfIpv4(embedded);
  if (groups.slice(0, 7).every((group) => group === 0)) return "loopback";
  if (first >= 0xfe80 && first <= 0xfebf) return "link-local";
  if (first === 0xfd00 && second === 0x0ec2) return "link-local";
  if (first >= 0xfec0) return "private";
  return first >= 0xfc00 && first <= 0xfdff ? "private" : "public";
}

const NAT64 = [0x64, 0xff9b, 0, 0, 0, 0].join(",");

/** The IPv4 address inside of one of IPv6: mapped, translated (NAT64) or tunnelled (6to4). */
function embeddedIpv4(groups: readonly number[]): number[] | undefined {
  const start = groups.slice(0, 6).join(",");
  const pair = ((): readonly (number | undefined)[] | undefined => {
    if (start === "0,0,0,0,0,65535" || start === NAT64) return groups.slice(6);
    return groups[0] === 0x2002 ? groups.slice(1, 3) : undefined;
  })();
  return pair?.flatMap((group = 0) => [group >> 8, group & 0xff]);
}
