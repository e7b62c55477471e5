/**
 * Devices to make.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#devices
 * @module
 */
import type { Json } from "@teu/std/json";
import { DEVICE_TYPES } from "@teu/spec/runtime/linux-names";
import { cleanPath, readAbsolutePath, readOneOf, readUint32, readUint32Or } from "./read.ts";

/** One of `linux.devices`. */
export interface DeviceConfig {
  readonly path: string;
  /** `c`, `b` or `p`; `u` is read as `c`. */
  readonly type: string;
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly field: string;
}

/** Reads one of `linux.devices`. @throws Failure, JsonError */
export function readDevice(json: Json): DeviceConfig {
  const type = readOneOf(json.get("type"), DEVICE_TYPES);
  const isFifo = type === "p";
  return {
    path: cleanPath(readAbsolutePath(json.get("path"))),
    type: type === "u" ? "c" : type,
    major: isFifo ? 0 : readUint32(json.get("major")),
    minor: isFifo ? 0 : readUint32(json.get("minor")),
    mode: readUint32Or(json.get("fileMode"), 0o666),
    uid: readUint32Or(json.get("uid"), 0),
    gid: readUint32Or(json.get("gid"), 0),
    field: json.path,
  };
}
