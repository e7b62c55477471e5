/**
 * From a configuration and the facts of the host to the steps that make the container, in order. Pure: what `plan` prints
 * is what create and start run.
 * @module
 */
import { MOUNT_ATTR_RDONLY } from "@teu/kernel/mounts";
import type { Config } from "./config/config.ts";
import type { MountConfig } from "./config/mounts.ts";
import { type Resources, readResources } from "./config/resources.ts";
import { planDevicesVersion1 } from "./cgroup/devices-v1.ts";
import { type Hierarchy, hierarchyOf, isUnified } from "./cgroup/hierarchies.ts";
import { planVersion1 } from "./cgroup/v1.ts";
import { planDevicesVersion2 } from "./cgroup/device-filter.ts";
import { planVersion2 } from "./cgroup/v2.ts";
import type { CgroupMode } from "./container/cgroups.ts";
import { hasOwn } from "./container/namespaces.ts";
import { planDevices, planLinks } from "./rootfs/devices.ts";
import { planPaths } from "./rootfs/masks.ts";
import { type MountStep, planMount, withAttributes } from "./rootfs/mounts.ts";
import { planRootAfter, planRootBefore, planRootLast } from "./rootfs/root.ts";
import type { Step } from "./steps.ts";
import { planSysctl } from "./rootfs/sysctl.ts";
import { planNames } from "./process/names.ts";

/** What a plan depends on beside the configuration. */
export interface HostFacts {
  readonly hierarchies: readonly Hierarchy[];
  readonly cgroups: CgroupMode;
  /** The root is changed by moving it, since it cannot be pivoted to. */
  readonly noPivot: boolean;
}

/** The steps of create, by who runs them and when. */
export interface Plan {
  /** The runtime, before there is a process. */
  readonly before: readonly Step[];
  /** The process, with the host's ids still, which may be the only ones that reach the root. */
  readonly rooting: readonly Step[];
  /** The process, before it changes its root. */
  readonly inside: readonly Step[];
  /** The process, when it has changed its root. */
  readonly entered: readonly Step[];
}

/** Plans a container. @throws Failure */
export function planContainer(config: Config, host: HostFacts): Plan {
  const ownMounts = hasOwn(config, "mount");
  const mounts: Step[] = [];
  const late: Step[] = [];
  const facts = { label: config.mountLabel, hasUsers: hasOwn(config, "user") };
  for (const mount of config.mounts) {
    const step = planMount(withinRoot(mount, config.rootPath), facts);
    const isFilled = step.op === "new" && step.target === "/dev" && (step.set & MOUNT_ATTR_RDONLY) !== 0;
    // A read-only /dev is filled before it is that.
    mounts.push(isFilled ? withAttributes(step, "new", step.set & ~MOUNT_ATTR_RDONLY) : step);
    if (isFilled) late.push(withAttributes(step, "remount", MOUNT_ATTR_RDONLY));
  }
  return {
    before: planResources(config, host),
    rooting: planRootBefore(config, ownMounts),
    inside: [...mounts, ...planDev(config)],
    entered: [
      ...planRootAfter(config, !ownMounts ? "change" : host.noPivot ? "move" : "enter"),
      ...late,
      ...planNames(config),
      ...planSysctl(config),
      ...planPaths(config),
      ...planRootLast(config),
    ],
  };
}

// Callers name a place in the container also by its path on the host, as other runtimes let them.
function withinRoot(mount: MountConfig, root: string): MountConfig {
  const { destination } = mount;
  return destination.startsWith(`${root}/`) ? { ...mount, destination: destination.slice(root.length) } : mount;
}

/** The mounts among steps. */
export function mountsOf(steps: readonly Step[]): MountStep[] {
  const mounts: MountStep[] = [];
  for (const step of steps) if (step.on === "mount") mounts.push(step);
  return mounts;
}

function planResources(config: Config, { hierarchies, cgroups }: HostFacts): Step[] {
  if (cgroups === "none") return [];
  const resources = readResources(config.linux.get("resources"));
  const steps = planLimits(resources, hierarchies);
  // Rules of devices are the host's: who has no rights over its cgroups has none over its devices either.
  return cgroups === "optional" ? steps.filter((step) => !isDeviceRule(step)) : steps;
}

function isDeviceRule(step: Step): boolean {
  return step.on === "device-filter" || (step.on === "cgroup" && step.controller === "devices");
}

/** The limits of a container on this host. @throws Failure */
export function planLimits(resources: Resources, hierarchies: readonly Hierarchy[]): Step[] {
  if (isUnified(hierarchies)) return [...planVersion2(resources), ...planDevicesVersion2(resources.devices)];
  const steps = planVersion1(resources, hasHugepagesApart(hierarchies));
  return [...steps, ...planDevicesVersion1(resources.devices)];
}

// A host of both versions may have huge pages in version 2 alone.
function hasHugepagesApart(hierarchies: readonly Hierarchy[]): boolean {
  return hierarchyOf(hierarchies, "hugetlb") === undefined && hierarchies.some(({ name }) => name === "");
}

// A /dev that is the host's has its devices.
function planDev(config: Config): Step[] {
  if (config.mounts.some((mount) => mount.isBind && mount.destination === "/dev")) return [];
  return [...planDevices(config, hasOwn(config, "user")), ...planLinks()];
}
