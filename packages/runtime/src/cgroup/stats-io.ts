/**
 * What a container reads and writes, as statistics.
 * @module
 */
import { JsonFields } from "../json-writer.ts";
import { type StatFiles, digits, list, withPressure } from "./stat-files.ts";

interface IoList {
  readonly name: string;
  readonly file: string;
}

const IO_LISTS: readonly IoList[] = [
  { name: "ioServiceBytesRecursive", file: "blkio.throttle.io_service_bytes_recursive" },
  { name: "ioServicedRecursive", file: "blkio.throttle.io_serviced_recursive" },
];

/** What a container read and wrote, by version 1. */
export function ioOfVersion1(files: StatFiles): string {
  const fields = new JsonFields();
  for (const { name, file } of IO_LISTS) {
    const entries: string[] = [];
    // A line is `8:0 Read 4096`; that of the total has no device.
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

/** What a container read and wrote, by version 2. */
export function ioOfVersion2(files: StatFiles): string {
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
