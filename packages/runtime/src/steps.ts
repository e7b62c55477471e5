/**
 * The steps that a configuration leads to, of all subjects: the same data is printed by `plan` and run by create.
 * @module
 */
import type { DeviceFilterStep } from "./cgroup/device-filter.ts";
import type { CgroupStep } from "./cgroup/writes.ts";
import type { NameStep } from "./process/names.ts";
import type { DeviceStep, LinkStep } from "./rootfs/devices.ts";
import type { PathStep } from "./rootfs/masks.ts";
import type { MountStep } from "./rootfs/mounts.ts";
import type { RootStep } from "./rootfs/root.ts";
import type { SysctlStep } from "./rootfs/sysctl.ts";

/** One step; `field` is the place in the configuration that asked for it. */
export type Step =
  | CgroupStep
  | DeviceFilterStep
  | RootStep
  | MountStep
  | DeviceStep
  | LinkStep
  | PathStep
  | SysctlStep
  | NameStep;
