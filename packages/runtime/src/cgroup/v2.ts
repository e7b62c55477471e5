/**
 * Limits as files of control groups of version 2. Pure, but for {@link checkUsage}.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @module
 */
import { tryReadFile } from "@teu/kernel/files";
import type { BlockDeviceLimit, HugepageLimit, MemoryLimits, Resources } from "../config/resources.ts";
import { fieldFailure } from "../failure.ts";
import { type CgroupFolders, folderOf } from "./folders.ts";
import { type CgroupStep, Writes } from "./writes.ts";

/** What to write for `resources`; what has no counterpart in version 2 is passed over. @throws Failure */
export function planVersion2(resources: Resources): CgroupStep[] {
  const writes = new Writes(resources.field);
  memory(resources.memory, writes);
  cpu(resources, writes);
  writes.put("pids", "pids.max", { field: "pids.limit", value: orMax(resources.pidsLimit) });
  blockIo(resources, writes);
  hugepages(resources.hugepages, writes);
  for (const { device, handles, objects, field } of resources.rdma) {
    const limits = `${handles === "" ? "" : ` hca_handle=${handles}`}${objects === "" ? "" : ` hca_object=${objects}`}`;
    writes.putAt("rdma", "rdma.max", { field, value: `${device}${limits}` });
  }
  for (const { name, value, field } of resources.unified)
    writes.putAt(name.slice(0, name.indexOf(".")), name, { field, value });
  return writes.steps;
}

function orMax(limit: string): string {
  return limit.startsWith("-") ? "max" : limit;
}

function memory(m: MemoryLimits, writes: Writes): void {
  writes.put("memory", "memory.max", { field: "memory.limit", value: orMax(m.limit) });
  writes.put("memory", "memory.low", { field: "memory.reservation", value: orMax(m.reservation) });
  writes.put("memory", "memory.swap.max", {
    field: "memory.swap",
    value: swapLimit(m, writes.field),
    // Without swap in the kernel there is none to forbid.
    optional: m.swap.startsWith("-") || m.swap === m.limit,
  });
}

/**
 * Refuses limits below what the container holds now, where `checkBeforeUpdate` asks for that: version 2 would end its
 * processes until they fit. Version 1 refuses by itself.
 * @throws Failure
 */
export function checkUsage({ limit, swap, checkBeforeUpdate }: MemoryLimits, folders: CgroupFolders): void {
  const folder = folderOf(folders, "memory");
  const usage = folder === undefined ? undefined : tryReadFile(`${folder}/memory.current`)?.trim();
  if (!checkBeforeUpdate || usage === undefined) return;
  refuseBelow("memory+swap limit", swap, usage);
  refuseBelow("memory limit", limit, usage);
}

function refuseBelow(what: string, limit: string, usage: string): void {
  if (limit === "" || limit === "0" || limit.startsWith("-") || BigInt(limit) > BigInt(usage)) return;
  throw fieldFailure("memory.checkBeforeUpdate", `rejecting ${what} ${limit} <= usage ${usage}`);
}

/** The limit of swap alone, from that of memory and swap together. @throws Failure where it cannot be told */
export function swapLimit({ swap, limit }: MemoryLimits, field: string): string {
  if (swap === "" || swap === "0") return "";
  if (swap.startsWith("-")) return "max";
  const place = `${field}.memory.swap`;
  if (limit === "" || limit.startsWith("-"))
    throw fieldFailure(place, "counts memory and swap together, so memory.limit must be given too");
  const difference = BigInt(swap) - BigInt(limit);
  if (difference < 0n)
    throw fieldFailure(place, `${swap} is less than memory.limit ${limit}, but counts memory and swap together`);
  return String(difference);
}

function cpu({ cpu: c }: Resources, writes: Writes): void {
  writes.put("cpu", "cpu.idle", { field: "cpu.idle", value: c.idle });
  // An idle cgroup has no weight.
  if (c.idle !== "1") writes.put("cpu", "cpu.weight", { field: "cpu.shares", value: weightOfShares(c.shares) });
  const quota = c.quota === "" || c.quota === "0" || c.quota.startsWith("-") ? "max" : c.quota;
  const period = c.period === "0" ? "" : c.period;
  if (c.quota !== "" || period !== "")
    writes.put("cpu", "cpu.max", { field: "cpu.quota", value: `${quota} ${period}`.trim() });
  writes.put("cpu", "cpu.max.burst", { field: "cpu.burst", value: c.burst });
  writes.put("cpuset", "cpuset.cpus", { field: "cpu.cpus", value: c.cpus });
  writes.put("cpuset", "cpuset.mems", { field: "cpu.mems", value: c.mems });
}

const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

/** The weight that treats a cgroup as `shares` would: 1024 is 100. Empty where nothing is given. */
export function weightOfShares(shares: string): string {
  if (shares === "" || shares === "0") return "";
  const number = Number(shares);
  if (number <= MIN_SHARES) return "1";
  if (number >= MAX_SHARES) return "10000";
  const log = Math.log2(number);
  return String(Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34)));
}

function blockIo({ blockIo: b }: Resources, writes: Writes): void {
  const weight = b.weight === "0" ? "" : b.weight;
  const linear = weight === "" ? "" : String(1 + Math.floor(((Number(weight) - 10) * 9999) / 990));
  writes.put("io", "io.bfq.weight", {
    field: "blockIO.weight",
    value: weight,
    otherwise: "io.weight",
    otherwiseValue: linear,
  });
  for (const { major, minor, value, field } of b.weightDevice)
    if (value !== "") writes.putAt("io", "io.bfq.weight", { field, value: `${major}:${minor} ${value}` });
  throttle(writes, "rbps", b.readBytes);
  throttle(writes, "wbps", b.writeBytes);
  throttle(writes, "riops", b.readOperations);
  throttle(writes, "wiops", b.writeOperations);
}

function throttle(writes: Writes, key: string, limits: readonly BlockDeviceLimit[]): void {
  for (const { major, minor, value, field } of limits)
    writes.putAt("io", "io.max", { field, value: `${major}:${minor} ${key}=${value === "0" ? "max" : value}` });
}

/** The limits of huge pages; a host of both versions may have only these in version 2. */
export function hugepages(limits: readonly HugepageLimit[], writes: Writes): void {
  for (const { pageSize, limit, field } of limits) {
    writes.putAt("hugetlb", `hugetlb.${pageSize}.max`, { field, value: limit });
    writes.putAt("hugetlb", `hugetlb.${pageSize}.rsvd.max`, { field, value: limit, optional: true });
  }
}

/** The controllers that writes need, each once. */
export function controllersOf(steps: readonly CgroupStep[]): string[] {
  const found: string[] = [];
  for (const { controller } of steps) if (controller !== "" && !found.includes(controller)) found.push(controller);
  return found;
}
