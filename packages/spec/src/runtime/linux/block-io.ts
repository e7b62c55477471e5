/**
 * Weights and rate limits of the block I/O of a Linux container.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, object } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, int64, objectsIn, uint16, uint64 } from "../fields.ts";

/**
 * Weights and rate limits.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#block-io}
 */
export interface BlockIo {
  readonly weight?: number;
  readonly leafWeight?: number;
  readonly weightDevice?: readonly WeightDevice[];
  /** Bytes a second, like the next. */
  readonly throttleReadBpsDevice?: readonly ThrottleDevice[];
  readonly throttleWriteBpsDevice?: readonly ThrottleDevice[];
  /** Operations a second, like the next. */
  readonly throttleReadIOPSDevice?: readonly ThrottleDevice[];
  readonly throttleWriteIOPSDevice?: readonly ThrottleDevice[];
}

/** Weights for a device; at least one is set. */
export interface WeightDevice {
  readonly major: number | bigint;
  readonly minor: number | bigint;
  readonly weight?: number;
  readonly leafWeight?: number;
}

/** A rate limit for a device. */
export interface ThrottleDevice {
  readonly major: number | bigint;
  readonly minor: number | bigint;
  readonly rate: number | bigint;
}

/** Checks weights and rate limits. */
export function checkBlockIo(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, BLOCK_IO, report);
  for (const device of objectsIn(json.get("weightDevice"))) checkWeight(device, report);
  for (const name of THROTTLES) {
    for (const device of objectsIn(json.get(name))) checkFields(device, THROTTLE, report);
  }
}

const THROTTLES = [
  "throttleReadBpsDevice",
  "throttleWriteBpsDevice",
  "throttleReadIOPSDevice",
  "throttleWriteIOPSDevice",
];

const BLOCK_IO = fieldsOf(
  "runtime.linux.resources.blockIO",
  {},
  {
    weight: uint16,
    leafWeight: uint16,
    weightDevice: listOf(object),
    ...Object.fromEntries(THROTTLES.map((name) => [name, listOf(object)])),
  },
);
const WEIGHT = fieldsOf(
  "runtime.linux.resources.blockIO.weightDevice",
  { major: int64, minor: int64 },
  { weight: uint16, leafWeight: uint16 },
);
const THROTTLE = fieldsOf("runtime.linux.resources.blockIO.throttle", { major: int64, minor: int64, rate: uint64 });

function checkWeight(device: Json, report: RuntimeReport): void {
  checkFields(device, WEIGHT, report);
  if (!device.get("weight").absent || !device.get("leafWeight").absent) return;
  report.add("runtime.linux.resources.blockIO.weightDevice.one", device, "expected weight or leafWeight, got neither");
}
