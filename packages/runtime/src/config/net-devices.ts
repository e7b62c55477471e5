/**
 * Network interfaces of the host that a container is given: `linux.netDevices`.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#network-devices
 * @module
 */
import type { Json } from "@teu/std/json";
import { fieldFailure } from "../failure.ts";
import { readTextOr } from "./read.ts";

/** One interface. */
export interface NetDevice {
  /** On the host. */
  readonly name: string;
  /** In the container; may have a `%d` for a number that the kernel chooses. */
  readonly newName: string;
  readonly field: string;
}

const MAX_NAME_BYTES = 15;

/** Reads `linux.netDevices`. @throws Failure, JsonError */
export function readNetDevices(json: Json): NetDevice[] {
  return json.names().map((name) => {
    const item = json.get(name);
    const given = readTextOr(item.get("name"), "");
    checkName(name, item.path);
    if (given !== "") checkName(given, item.get("name").path);
    return { name, newName: given === "" ? name : given, field: item.path };
  });
}

function checkName(name: string, field: string): void {
  const wrong = name === "" || name === "." || name === ".." || name.length > MAX_NAME_BYTES;
  if (wrong || !/^[!-~]+$/.test(name) || /[/:]/.test(name))
    throw fieldFailure(field, `${JSON.stringify(name)} is not the name of a network interface`);
}
