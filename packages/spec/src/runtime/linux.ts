/**
 * The Linux part of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { quote } from "../issue.ts";
import { checkFields, listOf, mapOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, checkAbsolute, checkString, fieldsOf, int64, oneOf, uint32 } from "./fields.ts";
import { ROOTFS_PROPAGATIONS, type RootfsPropagation, TIME_CLOCKS, type TimeClock } from "./linux-names.ts";
import { type LinuxDevice, checkDevices } from "./linux/devices.ts";
import { type IdMapping, checkIdMappings } from "./linux/id-mappings.ts";
import { type IntelRdt, checkIntelRdt } from "./linux/intel-rdt.ts";
import { type MemoryPolicy, checkMemoryPolicy } from "./linux/memory-policy.ts";
import { type LinuxNamespace, checkNamespaces } from "./linux/namespaces.ts";
import { type Personality, checkPersonality } from "./linux/personality.ts";
import { type LinuxResources, checkResources } from "./linux/resources.ts";
import { type Seccomp, checkSeccomp } from "./linux/seccomp.ts";

/**
 * What a Linux container is made of.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md}
 */
export interface LinuxConfig {
  readonly namespaces?: readonly LinuxNamespace[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  /** How far the clocks of the time namespace are shifted. */
  readonly timeOffsets?: { readonly [Clock in TimeClock]?: TimeOffset };
  readonly devices?: readonly LinuxDevice[];
  /** Network devices to move into the container, by their names on the host. */
  readonly netDevices?: { readonly [name: string]: NetDevice };
  /** Absolute: below the mount of the cgroups; relative: wherever the runtime decides. */
  readonly cgroupsPath?: string;
  readonly resources?: LinuxResources;
  readonly intelRdt?: IntelRdt;
  readonly memoryPolicy?: MemoryPolicy;
  readonly sysctl?: { readonly [name: string]: string };
  readonly seccomp?: Seccomp;
  readonly rootfsPropagation?: RootfsPropagation;
  /** Absolute paths that cannot be read in the container. */
  readonly maskedPaths?: readonly string[];
  /** Absolute paths that cannot be written in the container. */
  readonly readonlyPaths?: readonly string[];
  /** SELinux context of the mounts. */
  readonly mountLabel?: string;
  readonly personality?: Personality;
}

/** How far a clock is shifted. */
export interface TimeOffset {
  readonly secs?: number | bigint;
  readonly nanosecs?: number;
}

/** A network device to move into the container. */
export interface NetDevice {
  /** Its name there, if it is another; at its end `%d` stands for a number that the kernel finds. */
  readonly name?: string;
}

/** Checks the Linux part of a configuration. */
export function checkLinux(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, LINUX, report);
  checkNamespaces(json.get("namespaces"), report);
  checkIdMappings(json.get("uidMappings"), report);
  checkIdMappings(json.get("gidMappings"), report);
  checkTimeOffsets(json.get("timeOffsets"), report);
  checkDevices(json.get("devices"), report);
  checkNetDevices(json.get("netDevices"), report);
  checkString(json.get("cgroupsPath"), "runtime.linux.cgroupsPath", PATH, report);
  checkResources(json.get("resources"), report);
  checkIntelRdt(json.get("intelRdt"), report);
  checkMemoryPolicy(json.get("memoryPolicy"), report);
  checkSeccomp(json.get("seccomp"), report);
  for (const path of json.get("maskedPaths").items) checkAbsolute(path, "runtime.linux.maskedPaths", report);
  for (const path of json.get("readonlyPaths").items) checkAbsolute(path, "runtime.linux.readonlyPaths", report);
  checkPersonality(json.get("personality"), report);
}

const LINUX = fieldsOf(
  "runtime.linux",
  {},
  {
    namespaces: listOf(object),
    uidMappings: listOf(object),
    gidMappings: listOf(object),
    timeOffsets: mapOf(object),
    devices: listOf(object),
    netDevices: mapOf(object),
    cgroupsPath: string,
    resources: object,
    intelRdt: object,
    memoryPolicy: object,
    sysctl: mapOf(string),
    seccomp: object,
    rootfsPropagation: oneOf(ROOTFS_PROPAGATIONS),
    maskedPaths: strings,
    readonlyPaths: strings,
    mountLabel: string,
    personality: object,
  },
);

const PATH = { test: (path: string) => path !== "" && !path.includes("\0"), expected: "a path" };

function checkTimeOffsets(json: Json, report: RuntimeReport): void {
  const clocks: readonly string[] = TIME_CLOCKS;
  for (const [clock, offset] of json.fields) {
    if (offset.kind === "object") checkFields(offset, TIME_OFFSET, report);
    if (clocks.includes(clock)) continue;
    report.add("runtime.linux.timeOffsets.clock", offset, `expected monotonic or boottime, got ${quote(clock)}`);
  }
}

const TIME_OFFSET = fieldsOf("runtime.linux.timeOffsets", {}, { secs: int64, nanosecs: uint32 });

function checkNetDevices(json: Json, report: RuntimeReport): void {
  for (const device of json.fields.values()) {
    if (device.kind === "object") checkFields(device, NET_DEVICE, report);
  }
}

const NET_DEVICE = fieldsOf("runtime.linux.netDevices", {}, { name: string });
