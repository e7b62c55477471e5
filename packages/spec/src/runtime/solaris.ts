/**
 * The Solaris part of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, object, string } from "../shape.ts";
import { type RuntimeReport, fieldsOf, objectsIn } from "./fields.ts";

/**
 * What a Solaris container is made of, for zonecfg(1M).
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-solaris.md}
 */
export interface SolarisConfig {
  /** The service that must be online before the process is started. */
  readonly milestone?: string;
  /** Greatest set of privileges, joined by commas. */
  readonly limitpriv?: string;
  /** A size such as `512m`. */
  readonly maxShmMemory?: string;
  /** Number of CPUs, also a fraction. */
  readonly cappedCPU?: { readonly ncpus?: string };
  /** Sizes such as `512m`. */
  readonly cappedMemory?: { readonly physical?: string; readonly swap?: string };
  readonly anet?: readonly SolarisNetwork[];
}

/** A network interface that is made with the container. */
export interface SolarisNetwork {
  readonly linkname?: string;
  readonly lowerLink?: string;
  readonly allowedAddress?: string;
  /** `true` or `false`. */
  readonly configureAllowedAddress?: string;
  readonly defrouter?: string;
  readonly linkProtection?: string;
  readonly macAddress?: string;
}

/** Checks the Solaris part of a configuration. */
export function checkSolaris(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, SOLARIS, report);
  const cpu = json.get("cappedCPU");
  if (cpu.kind === "object") checkFields(cpu, CPU, report);
  const memory = json.get("cappedMemory");
  if (memory.kind === "object") checkFields(memory, MEMORY, report);
  for (const network of objectsIn(json.get("anet"))) checkFields(network, NETWORK, report);
}

const SOLARIS = fieldsOf(
  "runtime.solaris",
  {},
  {
    milestone: string,
    limitpriv: string,
    maxShmMemory: string,
    cappedCPU: object,
    cappedMemory: object,
    anet: listOf(object),
  },
);
const CPU = fieldsOf("runtime.solaris", {}, { ncpus: string });
const MEMORY = fieldsOf("runtime.solaris", {}, { physical: string, swap: string });
const NETWORK = fieldsOf(
  "runtime.solaris",
  {},
  {
    linkname: string,
    lowerLink: string,
    allowedAddress: string,
    configureAllowedAddress: string,
    defrouter: string,
    linkProtection: string,
    macAddress: string,
  },
);
