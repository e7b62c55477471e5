/**
 * The FreeBSD part of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { boolean, checkFields, listOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, fieldsOf, objectsIn, oneOf, uint32, wholeNumber } from "./fields.ts";

/**
 * What a FreeBSD container is made of.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-freebsd.md}
 */
export interface FreebsdConfig {
  readonly devices?: readonly FreebsdDevice[];
  readonly jail?: Jail;
}

/** A device to show in the container. */
export interface FreebsdDevice {
  /** Relative to /dev. */
  readonly path: string;
  readonly mode?: number;
}

/** How a jail shares something with its parent: `disable` takes it away. */
export type Sharing = "inherit" | "new" | "disable";

/** Parameters of the jail, see jail(8). */
export interface Jail {
  /** Name of the parent jail. */
  readonly parent?: string;
  readonly host?: "new" | "inherit";
  readonly ip4?: Sharing;
  readonly ip4Addr?: readonly string[];
  readonly ip6?: Sharing;
  readonly ip6Addr?: readonly string[];
  readonly vnet?: "new" | "inherit";
  /** Interface that the addresses are added to. */
  readonly interface?: string;
  readonly vnetInterfaces?: readonly string[];
  readonly sysvmsg?: Sharing;
  readonly sysvsem?: Sharing;
  readonly sysvshm?: Sharing;
  /** Which mounts are seen: 0 for all, 1 for those below the root, 2 for the root. */
  readonly enforceStatfs?: number;
  readonly allow?: JailPermissions;
}

/** What the jail may do. */
export interface JailPermissions {
  readonly setHostname?: boolean;
  readonly rawSockets?: boolean;
  readonly chflags?: boolean;
  /** Types of file systems that may be mounted. */
  readonly mount?: readonly string[];
  readonly quotas?: boolean;
  readonly socketAf?: boolean;
  readonly mlock?: boolean;
  readonly reservedPorts?: boolean;
  readonly suser?: boolean;
}

/** Checks the FreeBSD part of a configuration. */
export function checkFreebsd(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, FREEBSD, report);
  for (const device of objectsIn(json.get("devices"))) checkFields(device, DEVICE, report);
  checkJail(json.get("jail"), report);
}

const FREEBSD = fieldsOf("runtime.freebsd", {}, { devices: listOf(object), jail: object });
const DEVICE = fieldsOf("runtime.freebsd.devices", { path: string }, { mode: uint32 });

function checkJail(jail: Json, report: RuntimeReport): void {
  if (jail.kind !== "object") return;
  checkFields(jail, JAIL, report);
  const allow = jail.get("allow");
  if (allow.kind === "object") checkFields(allow, ALLOW, report);
  checkVnet(jail, report);
}

const SHARING = oneOf(["inherit", "new", "disable"]);
const SHARED_OR_NEW = oneOf(["new", "inherit"]);
const JAIL = fieldsOf(
  "runtime.freebsd.jail",
  {},
  {
    parent: string,
    host: SHARED_OR_NEW,
    ip4: SHARING,
    ip4Addr: strings,
    ip6: SHARING,
    ip6Addr: strings,
    vnet: SHARED_OR_NEW,
    interface: string,
    vnetInterfaces: strings,
    sysvmsg: SHARING,
    sysvsem: SHARING,
    sysvshm: SHARING,
    enforceStatfs: wholeNumber({ min: "0", max: "2" }),
    allow: object,
  },
);
const ALLOW = fieldsOf(
  "runtime.freebsd.jail",
  {},
  {
    setHostname: boolean,
    rawSockets: boolean,
    chflags: boolean,
    mount: strings,
    quotas: boolean,
    socketAf: boolean,
    mlock: boolean,
    reservedPorts: boolean,
    suser: boolean,
  },
);

function checkVnet(jail: Json, report: RuntimeReport): void {
  const vnet = jail.get("vnet");
  if (vnet.text === "inherit") {
    report.add("runtime.freebsd.jail.vnet.inherit", vnet, "expected nothing here, and inherit as ip4 and ip6");
  }
  if (vnet.text !== "new") return;
  for (const ip of [jail.get("ip4"), jail.get("ip6")]) {
    if (!ip.absent) report.add("runtime.freebsd.jail.vnet.new", ip, "expected nothing, since vnet is new");
  }
}
