/**
 * What a container uses, from the files of its cgroups, in the JSON that runc prints.
 * https://github.com/opencontainers/runc/blob/v1.3.0/types/events.go
 * Numbers stay the digits that the kernel gave: they have 64 bits.
 * @module
 */
import { listFolder, tryReadFile } from "@teu/kernel/files";
import { JsonFields, quoted } from "../json-writer.ts";
import { type CgroupFolders, folderOf } from "./folders.ts";
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

/** Files of a container's cgroups by their controllers. */
class StatFiles {
  private readonly folders: CgroupFolders;

  constructor(folders: CgroupFolders) {
    this.folders = folders;
  }

  text(controller: string, file: string): string {
    const folder = folderOf(this.folders, controller);
    return folder === undefined ? "" : (tryReadFile(`${folder}/${file}`) ?? "").trim();
  }

  /** The digits of a file that holds one number; `0` for none, or for another text such as `max`. */
  number(controller: string, file: string): string {
    return digits(this.text(controller, file));
  }

  lines(controller: string, file: string): string[] {
    return this.text(controller, file)
      .split("\n")
      .filter((line) => line !== "");
  }

  /** As {@link field}, multiplied. */
  scaled(controller: string, name: string, factor: bigint): string {
    const value = this.field(controller, controller === "cpu" ? "cpu.stat" : "cpuacct.stat", name);
    return String(BigInt(value) * factor);
  }

  /** The digits behind a word at the start of a line. */
  field(controller: string, file: string, name: string): string {
    for (const line of this.lines(controller, file))
      if (line.startsWith(`${name} `)) return digits(line.slice(name.length + 1));
    return "0";
  }

  names(controller: string): string[] {
    const folder = folderOf(this.folders, controller);
    try {
      return folder === undefined ? [] : listFolder(folder);
    } catch {
      return [];
    }
  }
}

function digits(text: string): string {
  const trimmed = text.trim();
  return /^[0-9]+$/.test(trimmed) ? trimmed : "0";
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

function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
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

interface IoList {
  readonly name: string;
  readonly file: string;
}

const IO_LISTS: readonly IoList[] = [
  { name: "ioServiceBytesRecursive", file: "blkio.throttle.io_service_bytes_recursive" },
  { name: "ioServicedRecursive", file: "blkio.throttle.io_serviced_recursive" },
];

// A line is `8:0 Read 4096`; that of the total has no device.
function ioOfVersion1(files: StatFiles): string {
  const fields = new JsonFields();
  for (const { name, file } of IO_LISTS) {
    const entries: string[] = [];
    for (const line of files.lines("blkio", file)) {
      const [device = "", op = "", value = ""] = line.split(" ");
      if (device.includes(":")) entries.push(ioEntry(device, op, value));
    }
    fields.json(name, list(entries));
  }
  return fields.toText();
}

interface IoKey {
  readonly key: string;
  readonly op: string;
}

const BYTES: readonly IoKey[] = [
  { key: "rbytes", op: "Read" },
  { key: "wbytes", op: "Write" },
  { key: "dbytes", op: "Discard" },
];
const OPERATIONS: readonly IoKey[] = [
  { key: "rios", op: "Read" },
  { key: "wios", op: "Write" },
  { key: "dios", op: "Discard" },
];

function ioOfVersion2(files: StatFiles): string {
  const fields = new JsonFields()
    .json("ioServiceBytesRecursive", ioEntries(files, BYTES))
    .json("ioServicedRecursive", ioEntries(files, OPERATIONS));
  return withPressure(fields, files, "io").toText();
}

function ioEntries(files: StatFiles, keys: readonly IoKey[]): string {
  const entries: string[] = [];
  for (const line of files.lines("io", "io.stat")) {
    const [device = "", ...pairs] = line.split(" ");
    for (const { key, op } of keys)
      for (const pair of pairs)
        if (pair.startsWith(`${key}=`)) entries.push(ioEntry(device, op, pair.slice(key.length + 1)));
  }
  return list(entries);
}

function ioEntry(device: string, op: string, value: string): string {
  const [major = "", minor = ""] = device.split(":");
  const fields = new JsonFields().json("major", digits(major)).json("minor", digits(minor)).text("op", op);
  return fields.json("value", digits(value)).toText();
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

// A line is `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`. Kernels without it have no file.
function withPressure(fields: JsonFields, files: StatFiles, controller: string): JsonFields {
  const pressure = new JsonFields();
  const lines = files.lines(controller, `${controller}.pressure`);
  for (const line of lines) {
    const [kind = "", ...pairs] = line.split(" ");
    const numbers = new JsonFields();
    for (const pair of pairs) {
      const [name = "", value = ""] = pair.split("=");
      if (/^[0-9]+(\.[0-9]+)?$/.test(value)) numbers.json(name, name === "total" ? value : String(Number(value)));
    }
    pressure.json(kind, numbers.toText());
  }
  return lines.length === 0 ? fields : fields.json("psi", pressure.toText());
}

/** A line of an event as runc prints it; `data` is JSON, empty for none. */
export function eventLine(type: string, id: string, data: string): string {
  return `{"type":${quoted(type)},"id":${quoted(id)}${data === "" ? "" : `,"data":${data}`}}\n`;
}
