/**
 * The virtual machine part of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, checkAbsolute, fieldsOf, objectsIn, uint32, uint64 } from "./fields.ts";

/**
 * The virtual machine that a container runs in. Paths are absolute, as the runtime sees them.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-vm.md}
 */
export interface VmConfig {
  readonly hypervisor?: { readonly path: string; readonly parameters?: readonly string[] };
  readonly kernel: { readonly path: string; readonly parameters?: readonly string[]; readonly initrd?: string };
  /** The root file system of the machine, in a format such as `raw`, `qcow2`, `vdi`, `vmdk` or `vhd`. */
  readonly image?: { readonly path: string; readonly format: string };
  readonly hwConfig?: VmHardware;
}

/** Hardware that the machine is given. */
export interface VmHardware {
  /** Path of the device tree. */
  readonly deviceTree?: string;
  readonly vcpus?: number;
  /** Bytes. */
  readonly memory?: number | bigint;
  readonly dtdevs?: readonly string[];
  readonly iomems?: readonly IoMemory[];
  readonly irqs?: readonly number[];
}

/** A range of I/O memory, in pages. */
export interface IoMemory {
  /** First page in the machine; the same as on the host if absent. */
  readonly firstGFN?: number | bigint;
  /** First page on the host. */
  readonly firstMFN: number | bigint;
  /** How many pages. */
  readonly nrMFNs: number | bigint;
}

/** Checks the virtual machine part of a configuration. */
export function checkVm(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, VM, report);
  checkHypervisor(json.get("hypervisor"), report);
  checkKernel(json.get("kernel"), report);
  checkImage(json.get("image"), report);
  checkHardware(json.get("hwConfig"), report);
}

const VM = fieldsOf("runtime.vm", { kernel: object }, { hypervisor: object, image: object, hwConfig: object });

function checkHypervisor(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, HYPERVISOR, report);
  checkAbsolute(json.get("path"), "runtime.vm.hypervisor.path.absolute", report);
}

const HYPERVISOR = [
  ...fieldsOf("runtime.vm.hypervisor", { path: string }),
  ...fieldsOf("runtime.vm", {}, { parameters: strings }),
];

function checkKernel(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, KERNEL, report);
  checkAbsolute(json.get("path"), "runtime.vm.kernel.path.absolute", report);
  checkAbsolute(json.get("initrd"), "runtime.vm.kernel.initrd.absolute", report);
}

const KERNEL = [
  ...fieldsOf("runtime.vm.kernel", { path: string }),
  ...fieldsOf("runtime.vm", {}, { parameters: strings, initrd: string }),
];

function checkImage(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, IMAGE, report);
  checkAbsolute(json.get("path"), "runtime.vm.image.path.absolute", report);
}

const IMAGE = fieldsOf("runtime.vm.image", { path: string, format: string });

function checkHardware(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, HARDWARE, report);
  for (const range of objectsIn(json.get("iomems"))) checkFields(range, IO_MEMORY, report);
}

const HARDWARE = fieldsOf(
  "runtime.vm",
  {},
  {
    deviceTree: string,
    vcpus: uint32,
    memory: uint64,
    dtdevs: strings,
    iomems: listOf(object),
    irqs: listOf(uint32),
  },
);
const IO_MEMORY = [
  ...fieldsOf("runtime.vm.hwConfig.iomems", { firstMFN: uint64, nrMFNs: uint64 }),
  ...fieldsOf("runtime.vm", {}, { firstGFN: uint64 }),
];
