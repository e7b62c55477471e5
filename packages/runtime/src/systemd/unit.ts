/**
 * The unit that systemd keeps for a container: its name, its place and its properties. Pure.
 * @module
 */
import type { Pair } from "../config/read.ts";
import type { Resources } from "../config/resources.ts";
import { fieldFailure } from "../failure.ts";
import { swapLimit, weightOfShares } from "../cgroup/v2.ts";
import type { Property, Value } from "./message-writer.ts";
import { parseGvariant } from "./gvariant.ts";

/** The place of a container below systemd. */
export interface UnitPlace {
  /** Such as `runc-abc.scope`. */
  readonly name: string;
  /** Such as `system.slice`. */
  readonly slice: string;
  /** Below the root of the manager's hierarchy, such as `/system.slice/runc-abc.scope`. */
  readonly path: string;
}

/** Reads `linux.cgroupsPath` as `slice:prefix:name`. @param isUser for the manager of a user @throws Failure */
export function parseUnit(cgroupsPath: string, id: string, isUser: boolean): UnitPlace {
  const parts = cgroupsPath === "" ? ["", "runc", id] : cgroupsPath.split(":");
  const [slice = "", prefix = "", name = ""] = parts;
  if (parts.length !== 3 || name === "" || name.includes("/") || prefix.includes("/"))
    throw fieldFailure(
      "linux.cgroupsPath",
      `expected slice:prefix:name for the systemd manager, got ${JSON.stringify(cgroupsPath)}`,
      "such as system.slice:runc:web, or leave --systemd-cgroup out",
    );
  const parent = slice === "" ? (isUser ? "user.slice" : "system.slice") : slice;
  const isSlice = name.endsWith(".slice");
  const unit = isSlice ? name : `${prefix === "" ? "" : `${prefix}-`}${name}.scope`;
  return { name: unit, slice: parent, path: `${slicePath(parent)}/${unit}` };
}

/** The folder of a slice: `a-b.slice` lies in `a.slice`, and `-.slice` is the root. @throws Failure */
export function slicePath(slice: string): string {
  if (slice === "-.slice" || slice === "-") return "";
  const name = slice.endsWith(".slice") ? slice.slice(0, -".slice".length) : "";
  const parts = name.split("-");
  if (name === "" || name.includes("/") || parts.includes(""))
    throw fieldFailure("linux.cgroupsPath", `${JSON.stringify(slice)} is not the name of a slice`);
  let path = "";
  let prefix = "";
  for (const part of parts) {
    prefix = prefix === "" ? part : `${prefix}-${part}`;
    path += `/${prefix}.slice`;
  }
  return path;
}

/** What a new unit is told, beside the resources. @param pid the process that it is made around */
export function unitProperties({ name, slice }: UnitPlace, id: string, pid: number): Property[] {
  const properties = [property("Description", "s", `teu container ${id}`)];
  if (name.endsWith(".slice")) properties.push(property("Wants", "as", slice));
  else
    properties.push(
      property("Slice", "s", slice),
      property("Delegate", "b", "true"),
      property("PIDs", "au", String(pid)),
    );
  for (const controller of ["Memory", "CPU", "IO", "Tasks"])
    properties.push(property(`${controller}Accounting`, "b", "true"));
  properties.push(property("DefaultDependencies", "b", "false"));
  return properties;
}

