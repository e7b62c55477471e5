/**
 * The Linux part of the features structure.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Field, boolean, object, strings } from "../../shape.ts";
import type { RuntimeClauseId } from "../clauses.ts";
import { fieldsOf } from "../fields.ts";

/** Whether the runtime knows a feature; it says nothing about the host. */
export interface Enabled {
  readonly enabled?: boolean | null;
}

/**
 * What a runtime says it can do on Linux. Lists are of names that the runtime knows.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/features-linux.md}
 */
export interface LinuxFeatures {
  readonly namespaces?: readonly string[] | null;
  readonly capabilities?: readonly string[] | null;
  readonly cgroup?: CgroupFeatures | null;
  readonly seccomp?: SeccompFeatures | null;
  readonly apparmor?: Enabled | null;
  readonly selinux?: Enabled | null;
  readonly memoryPolicy?: MemoryPolicyFeatures | null;
  readonly intelRdt?: IntelRdtFeatures | null;
  readonly mountExtensions?: { readonly idmap?: Enabled | null } | null;
  readonly netDevices?: Enabled | null;
}

/** Managers of cgroups. */
export interface CgroupFeatures {
  readonly v1?: boolean | null;
  readonly v2?: boolean | null;
  readonly systemd?: boolean | null;
  readonly systemdUser?: boolean | null;
  readonly rdma?: boolean | null;
}

/** Names in seccomp profiles. */
export interface SeccompFeatures extends Enabled {
  readonly actions?: readonly string[] | null;
  readonly operators?: readonly string[] | null;
  readonly archs?: readonly string[] | null;
  readonly knownFlags?: readonly string[] | null;
  readonly supportedFlags?: readonly string[] | null;
}

/** Names in memory policies. */
export interface MemoryPolicyFeatures {
  readonly modes?: readonly string[] | null;
  readonly flags?: readonly string[] | null;
}

/** Fields of `intelRdt`. */
export interface IntelRdtFeatures extends Enabled {
  readonly schemata?: boolean | null;
  readonly monitoring?: boolean | null;
}

/** Checks the fields of an object; does nothing with what is no object. */
export type Look = (json: Json, fields: readonly Field<RuntimeClauseId>[]) => void;

/** Checks the Linux part of a features structure. */
export function checkLinuxFeatures(json: Json, look: Look): void {
  if (json.kind !== "object") return;
  look(json, LINUX);
  look(json.get("cgroup"), CGROUP);
  look(json.get("seccomp"), SECCOMP);
  look(json.get("memoryPolicy"), MEMORY_POLICY);
  look(json.get("intelRdt"), INTEL_RDT);
  for (const name of ["apparmor", "selinux", "netDevices"]) look(json.get(name), ENABLED);
  const extensions = json.get("mountExtensions");
  look(extensions, MOUNT_EXTENSIONS);
  if (extensions.kind === "object") look(extensions.get("idmap"), ENABLED);
}

const LINUX = fieldsOf(
  "runtime.features",
  {},
  {
    namespaces: strings,
    capabilities: strings,
    cgroup: object,
    seccomp: object,
    apparmor: object,
    selinux: object,
    memoryPolicy: object,
    intelRdt: object,
    mountExtensions: object,
    netDevices: object,
  },
);
const CGROUP = fieldsOf(
  "runtime.features",
  {},
  { v1: boolean, v2: boolean, systemd: boolean, systemdUser: boolean, rdma: boolean },
);
const SECCOMP = fieldsOf(
  "runtime.features",
  {},
  {
    enabled: boolean,
    actions: strings,
    operators: strings,
    archs: strings,
    knownFlags: strings,
    supportedFlags: strings,
  },
);
const MEMORY_POLICY = fieldsOf("runtime.features", {}, { modes: strings, flags: strings });
const INTEL_RDT = fieldsOf("runtime.features", {}, { enabled: boolean, schemata: boolean, monitoring: boolean });
const MOUNT_EXTENSIONS = fieldsOf("runtime.features", {}, { idmap: object });
const ENABLED = fieldsOf("runtime.features", {}, { enabled: boolean });
