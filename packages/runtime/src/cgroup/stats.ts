/**
 * What a container uses, from the files of its cgroups, in the JSON that runc prints.
 * https://github.com/opencontainers/runc/blob/v1.3.0/types/events.go
 * Numbers stay the digits that the kernel gave: they have 64 bits.
 * @module
 */

import { JsonFields, quoted } from "../json-writer.ts";
import { type CgroupFolders } from "./folders.ts";
import { StatFiles, digits, list, withPressure } from "./stat-files.ts";
import { ioOfVersion1, ioOfVersion2 } from "./stats-io.ts";
import { numbersOfList } from "../process/cpu-list.ts";

/** The usage of a container as JSON. @param intelRdt the same of resctrl, `{}` for none */
export function readStats(folders: CgroupFolders, intelRdt: string): string {
  const unified = folders.size === 1 && folders.has("");
  const files = new StatFiles(folders);
  return new JsonFields()
    .json("cpu", unified ? cpuOfVersion2(files) : cpuOfVersion1(files))
    .json("cpuset", unified ? "{}" : cpuset(files))
    .json("memory", unified ? memoryOfVersion2(files) : memoryOfVersion1(files))
    .json(
      "pids",
      new JsonFields().json("current", files.number("pids", "pids.current")).json("limit", limitOf(files)).toText(),
    )
    .json("blkio", unified ? ioOfVersion2(files) : ioOfVersion1(files))
    .json("hugetlb", hugepages(files))
    .json("intel_rdt", intelRdt)
    .json("network_interfaces", "null")
    .toText();
}

function limitOf(files: StatFiles): string {
  return files.number("pids", "pids.max");
}

const NANOSECONDS_PER_TICK = 10_000_000n;
const NANOSECONDS_PER_MICROSECOND = 1000n;

function cpuOfVersion1(files: StatFiles): string {
  const percpu = files.text("cpuacct", "cpuacct.usage_percpu").split(" ").map(digits);
  const modes = files.lines("cpuacct", "cpuacct.usage_all").slice(1);
  const ticks = (name: string): string => files.scaled("cpuacct", name, NANOSECONDS_PER_TICK);
  const usage = new JsonFields()
    .json("total", files.number("cpuacct", "cpuacct.usage"))
    .json("percpu", list(percpu))
    .json("percpu_kernel", list(modes.map((line) => digits(line.split(" ")[2] ?? ""))))
    .json("percpu_user", list(modes.map((line) => digits(line.split(" ")[1] ?? ""))))
    .json("kernel", ticks("system"))
    .json("user", ticks("user"));
  return cpuFields(usage, files, files.field("cpu", "cpu.stat", "throttled_time")).toText();
}

function cpuOfVersion2(files: StatFiles): string {
  const nanoseconds = (name: string): string => files.scaled("cpu", name, NANOSECONDS_PER_MICROSECOND);
  const usage = new JsonFields()
    .json("total", nanoseconds("usage_usec"))
    .json("kernel", nanoseconds("system_usec"))
    .json("user", nanoseconds("user_usec"));
  return withPressure(cpuFields(usage, files, nanoseconds("throttled_usec")), files, "cpu").toText();
}

function cpuFields(usage: JsonFields, files: StatFiles, throttledTime: string): JsonFields {
  const throttling = new JsonFields()
    .json("periods", files.field("cpu", "cpu.stat", "nr_periods"))
    .json("throttledPeriods", files.field("cpu", "cpu.stat", "nr_throttled"))
    .json("throttledTime", throttledTime);
  return new JsonFields().json("usage", usage.toText()).json("throttling", throttling.toText());
}

function cpuset(files: StatFiles): string {
  const numbers = (file: string): string => {
    const text = files.text("cpuset", file);
    return text === "" ? "[]" : list(numbersOfList(text, file).map((number) => String(number)));
  };
  const fields = new JsonFields().json("cpus", numbers("cpuset.cpus"));
  fields.json("cpu_exclusive", files.number("cpuset", "cpuset.cpu_exclusive")).json("mems", numbers("cpuset.mems"));
  for (const name of CPUSET_FLAGS) fields.json(name, files.number("cpuset", `cpuset.${name}`));
  const level = files.text("cpuset", "cpuset.sched_relax_domain_level");
  return fields.json("sched_relax_domain_level", /^-?[0-9]+$/.test(level) ? level : "0").toText();
}

