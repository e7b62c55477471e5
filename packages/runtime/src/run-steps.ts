/**
 * Running steps, each by the module of its subject.
 * @module
 */
import { runDeviceFilter } from "./cgroup/device-filter.ts";
import { runCgroupStep } from "./cgroup/writes.ts";
import { runName } from "./process/names.ts";
import { runMount } from "./rootfs/attach.ts";
import { runDevice, runLink } from "./rootfs/devices.ts";
import { LastFolder } from "./rootfs/inside.ts";
import { runPath } from "./rootfs/masks.ts";
import { runRoot } from "./rootfs/root.ts";
import { runSysctl } from "./rootfs/sysctl.ts";
import type { Scene } from "./scene.ts";
import { attempt } from "./failure.ts";
import type { Step } from "./steps.ts";

/** Runs steps in their order. @throws Failure that names the field of the first that fails */
export function runSteps(steps: readonly Step[], scene: Scene): void {
  const last = new LastFolder();
  try {
    for (const step of steps) attempt(step.field, () => runStep(step, scene, last));
  } finally {
    last.close();
  }
}

function runStep(step: Step, scene: Scene, last: LastFolder): void {
  if (step.on !== "device" && step.on !== "link") last.close();
  switch (step.on) {
    case "cgroup":
      return runCgroupStep(step, scene.cgroups);
    case "device-filter":
      return runDeviceFilter(step, scene.cgroups);
    case "root":
      return runRoot(step, scene);
    case "mount":
      return runMount(step, scene);
    case "device":
      return runDevice(step, scene.root, last);
    case "link":
      return runLink(step, scene.root, last);
    case "path":
      return runPath(step, scene);
    case "sysctl":
      return runSysctl(step, scene.proc);
    case "name":
      return runName(step);
  }
}
