/**
 * Access to devices under control groups of version 1: rules as lines of files. Pure.
 * @module
 */
import type { DeviceRule } from "../config/resources.ts";
import { type CgroupStep, writeStep } from "./writes.ts";

/** What every container may use, after its own rules: making of any node, and the default devices. */
export const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  allow("c", -1, -1, "m"),
  allow("b", -1, -1, "m"),
  allow("c", 1, 3, "rwm"),
  allow("c", 1, 5, "rwm"),
  allow("c", 1, 7, "rwm"),
  allow("c", 1, 8, "rwm"),
  allow("c", 1, 9, "rwm"),
  allow("c", 5, 0, "rwm"),
  allow("c", 5, 2, "rwm"),
  allow("c", 136, -1, "rwm"),
  allow("c", 10, 200, "rwm"),
];

// oxlint-disable-next-line max-params -- a table row
function allow(type: string, major: number, minor: number, access: string): DeviceRule {
  return { allow: true, type, major, minor, access, field: "linux.resources.devices" };
}

/** The writes for rules in their order; none where the configuration has none. */
export function planDevicesVersion1(rules: readonly DeviceRule[]): CgroupStep[] {
  if (rules.length === 0) return [];
  return rules.concat(DEFAULT_DEVICE_RULES).map((rule) => {
    const file = rule.allow ? "devices.allow" : "devices.deny";
    const all = rule.type === "a" && rule.major < 0 && rule.minor < 0;
    return writeStep("devices", file, { field: rule.field, value: all ? "a" : line(rule) });
  });
}

function line({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${major < 0 ? "*" : major}:${minor < 0 ? "*" : minor} ${access}`;
}
