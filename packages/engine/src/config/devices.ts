/**
 * Devices of the host for containers.
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DeviceOption } from "./options.ts";
import { wrongOption } from "./read-options.ts";

/** A device as the host has it. */
export interface HostDevice {
  /** In the container. */
  readonly path: string;
  /** `c` or `b`. */
  readonly type: string;
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly access: string;
}

/** The devices that options name; a folder stands for all devices in it. @throws TeuError `ERR_CONTAINER_OPTION` */
export function hostDevices(options: readonly DeviceOption[]): readonly HostDevice[] {
  return options.flatMap(readDevice);
}

function readDevice({ source, target, access }: DeviceOption): readonly HostDevice[] {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    const names = readdirSync(source);
    return names.flatMap((name) => {
      const path = join(source, name);
      const inside = statSync(path, { throwIfNoEntry: false });
      const isDevice = inside?.isCharacterDevice() === true || inside?.isBlockDevice() === true;
      return isDevice ? readDevice({ source: path, target: join(target, name), access }) : [];
    });
  }
  const type = stat?.isCharacterDevice() === true ? "c" : stat?.isBlockDevice() === true ? "b" : "";
  if (stat === undefined || type === "") throw wrongOption("device", source, "a device of this machine");
  const { rdev, mode, uid, gid } = stat;
  return [{ path: target, type, major: majorOf(rdev), minor: minorOf(rdev), mode: mode & 0o7777, uid, gid, access }];
}

// As makedev(3) packs them, within what a double holds.
function majorOf(device: number): number {
  return Math.floor(device / 256) % 4096;
}

function minorOf(device: number): number {
  return (device % 256) + Math.floor(device / 2 ** 20) * 256;
}

interface DeviceRule {
  readonly allow: boolean;
  readonly type?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly access: string;
}

/** What containers may do with devices: nothing but with those that every container has, and those named. */
export function deviceRules(
  devices: readonly HostDevice[],
  privileged: boolean,
): { readonly devices: readonly DeviceRule[] } {
  if (privileged) return { devices: [{ allow: true, access: "rwm" }] };
  const named = devices.map(({ type, major, minor, access }) => ({ allow: true, type, major, minor, access }));
  return { devices: [{ allow: false, access: "rwm" }, ...named] };
}
