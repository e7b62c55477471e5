/**
 * The device program of a cgroup of version 2 as a step.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { O_DIRECTORY, O_RDONLY, open } from "@teu/kernel/files";
import { setDeviceFilter } from "@teu/kernel/filters";
import type { DeviceRule } from "../config/resources.ts";
import { fieldFailure } from "../failure.ts";
import { compileDeviceRules } from "./devices-v2.ts";
import type { CgroupFolders } from "./folders.ts";

/** Loads the program for rules, and attaches it. */
export interface DeviceFilterStep {
  readonly on: "device-filter";
  readonly field: string;
  readonly rules: readonly DeviceRule[];
}

/** The step for rules; none where the configuration has none. */
export function planDevicesVersion2(rules: readonly DeviceRule[]): DeviceFilterStep[] {
  return rules.length === 0 ? [] : [{ on: "device-filter", field: "linux.resources.devices", rules }];
}

/** Runs the step. @throws SysError, Failure */
export function runDeviceFilter({ rules, field }: DeviceFilterStep, folders: CgroupFolders): void {
  const folder = folders.get("");
  if (folder === undefined) throw fieldFailure(field, "needs version 2 of control groups");
  const fd = open(folder, O_RDONLY | O_DIRECTORY);
  try {
    setDeviceFilter(fd, compileDeviceRules(rules), folder);
  } finally {
    close(fd);
  }
}