/** The limits that systemd knows of, so that it does not undo them; all limits are written to the cgroup as well. */
export function limitProperties(resources: Resources, isUnified: boolean): Property[] {
  const { memory, cpu } = resources;
  const properties: Property[] = [];
  const add = (name: string, type: string, text: string): void => {
    if (text !== "") properties.push(property(name, type, text));
  };
  add("TasksMax", "t", orInfinity(resources.pidsLimit === "0" ? "1" : resources.pidsLimit));
  if (isUnified) {
    add("MemoryMax", "t", orInfinity(memory.limit));
    add("MemoryLow", "t", orInfinity(memory.reservation));
    add("MemorySwapMax", "t", orInfinity(swapLimit(memory, resources.field)));
    add("CPUWeight", "t", weightOfShares(cpu.shares));
    if (cpu.cpus !== "") properties.push(cpuSet("AllowedCPUs", cpu.cpus, `${resources.field}.cpu.cpus`));
    if (cpu.mems !== "") properties.push(cpuSet("AllowedMemoryNodes", cpu.mems, `${resources.field}.cpu.mems`));
  } else {
    add("MemoryLimit", "t", orInfinity(memory.limit));
    add("CPUShares", "t", cpu.shares === "0" ? "" : cpu.shares);
  }
  addQuota(resources, properties);
  return properties;
}

const MICROSECONDS = 1_000_000n;
const DEFAULT_PERIOD = 100_000n;
// systemd counts in hundredths of a per cent.
const QUOTA_STEP = 10_000n;

function addQuota({ cpu }: Resources, properties: Property[]): void {
  if (cpu.quota === "" || cpu.quota === "0") return;
  const period = cpu.period === "" || cpu.period === "0" ? DEFAULT_PERIOD : BigInt(cpu.period);
  if (period !== DEFAULT_PERIOD) properties.push(property("CPUQuotaPeriodUSec", "t", String(period)));
  if (cpu.quota.startsWith("-")) {
    properties.push(property("CPUQuotaPerSecUSec", "t", INFINITY));
    return;
  }
  const perSecond = (BigInt(cpu.quota) * MICROSECONDS) / period;
  const rounded = ((perSecond + QUOTA_STEP - 1n) / QUOTA_STEP) * QUOTA_STEP;
  properties.push(property("CPUQuotaPerSecUSec", "t", String(rounded)));
}

const INFINITY = "18446744073709551615";

function orInfinity(limit: string): string {
  return limit === "max" || limit.startsWith("-") ? INFINITY : limit;
}

/** A list such as `0-3,7` as bits, lowest first. */
function cpuSet(name: string, list: string, field: string): Property {
  const bytes: number[] = [];
  for (const part of list.split(",")) {
    const [first = "", last = first] = part.trim().split("-");
    if (!/^[0-9]{1,4}$/.test(first) || !/^[0-9]{1,4}$/.test(last) || Number(first) > Number(last))
      throw fieldFailure(field, `${JSON.stringify(list)} is not a list of numbers such as 0-3,7`);
    for (let bit = Number(first); bit <= Number(last); bit++) {
      while (bytes.length <= bit >> 3) bytes.push(0);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return { name, value: { type: "ay", items: bytes.map((byte) => `${byte}`) } };
}

const ANNOTATION = "org.systemd.property.";

/** Properties that annotations ask for: `org.systemd.property.NAME` with a value in the text form of GVariant. @throws Failure */
export function annotatedProperties(annotations: readonly Pair[]): Property[] {
  const properties: Property[] = [];
  for (const { name, value, field } of annotations) {
    if (!name.startsWith(ANNOTATION)) continue;
    const asked = name.slice(ANNOTATION.length);
    if (!/^[A-Za-z]{3,}$/.test(asked))
      throw fieldFailure(field, `${JSON.stringify(asked)} is not the name of a property of a unit`);
    const parsed = parseGvariant(value, field);
    // Times are given in seconds in unit files, and in microseconds over the bus.
    if (asked.endsWith("Sec") && !asked.endsWith("USec"))
      properties.push({ name: `${asked.slice(0, -"Sec".length)}USec`, value: inMicroseconds(parsed, field) });
    else properties.push({ name: asked, value: parsed });
  }
  return properties;
}

function inMicroseconds({ type, items: [first = ""] }: Value, field: string): Value {
  if (!"nqiuxt".includes(type)) throw fieldFailure(field, "expected a number of seconds");
  return { type: "t", items: [String(BigInt(first) * MICROSECONDS)] };
}

function property(name: string, type: string, text: string): Property {
  return { name, value: { type, items: [text] } };
}