const CPUSET_FLAGS: readonly string[] =
  "mem_hardwall mem_exclusive memory_migrate memory_spread_page memory_spread_slab memory_pressure sched_load_balance".split(
    " ",
  );

function memoryOfVersion1(files: StatFiles): string {
  const entry = (prefix: string): string =>
    new JsonFields()
      .json("limit", files.number("memory", `memory.${prefix}limit_in_bytes`))
      .json("usage", files.number("memory", `memory.${prefix}usage_in_bytes`))
      .json("max", files.number("memory", `memory.${prefix}max_usage_in_bytes`))
      .json("failcnt", files.number("memory", `memory.${prefix}failcnt`))
      .toText();
  return new JsonFields()
    .json("cache", files.field("memory", "memory.stat", "cache"))
    .json("usage", entry(""))
    .json("swap", entry("memsw."))
    .json("kernel", entry("kmem."))
    .json("kernelTCP", entry("kmem.tcp."))
    .json("raw", rawMemory(files))
    .toText();
}

const UNLIMITED = "18446744073709551615";

function memoryOfVersion2(files: StatFiles): string {
  const usage = files.number("memory", "memory.current");
  const limit = limitOfMemory(files, "memory.max");
  const swapUsage = files.number("memory", "memory.swap.current");
  const swapLimit = limitOfMemory(files, "memory.swap.max");
  // As in version 1, swap counts memory and swap together.
  const both = limit === UNLIMITED || swapLimit === UNLIMITED ? UNLIMITED : sum(limit, swapLimit);
  const failures = files.field("memory", "memory.events", "max");
  const own = new JsonFields().json("limit", limit).json("usage", usage);
  own.json("max", files.number("memory", "memory.peak")).json("failcnt", failures);
  const swap = new JsonFields().json("limit", both).json("usage", sum(usage, swapUsage));
  swap.json("failcnt", files.field("memory", "memory.swap.events", "fail"));
  const fields = new JsonFields()
    .json("cache", files.field("memory", "memory.stat", "file"))
    .json("usage", own.toText())
    .json("swap", swap.toText())
    .json("kernel", NO_ENTRY)
    .json("kernelTCP", NO_ENTRY)
    .json("raw", rawMemory(files));
  return withPressure(fields, files, "memory").toText();
}

function sum(first: string, second: string): string {
  return String(BigInt(first) + BigInt(second));
}

const NO_ENTRY = '{"limit":0,"failcnt":0}';

function limitOfMemory(files: StatFiles, file: string): string {
  return files.text("memory", file) === "max" ? UNLIMITED : files.number("memory", file);
}

function rawMemory(files: StatFiles): string {
  const raw = new JsonFields();
  for (const line of files.lines("memory", "memory.stat")) {
    const [name = "", value = ""] = line.split(" ");
    raw.json(name, digits(value));
  }
  return raw.toText();
}

function hugepages(files: StatFiles): string {
  const sizes = new JsonFields();
  for (const name of files.names("hugetlb").sort((a, b) => (a < b ? -1 : 1))) {
    const match = /^hugetlb\.([0-9]+[KMG]B)\.(usage_in_bytes|current)$/.exec(name);
    if (match === null) continue;
    const size = match[1] ?? "";
    const first = match[2] === "usage_in_bytes";
    const entry = new JsonFields().json("usage", files.number("hugetlb", name));
    if (first) entry.json("max", files.number("hugetlb", `hugetlb.${size}.max_usage_in_bytes`));
    const failures = first
      ? files.number("hugetlb", `hugetlb.${size}.failcnt`)
      : files.field("hugetlb", `hugetlb.${size}.events`, "max");
    sizes.json(size, entry.json("failcnt", failures).toText());
  }
  return sizes.toText();
}

/** A line of an event as runc prints it; `data` is JSON, empty for none. */
export function eventLine(type: string, id: string, data: string): string {
  return `{"type":${quoted(type)},"id":${quoted(id)}${data === "" ? "" : `,"data":${data}`}}\n`;
}
