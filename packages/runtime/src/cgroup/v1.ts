/**
 * Limits as files of control groups of version 1. Pure.
 * https://docs.kernel.org/admin-guide/cgroup-v1/index.html
 * @module
 */
import type { BlockDeviceLimit, HugepageLimit, Resources } from "../config/resources.ts";
import { fieldFailure } from "../failure.ts";
import { hugepages as hugepagesOfVersion2 } from "./v2.ts";
import { type CgroupStep, Writes } from "./writes.ts";

/**
 * What to write for `resources`, in an order that the kernel takes.
 * @param hugepagesApart limits of huge pages are kept by version 2 on this host @throws Failure
 */
export function planVersion1(resources: Resources, hugepagesApart = false): CgroupStep[] {
  if (resources.unified.length > 0)
    throw fieldFailure(
      `${resources.field}.unified`,
      "invalid configuration: needs a host with version 2 of control groups only",
    );
  const writes = new Writes(resources.field);
  memory(resources, writes);
  cpu(resources, writes);
  writes.put("pids", "pids.max", {
    field: "pids.limit",
    value: resources.pidsLimit.startsWith("-") ? "max" : resources.pidsLimit,
  });
  blockIo(resources, writes);
  if (hugepagesApart) hugepagesOfVersion2(resources.hugepages, writes);
  else hugepages(resources.hugepages, writes);
  writes.put("net_cls", "net_cls.classid", { field: "network.classID", value: resources.networkClass });
  for (const { name, value, field } of resources.networkPriorities)
    writes.putAt("net_prio", "net_prio.ifpriomap", { field, value: `${name} ${value}` });
  for (const { device, handles, objects, field } of resources.rdma)
    writes.putAt("rdma", "rdma.max", {
      field,
      value: `${device}${handles === "" ? "" : ` hca_handle=${handles}`}${objects === "" ? "" : ` hca_object=${objects}`}`,
    });
  return writes.steps;
}

function memory({ memory: m }: Resources, writes: Writes): void {
  if (m.swap !== "" && m.limit !== "" && !m.swap.startsWith("-") && BigInt(m.swap) < BigInt(m.limit))
    throw fieldFailure(
      `${writes.field}.memory.swap`,
      `${m.swap} is less than memory.limit ${m.limit}, but counts memory and swap together`,
    );
  const swap = {
    field: "memory.swap",
    value: m.swap === "" && m.limit === "-1" ? "-1" : m.swap,
    optional: m.swap === "",
  };
  // Memory and swap together are never less than memory alone: whichever grows goes first, so swap is written twice.
  if (m.limit !== "") writes.put("memory", "memory.memsw.limit_in_bytes", { ...swap, forgiven: true });
  writes.put("memory", "memory.limit_in_bytes", { field: "memory.limit", value: m.limit });
  writes.put("memory", "memory.memsw.limit_in_bytes", swap);
  writes.put("memory", "memory.kmem.tcp.limit_in_bytes", {
    field: "memory.kernelTCP",
    value: m.kernelTcp,
    optional: true,
  });
  writes.put("memory", "memory.soft_limit_in_bytes", { field: "memory.reservation", value: m.reservation });
  writes.put("memory", "memory.swappiness", { field: "memory.swappiness", value: m.swappiness });
  if (m.disableOomKiller === "1")
    writes.put("memory", "memory.oom_control", { field: "memory.disableOOMKiller", value: "1" });
}

function cpu({ cpu: c }: Resources, writes: Writes): void {
  writes.put("cpu", "cpu.shares", { field: "cpu.shares", value: c.shares === "0" ? "" : c.shares });
  const realtimePeriod = { field: "cpu.realtimePeriod", value: c.realtimePeriod };
  // Nor is a period ever shorter than the time in it.
  if (c.realtimeRuntime !== "") writes.put("cpu", "cpu.rt_period_us", { ...realtimePeriod, forgiven: true });
  else writes.put("cpu", "cpu.rt_period_us", realtimePeriod);
  writes.put("cpu", "cpu.rt_runtime_us", { field: "cpu.realtimeRuntime", value: c.realtimeRuntime });
  if (c.realtimeRuntime !== "") writes.put("cpu", "cpu.rt_period_us", realtimePeriod);
  const period = { field: "cpu.period", value: c.period === "0" ? "" : c.period };
  // A share of the cgroup above is never exceeded in between: whichever is refused first is written again.
  if (c.quota !== "") writes.put("cpu", "cpu.cfs_period_us", { ...period, forgiven: true });
  else writes.put("cpu", "cpu.cfs_period_us", period);
  writes.put("cpu", "cpu.cfs_quota_us", { field: "cpu.quota", value: c.quota === "0" ? "" : c.quota });
  if (c.quota !== "") writes.put("cpu", "cpu.cfs_period_us", period);
  writes.put("cpu", "cpu.cfs_burst_us", { field: "cpu.burst", value: c.burst });
  writes.put("cpu", "cpu.idle", { field: "cpu.idle", value: c.idle });
  writes.put("cpuset", "cpuset.cpus", { field: "cpu.cpus", value: c.cpus });
  writes.put("cpuset", "cpuset.mems", { field: "cpu.mems", value: c.mems });
}

function blockIo({ blockIo: b }: Resources, writes: Writes): void {
  writes.put("blkio", "blkio.weight", {
    field: "blockIO.weight",
    value: b.weight === "0" ? "" : b.weight,
    otherwise: "blkio.bfq.weight",
  });
  writes.put("blkio", "blkio.leaf_weight", {
    field: "blockIO.leafWeight",
    value: b.leafWeight === "0" ? "" : b.leafWeight,
  });
  for (const limit of b.weightDevice) {
    const { major, minor, value, leafWeight, field } = limit;
    const weight = { field, value: `${major}:${minor} ${value}`, otherwise: "blkio.bfq.weight_device" };
    if (value !== "") writes.putAt("blkio", "blkio.weight_device", weight);
    if (leafWeight !== "")
      writes.putAt("blkio", "blkio.leaf_weight_device", { field, value: `${major}:${minor} ${leafWeight}` });
  }
  throttle(writes, "blkio.throttle.read_bps_device", b.readBytes);
  throttle(writes, "blkio.throttle.write_bps_device", b.writeBytes);
  throttle(writes, "blkio.throttle.read_iops_device", b.readOperations);
  throttle(writes, "blkio.throttle.write_iops_device", b.writeOperations);
}

function hugepages(limits: readonly HugepageLimit[], writes: Writes): void {
  for (const { pageSize, limit, field } of limits) {
    writes.putAt("hugetlb", `hugetlb.${pageSize}.limit_in_bytes`, { field, value: limit });
    writes.putAt("hugetlb", `hugetlb.${pageSize}.rsvd.limit_in_bytes`, { field, value: limit, optional: true });
  }
}

function throttle(writes: Writes, file: string, limits: readonly BlockDeviceLimit[]): void {
  for (const { major, minor, value, field } of limits)
    writes.putAt("blkio", file, { field, value: `${major}:${minor} ${value}` });
}
