/**
 * Limits on the resources of a Linux container, which its cgroup enforces.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, mapOf, object, string } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, objectsIn, uint32, wholeNumber } from "../fields.ts";
import { INT64 } from "../integers.ts";
import { type BlockIo, checkBlockIo } from "./block-io.ts";
import { type Cpu, checkCpu } from "./cpu.ts";
import { type DeviceRule, checkDeviceRules } from "./devices.ts";
import { type HugepageLimit, checkHugepageLimits } from "./hugepages.ts";
import { type Memory, checkMemory } from "./memory.ts";

/**
 * Limits on resources.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#control-groups}
 */
export interface LinuxResources {
  readonly devices?: readonly DeviceRule[];
  readonly memory?: Memory;
  readonly cpu?: Cpu;
  /** Most tasks, 0 included; -1 for no limit. */
  readonly pids?: { readonly limit?: number | bigint };
  readonly blockIO?: BlockIo;
  readonly hugepageLimits?: readonly HugepageLimit[];
  readonly network?: Network;
  /** By the name of the device. */
  readonly rdma?: { readonly [device: string]: RdmaLimits };
  /** What to write to files of cgroups v2. */
  readonly unified?: { readonly [file: string]: string };
}

/** Marks and priorities of network traffic (cgroups v1). */
export interface Network {
  readonly classID?: number;
  readonly priorities?: readonly { readonly name: string; readonly priority: number }[];
}

/** Limits on an RDMA device; at least one is set. */
export interface RdmaLimits {
  readonly hcaHandles?: number;
  readonly hcaObjects?: number;
}

/** Checks limits on resources. */
export function checkResources(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, RESOURCES, report);
  checkDeviceRules(json.get("devices"), report);
  checkMemory(json.get("memory"), report);
  checkCpu(json.get("cpu"), report);
  const pids = json.get("pids");
  if (pids.kind === "object") checkFields(pids, PIDS, report);
  checkBlockIo(json.get("blockIO"), report);
  checkHugepageLimits(json.get("hugepageLimits"), report);
  checkNetwork(json.get("network"), report);
  checkRdma(json.get("rdma"), report);
}

const RESOURCES = fieldsOf(
  "runtime.linux.resources",
  {},
  {
    devices: listOf(object),
    memory: object,
    cpu: object,
    pids: object,
    blockIO: object,
    hugepageLimits: listOf(object),
    network: object,
    rdma: mapOf(object),
    unified: mapOf(string),
  },
);
const PIDS = fieldsOf("runtime.linux.resources.pids", {}, { limit: wholeNumber({ ...INT64, min: "-1" }) });

function checkNetwork(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, NETWORK, report);
  for (const priority of objectsIn(json.get("priorities"))) checkFields(priority, PRIORITY, report);
}

const NETWORK = fieldsOf("runtime.linux.resources.network", {}, { classID: uint32, priorities: listOf(object) });
const PRIORITY = fieldsOf("runtime.linux.resources.network.priorities", { name: string, priority: uint32 });

function checkRdma(json: Json, report: RuntimeReport): void {
  for (const limits of json.fields.values()) {
    if (limits.kind !== "object") continue;
    checkFields(limits, RDMA, report);
    if (!limits.get("hcaHandles").absent || !limits.get("hcaObjects").absent) continue;
    report.add("runtime.linux.resources.rdma.one", limits, "expected hcaHandles or hcaObjects, got neither");
  }
}

const RDMA = fieldsOf("runtime.linux.resources.rdma", {}, { hcaHandles: uint32, hcaObjects: uint32 });
