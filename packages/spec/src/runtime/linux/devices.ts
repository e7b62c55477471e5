/**
 * Devices of a Linux container: those to make, and the rules on those that may be used.
 * @module
 */
import type { Json } from "@teu/std/json";
import { mismatch } from "../../issue.ts";
import { boolean, checkFields, stringThat } from "../../shape.ts";
import { type RuntimeReport, checkUnique, fieldsOf, int64, objectsIn, oneOf, uint32 } from "../fields.ts";
import { DEVICE_RULE_TYPES, DEVICE_TYPES, type DeviceRuleType, type DeviceType } from "../linux-names.ts";
import { isPosixAbsolute } from "../paths.ts";

/**
 * A device that must be in the container.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#devices}
 */
export interface LinuxDevice {
  readonly type: DeviceType;
  /** Absolute, anywhere in the container. */
  readonly path: string;
  /** Must be set, like `minor`, unless `type` is `p`. */
  readonly major?: number | bigint;
  readonly minor?: number | bigint;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * A rule of the device controller. What is absent stands for all.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#allowed-device-list}
 */
export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: DeviceRuleType;
  readonly major?: number | bigint;
  readonly minor?: number | bigint;
  /** Made of `r`, `w` and `m` (mknod). */
  readonly access?: string;
}

/** Checks the devices to make. */
export function checkDevices(json: Json, report: RuntimeReport): void {
  for (const device of objectsIn(json)) {
    checkFields(device, DEVICE, report);
    if (device.get("type").text !== "p") checkNumbers(device, report);
  }
  checkUnique(json, "runtime.linux.devices.duplicates", deviceKey, report);
}

/** Checks the rules on devices. */
export function checkDeviceRules(json: Json, report: RuntimeReport): void {
  for (const rule of objectsIn(json)) checkFields(rule, RULE, report);
}

const DEVICE = fieldsOf(
  "runtime.linux.devices",
  { type: oneOf(DEVICE_TYPES), path: stringThat(isPosixAbsolute, "an absolute path") },
  { major: int64, minor: int64, fileMode: uint32, uid: uint32, gid: uint32 },
);

const RULE = fieldsOf(
  "runtime.linux.resources.devices",
  { allow: boolean },
  {
    type: oneOf(DEVICE_RULE_TYPES),
    major: int64,
    minor: int64,
    access: stringThat((text) => /^[rwm]*$/.test(text), "a text made of r, w and m"),
  },
);

function checkNumbers(device: Json, report: RuntimeReport): void {
  for (const number of [device.get("major"), device.get("minor")]) {
    if (number.absent) report.add("runtime.linux.devices.numbers", number, mismatch("an integer", number));
  }
}

// Two FIFOs are not the same device, even with the same numbers.
function deviceKey(device: Json): string | undefined {
  const { text } = device.get("type");
  const [major, minor] = [device.get("major"), device.get("minor")];
  if (text === "p" || major.kind !== "number" || minor.kind !== "number") return undefined;
  return `${text === "u" ? "c" : text} ${major.text}:${minor.text}`;
}
