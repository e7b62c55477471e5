/**
 * Limits of a container: `linux.resources`, and the document of `update --resources`.
 * Numbers are kept as their literals, since they have 64 bits; an empty text means that nothing was given.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#control-groups
 * @module
 */
import type { Json } from "@teu/std/json";
import { INT64, UINT16, UINT32, UINT64 } from "@teu/spec/runtime/integers";
import { DEVICE_RULE_TYPES } from "@teu/spec/runtime/linux-names";
import { fieldFailure } from "../failure.ts";
import {
  type Pair,
  readFlag,
  readInteger,
  readIntegerOrNone,
  readName,
  readOneOf,
  readPairs,
  readTextOr,
} from "./read.ts";

/** One rule of the device controller. The last rule that fits decides. */
export interface DeviceRule {
  readonly allow: boolean;
  /** `a`, `c` or `b`. */
  readonly type: string;
  /** -1 for all. */
  readonly major: number;
  readonly minor: number;
  /** Out of `r`, `w`, `m`. */
  readonly access: string;
  readonly field: string;
}

/** `memory`: bytes, -1 for no limit. */
export interface MemoryLimits {
  readonly limit: string;
  readonly reservation: string;
  readonly kernelTcp: string;
  /** Memory and swap together. */
  readonly swap: string;
  readonly swappiness: string;
  readonly disableOomKiller: string;
  readonly checkBeforeUpdate: boolean;
}

/** `cpu`: times in microseconds, lists of processors as text. */
export interface CpuLimits {
  readonly shares: string;
  readonly quota: string;
  readonly burst: string;
  readonly period: string;
  readonly realtimeRuntime: string;
  readonly realtimePeriod: string;
  readonly cpus: string;
  readonly mems: string;
  readonly idle: string;
}

/** A number for one block device. */
export interface BlockDeviceLimit {
  readonly major: string;
  readonly minor: string;
  /** A weight, bytes or operations a second. */
  readonly value: string;
  readonly leafWeight: string;
  readonly field: string;
}

/** `blockIO`. */
export interface BlockIoLimits {
  readonly weight: string;
  readonly leafWeight: string;
  readonly weightDevice: readonly BlockDeviceLimit[];
  readonly readBytes: readonly BlockDeviceLimit[];
  readonly writeBytes: readonly BlockDeviceLimit[];
  readonly readOperations: readonly BlockDeviceLimit[];
  readonly writeOperations: readonly BlockDeviceLimit[];
}

/** One of `hugepageLimits`: bytes of one size of page. */
export interface HugepageLimit {
  /** Such as `2MB`. */
  readonly pageSize: string;
  readonly limit: string;
  readonly field: string;
}

/** One device of `rdma`. */
export interface RdmaLimit {
  readonly device: string;
  readonly handles: string;
  readonly objects: string;
  readonly field: string;
}

/** All limits. */
export interface Resources {
  readonly devices: readonly DeviceRule[];
  readonly memory: MemoryLimits;
  readonly cpu: CpuLimits;
  readonly pidsLimit: string;
  readonly blockIo: BlockIoLimits;
  readonly hugepages: readonly HugepageLimit[];
  readonly networkClass: string;
  readonly networkPriorities: readonly Pair[];
  readonly rdma: readonly RdmaLimit[];
  readonly unified: readonly Pair[];
  /** The place of the object, for messages. */
  readonly field: string;
}

/** Reads `linux.resources`, which may be absent. @throws Failure */
export function readResources(json: Json): Resources {
  return {
    devices: json
      .get("devices")
      .list()
      .map((item) => readDeviceRule(item)),
    memory: readMemory(json.get("memory")),
    cpu: readCpu(json.get("cpu")),
    pidsLimit: readIntegerOrNone(json.get("pids").get("limit"), INT64),
    blockIo: readBlockIo(json.get("blockIO")),
    hugepages: json
      .get("hugepageLimits")
      .list()
      .map((item) => readHugepages(item)),
    networkClass: readIntegerOrNone(json.get("network").get("classID"), UINT32),
    networkPriorities: json
      .get("network")
      .get("priorities")
      .list()
      .map((item) => readPriority(item)),
    rdma: readRdma(json.get("rdma")),
    unified: readUnified(json.get("unified")),
    field: json.path,
  };
}

