/**
 * The names of the host that the container sees.
 * @module
 */
import { setDomainname, setHostname } from "@teu/kernel/identity";
import type { Config } from "../config/config.ts";
import { hasOwn } from "../container/namespaces.ts";
import { fieldFailure } from "../failure.ts";

/** A name to set. */
export interface NameStep {
  readonly on: "name";
  readonly op: "hostname" | "domainname";
  readonly field: string;
  readonly value: string;
}

/** The names to set. @throws Failure where they would change the host's */
export function planNames(config: Config): NameStep[] {
  const steps: NameStep[] = [];
  if (config.hostname !== "") steps.push({ on: "name", op: "hostname", field: "hostname", value: config.hostname });
  if (config.domainname !== "")
    steps.push({ on: "name", op: "domainname", field: "domainname", value: config.domainname });
  const [first] = steps;
  if (first !== undefined && !hasOwn(config, "uts"))
    throw fieldFailure(first.field, "needs a uts namespace of the container");
  return steps;
}

/** Sets one name. @throws SysError */
export function runName({ op, value }: NameStep): void {
  if (op === "hostname") setHostname(value);
  else setDomainname(value);
}
