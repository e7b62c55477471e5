/**
 * The Windows part of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { boolean, checkFields, listOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, fieldsOf, objectsIn, oneOf, uint32, uint64, wholeNumber } from "./fields.ts";

/**
 * What a Windows container is made of.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-windows.md}
 */
export interface WindowsConfig {
  /** Folders of the layers, from the topmost to the base, then the scratch folder. */
  readonly layerFolders: readonly string[];
  readonly devices?: readonly WindowsDevice[];
  readonly resources?: WindowsResources;
  readonly network?: WindowsNetwork;
  /** A group Managed Service Account, in a form that the specification leaves open. */
  readonly credentialSpec?: { readonly [name: string]: unknown };
  /** Start to apply pending updates. */
  readonly servicing?: boolean;
  readonly ignoreFlushesDuringBoot?: boolean;
  /** Makes it a Hyper-V container. */
  readonly hyperv?: { readonly utilityVMPath?: string };
}

/** A device that must be in the container. */
export interface WindowsDevice {
  /** GUID of a device interface class. */
  readonly id: string;
  readonly idType: "class";
}

/** Limits on resources. */
export interface WindowsResources {
  /** Bytes. */
  readonly memory?: { readonly limit?: number | bigint };
  readonly cpu?: WindowsCpu;
  readonly storage?: WindowsStorage;
}

/** Limits on CPU time, of which only one is set. */
export interface WindowsCpu {
  readonly count?: number | bigint;
  /** From 0 to 10000. */
  readonly shares?: number;
  /** Cycles in 10000. */
  readonly maximum?: number;
  readonly affinity?: readonly { readonly mask: number | bigint; readonly group: number }[];
}

/** Limits on the system drive. */
export interface WindowsStorage {
  /** Operations a second. */
  readonly iops?: number | bigint;
  /** Bytes a second. */
  readonly bps?: number | bigint;
  /** Smallest size in bytes. */
  readonly sandboxSize?: number | bigint;
}

/** How the container is connected. */
export interface WindowsNetwork {
  readonly endpointList?: readonly string[];
  readonly allowUnqualifiedDNSQuery?: boolean;
  readonly DNSSearchList?: readonly string[];
  readonly networkSharedContainerName?: string;
  readonly networkNamespace?: string;
}

/** Checks the Windows part of a configuration. */
export function checkWindows(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, WINDOWS, report);
  const folders = json.get("layerFolders");
  if (folders.kind === "array" && folders.items.length === 0) {
    report.add("runtime.windows.layerFolders.one", folders, "expected at least one folder, got none");
  }
  for (const device of objectsIn(json.get("devices"))) checkFields(device, DEVICE, report);
  checkResources(json.get("resources"), report);
  const network = json.get("network");
  if (network.kind === "object") checkFields(network, NETWORK, report);
  const hyperv = json.get("hyperv");
  if (hyperv.kind === "object") checkFields(hyperv, HYPERV, report);
}

const WINDOWS = fieldsOf(
  "runtime.windows",
  { layerFolders: strings },
  {
    devices: listOf(object),
    resources: object,
    network: object,
    credentialSpec: object,
    servicing: boolean,
    ignoreFlushesDuringBoot: boolean,
    hyperv: object,
  },
);
const DEVICE = fieldsOf("runtime.windows.devices", { id: string, idType: oneOf(["class"]) });
const NETWORK = fieldsOf(
  "runtime.windows",
  {},
  {
    endpointList: strings,
    allowUnqualifiedDNSQuery: boolean,
    DNSSearchList: strings,
    networkSharedContainerName: string,
    networkNamespace: string,
  },
);
const HYPERV = fieldsOf("runtime.windows", {}, { utilityVMPath: string });

function checkResources(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, RESOURCES, report);
  const memory = json.get("memory");
  if (memory.kind === "object") checkFields(memory, MEMORY, report);
  const storage = json.get("storage");
  if (storage.kind === "object") checkFields(storage, STORAGE, report);
  checkCpu(json.get("cpu"), report);
}

const RESOURCES = fieldsOf("runtime.windows", {}, { memory: object, cpu: object, storage: object });
const MEMORY = fieldsOf("runtime.windows", {}, { limit: uint64 });
const STORAGE = fieldsOf("runtime.windows", {}, { iops: uint64, bps: uint64, sandboxSize: uint64 });

function checkCpu(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, CPU, report);
  for (const affinity of objectsIn(json.get("affinity"))) checkFields(affinity, AFFINITY, report);
  const set = ["count", "shares", "maximum", "affinity"].filter((name) => !json.get(name).absent);
  if (set.length <= 1) return;
  report.add("runtime.windows.resources.cpu.exclusive", json, `expected one limit, got ${set.join(" and ")}`);
}

const TEN_THOUSANDTHS = wholeNumber({ min: "0", max: "10000" });
const CPU = [
  ...fieldsOf("runtime.windows", {}, { count: uint64, affinity: listOf(object) }),
  ...fieldsOf("runtime.windows.resources.cpu", {}, { shares: TEN_THOUSANDTHS, maximum: TEN_THOUSANDTHS }),
];
const AFFINITY = fieldsOf("runtime.windows.resources.cpu.affinity", { mask: uint64, group: uint32 });
