/**
 * Entries that programs stumble over, what each format can hold of them, and what is to be found again.
 * @module
 */
import { createHash } from "node:crypto";
import { type TarSource, readTar } from "@teu/tar/read-tar";
import type { TarTime } from "@teu/tar/entry";
import type { NewEntry } from "@teu/tar/write-tar";

/** An entry with nothing left open. Names have no text view: they are bytes. */
export interface OddEntry extends Required<Omit<NewEntry, "name" | "linkname" | "uname" | "gname" | "pax" | "size">> {
  readonly name: Uint8Array;
  readonly linkname: Uint8Array;
  readonly uname: string;
  readonly gname: string;
  readonly content: Uint8Array;
}

/** What a program says of an entry; bytes in hexadecimal. */
export interface Facts {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  readonly mtime: readonly [seconds: number, nanoseconds: number];
  readonly linkname: string;
  readonly device: readonly [major: number, minor: number];
  /** Length and start of the SHA-256. */
  readonly content: string;
  readonly xattrs: readonly (readonly [name: string, value: string])[];
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

const DEFAULTS = {
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
  deviceMajor: 0,
  deviceMinor: 0,
} as const;

type Rough = Partial<Omit<OddEntry, "name" | "linkname" | "content">> & {
  readonly name: string | Uint8Array;
  readonly linkname?: string | Uint8Array;
  readonly content?: string | Uint8Array;
};

function odd(rough: Rough): OddEntry {
  const toBytes = (value: string | Uint8Array = ""): Uint8Array => (typeof value === "string" ? bytes(value) : value);
  const mode = rough.type === "symlink" ? 0o777 : DEFAULTS.mode;
  return {
    ...DEFAULTS,
    xattrs: new Map(),
    mode,
    ...rough,
    name: toBytes(rough.name),
    linkname: toBytes(rough.linkname),
    content: toBytes(rough.content),
  };
}

const path = (...lengths: readonly number[]): string =>
  lengths.map((n, i) => String.fromCharCode(97 + i).repeat(n)).join("/");

function holed(): Uint8Array {
  const content = new Uint8Array(1024 * 1024 + 5);
  content.fill(0x41, 8192, 16384);
  content.fill(0x42, 500_000, 500_100);
  content.fill(0x43, 1024 * 1024);
  return content;
}

const ROUGH: readonly Rough[] = [
  { name: "plain", content: "hello" },
  { name: "empty" },
  ...[511, 512, 513, 70_000].map((size) => ({ name: `size-${size}`, content: "s".repeat(size) })),
  { name: "folder/", type: "directory", mode: 0o1777 },
  { name: path(100) },
  { name: path(101) },
  { name: path(155, 100) },
  { name: path(156, 100) },
  { name: path(155, 101) },
  { name: path(50, 50, 50, 50, 52) },
  { name: `${path(90, 60)}/`, type: "directory" },
  { name: path(200, 200, 200, 200), content: "deep" },
  { name: "größe-日本" },
  { name: "ü".repeat(90) },
  { name: Uint8Array.of(0x6e, 0x6f, 0xff, 0xfe, 0x2e) },
  { name: Uint8Array.from({ length: 180 }, (_, i) => 0xa0 + (i % 64)) },
  { name: "white space\tand\nlines \\ 'quoted' \"twice\" *?[x]" },
  { name: "link", type: "symlink", linkname: "plain" },
  { name: "link-up", type: "symlink", linkname: "/../../absolute" },
  ...[100, 101, 300, 4000].map((n) => ({ name: `link-${n}`, type: "symlink" as const, linkname: path(n) })),
  { name: "link-bytes", type: "symlink", linkname: Uint8Array.of(0x2e, 0xff) },
  { name: "plain-hard", type: "hard-link", linkname: "plain" },
  { name: "plain-hard-long", type: "hard-link", linkname: path(200, 200, 200, 200) },
  { name: "tty", type: "character-device", deviceMajor: 4, deviceMinor: 64 },
  { name: "disk", type: "block-device", deviceMajor: 259, deviceMinor: 2 ** 18 + 1, mode: 0o660 },
  { name: "pipe", type: "fifo", mode: 0o600 },
  { name: "no-rights", mode: 0 },
  { name: "set-ids", mode: 0o6755, content: "#!" },
  ...[2 ** 21 - 1, 2 ** 21, 2 ** 31, 2 ** 32 - 2].map((id) => ({ name: `owner-${id}`, uid: id, gid: id })),
  { name: "owner-name", uid: 1000, uname: "u".repeat(31), gname: "g".repeat(31) },
  { name: "owner-name-32", uname: "u".repeat(32), gname: "größe" },
  { name: "time-0", mtime: { seconds: 0, nanoseconds: 0 } },
  { name: "time-ns", mtime: { seconds: 1_600_000_000, nanoseconds: 1 } },
  { name: "time-tenth", mtime: { seconds: 1_600_000_000, nanoseconds: 100_000_000 } },
  { name: "time-before", mtime: { seconds: -1, nanoseconds: 0 } },
  { name: "time-before-ns", mtime: { seconds: -2, nanoseconds: 500_000_000 } },
  { name: "time-octal", mtime: { seconds: 8 ** 11 - 1, nanoseconds: 0 } },
  { name: "time-far", mtime: { seconds: 8 ** 11, nanoseconds: 0 } },
  {
    name: "attributes",
    xattrs: new Map([
      ["user.bytes", Uint8Array.of(0, 10, 61, 255, 32)],
      ["user.empty", new Uint8Array(0)],
      ["user.größe", bytes("ü\n")],
    ]),
  },
  {
    name: "attributes-folder/",
    type: "directory",
    mode: 0o755,
    xattrs: new Map([["user.long", bytes("x".repeat(2000))]]),
  },
  { name: "sparse", content: holed() },
  { name: "all-hole", content: new Uint8Array(64 * 1024) },
  { name: "last", content: "end" },
];

/** Entries that a file system can hold, each behind what it links to. */
export const ODD_ENTRIES: readonly OddEntry[] = ROUGH.map(odd);

/** Entries for archives that are not made from files. */
export const ODDER_ENTRIES: readonly OddEntry[] = [
  ...ODD_ENTRIES,
  odd({ name: "n".repeat(10_000) }),
  odd({ name: path(4000, 4000, 9) }),
];

/** What a format can hold. `split` is how many bytes of a name's folders may stand apart from the rest. */
export interface Capability {
  readonly maxName: number;
  readonly maxSplit: number;
  readonly maxLink: number;
  readonly maxId: number;
  readonly maxOwner: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly nanoseconds: boolean;
  /** The first second that may have a fraction. */
  readonly minFraction: number;
  /** The largest major or minor number of a device; below zero if there can be neither devices nor FIFOs. */
  readonly maxDevice: number;
  readonly xattrs: boolean;
  readonly onlyAscii: boolean;
}

const OCTAL = { maxId: 8 ** 7 - 1, minTime: 0, maxTime: 8 ** 11 - 1 };
const PLAIN = { nanoseconds: false, minFraction: 0, xattrs: false, onlyAscii: false };
const ENDLESS = Number.POSITIVE_INFINITY;

export const USTAR: Capability = {
  maxName: 100,
  maxSplit: 155,
  maxLink: 100,
  maxOwner: 31,
  ...OCTAL,
  ...PLAIN,
  minFraction: -ENDLESS,
  maxDevice: ENDLESS,
};
export const V7: Capability = { ...USTAR, maxName: 99, maxSplit: 0, maxLink: 99, maxDevice: -1 };
export const PAX: Capability = {
  maxName: ENDLESS,
  maxSplit: 0,
  maxLink: ENDLESS,
  maxOwner: ENDLESS,
  maxId: ENDLESS,
  minTime: -ENDLESS,
  maxTime: ENDLESS,
  nanoseconds: true,
  xattrs: true,
  onlyAscii: false,
  minFraction: -ENDLESS,
  maxDevice: ENDLESS,
};
export const GNU: Capability = { ...PAX, ...PLAIN, maxOwner: 31 };

/** The entries that a format can hold. */
export function within(entries: readonly OddEntry[], can: Capability): OddEntry[] {
  const kept = entries.filter((entry) => fits(entry, can));
  const names = new Set(kept.map(({ name }) => hex(name)));
  return kept.filter((entry) => entry.type !== "hard-link" || names.has(hex(entry.linkname)));
}

function fits(entry: OddEntry, can: Capability): boolean {
  const { name, type, linkname, uid, gid, mtime, xattrs, uname, gname } = entry;
  const seconds = mtime.seconds;
  return [
    fitsName(name, can),
    linkname.length <= can.maxLink,
    Math.max(uid, gid) <= can.maxId,
    Math.max(bytes(uname).length, bytes(gname).length) <= can.maxOwner,
    seconds >= can.minTime && seconds <= can.maxTime,
    mtime.nanoseconds === 0 || (can.nanoseconds && seconds >= can.minFraction),
    can.xattrs || xattrs.size === 0,
    !can.onlyAscii || [...name, ...linkname, ...bytes(gname)].every((byte) => byte < 0x80),
    !isSpecial(type) || Math.max(entry.deviceMajor, entry.deviceMinor) <= can.maxDevice,
  ].every(Boolean);
}

function isSpecial(type: string): boolean {
  return type === "fifo" || type.endsWith("-device");
}

function fitsName(name: Uint8Array, can: Capability): boolean {
  if (name.length <= can.maxName) return true;
  if (can.maxSplit === 0) return false;
  const slash = name.lastIndexOf(0x2f, Math.min(can.maxSplit, name.length - 2));
  return slash > 0 && name.length - slash - 1 <= can.maxName;
}

/** What is to be found of an entry. */
export function factsOf(entry: OddEntry): Facts {
  const { type, mode, uid, gid, mtime } = entry;
  return {
    name: hex(entry.name),
    type,
    mode,
    uid,
    gid,
    uname: hex(bytes(entry.uname)),
    gname: hex(bytes(entry.gname)),
    mtime: [mtime.seconds, mtime.nanoseconds],
    linkname: hex(entry.linkname),
    device: [entry.deviceMajor, entry.deviceMinor],
    content: digest(entry.content),
    xattrs: xattrFacts(entry.xattrs),
  };
}

/** What our reader finds in an archive. */
export async function readFacts(archive: TarSource | Iterable<Uint8Array>): Promise<Facts[]> {
  const found: Facts[] = [];
  for await (const { entry, content } of readTar(archive)) {
    const { type, mode, uid, gid, mtime } = entry;
    found.push({
      name: hex(entry.name),
      type,
      mode,
      uid,
      gid,
      uname: hex(entry.uname),
      gname: hex(entry.gname),
      mtime: [mtime.seconds, mtime.nanoseconds],
      linkname: hex(entry.linkname),
      device: [entry.deviceMajor, entry.deviceMinor],
      content: digest(Buffer.concat(await Array.fromAsync(content))),
      xattrs: xattrFacts(entry.xattrs),
    });
  }
  return found;
}

function digest(content: Uint8Array): string {
  return `${content.length}:${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
}

function xattrFacts(xattrs: ReadonlyMap<string, Uint8Array>): [string, string][] {
  return Array.from(xattrs, ([name, value]): [string, string] => [name, hex(value)]).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

/** The entries as the peers take them. */
export function toJson(entries: readonly OddEntry[], formatTime: (time: TarTime) => string): string {
  return JSON.stringify(
    entries.map((entry) => ({
      ...factsOf(entry),
      uname: entry.uname,
      gname: entry.gname,
      major: entry.deviceMajor,
      minor: entry.deviceMinor,
      mtimeText: formatTime(entry.mtime),
      content: hex(entry.content),
    })),
  );
}