function readDeviceRule(json: Json): DeviceRule {
  const type =
    json.get("type").absent || json.get("type").text === "" ? "a" : readOneOf(json.get("type"), DEVICE_RULE_TYPES);
  const access = readTextOr(json.get("access"), "");
  if (!/^[rwm]*$/.test(access))
    throw fieldFailure(json.get("access").path, `${JSON.stringify(access)} is not out of r, w and m`);
  return {
    allow: readFlag(json.get("allow")),
    type,
    major: readDeviceNumber(json.get("major")),
    minor: readDeviceNumber(json.get("minor")),
    access: access === "" ? "rwm" : access,
    field: json.path,
  };
}

function readDeviceNumber(json: Json): number {
  return json.absent ? -1 : json.integerBetween(-1, 0xffffffff);
}

function readMemory(json: Json): MemoryLimits {
  const swappiness = json.get("swappiness");
  const oom = json.get("disableOOMKiller");
  return {
    limit: readIntegerOrNone(json.get("limit"), INT64),
    reservation: readIntegerOrNone(json.get("reservation"), INT64),
    kernelTcp: readIntegerOrNone(json.get("kernelTCP"), INT64),
    swap: readIntegerOrNone(json.get("swap"), INT64),
    swappiness: swappiness.absent ? "" : String(swappiness.integerBetween(0, 100)),
    disableOomKiller: oom.absent ? "" : oom.boolean() ? "1" : "0",
    checkBeforeUpdate: readFlag(json.get("checkBeforeUpdate")),
  };
}

function readCpu(json: Json): CpuLimits {
  return {
    shares: readIntegerOrNone(json.get("shares"), UINT64),
    quota: readIntegerOrNone(json.get("quota"), INT64),
    burst: readIntegerOrNone(json.get("burst"), UINT64),
    period: readIntegerOrNone(json.get("period"), UINT64),
    realtimeRuntime: readIntegerOrNone(json.get("realtimeRuntime"), INT64),
    realtimePeriod: readIntegerOrNone(json.get("realtimePeriod"), UINT64),
    cpus: readTextOr(json.get("cpus"), ""),
    mems: readTextOr(json.get("mems"), ""),
    idle: readIntegerOrNone(json.get("idle"), INT64),
  };
}

function readBlockIo(json: Json): BlockIoLimits {
  return {
    weight: readIntegerOrNone(json.get("weight"), UINT16),
    leafWeight: readIntegerOrNone(json.get("leafWeight"), UINT16),
    weightDevice: readBlockDevices(json.get("weightDevice"), "weight"),
    readBytes: readBlockDevices(json.get("throttleReadBpsDevice"), "rate"),
    writeBytes: readBlockDevices(json.get("throttleWriteBpsDevice"), "rate"),
    readOperations: readBlockDevices(json.get("throttleReadIOPSDevice"), "rate"),
    writeOperations: readBlockDevices(json.get("throttleWriteIOPSDevice"), "rate"),
  };
}

function readBlockDevices(json: Json, value: string): BlockDeviceLimit[] {
  return json.list().map((item) => ({
    major: readInteger(item.get("major"), INT64),
    minor: readInteger(item.get("minor"), INT64),
    value: readIntegerOrNone(item.get(value), UINT64),
    leafWeight: readIntegerOrNone(item.get("leafWeight"), UINT16),
    field: item.path,
  }));
}

function readHugepages(json: Json): HugepageLimit {
  const pageSize = readName(json.get("pageSize"));
  if (!/^[1-9][0-9]*[KMG]B$/.test(pageSize))
    throw fieldFailure(json.get("pageSize").path, `${JSON.stringify(pageSize)} is not a size such as 2MB`);
  return { pageSize, limit: readInteger(json.get("limit"), UINT64), field: json.path };
}

function readPriority(json: Json): Pair {
  return { name: readName(json.get("name")), value: readInteger(json.get("priority"), UINT32), field: json.path };
}

function readRdma(json: Json): RdmaLimit[] {
  return json.names().map((device) => {
    const limits = json.get(device);
    const handles = readIntegerOrNone(limits.get("hcaHandles"), UINT32);
    const objects = readIntegerOrNone(limits.get("hcaObjects"), UINT32);
    if (handles === "" && objects === "") throw fieldFailure(limits.path, "has neither hcaHandles nor hcaObjects");
    return { device, handles, objects, field: limits.path };
  });
}

function readUnified(json: Json): Pair[] {
  const pairs = readPairs(json);
  for (const pair of pairs)
    if (pair.name.includes("/") || pair.name.startsWith("."))
      throw fieldFailure(pair.field, "is not the name of a file of a cgroup");
  return pairs;
}
