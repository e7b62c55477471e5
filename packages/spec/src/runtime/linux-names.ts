/**
 * The names that the Linux part of a configuration may use, as the runtime-spec lists them. Process, seccomp and mount
 * names have files of their own. Written in the native subset, because the OCI runtime reads them too.
 * @module
 */

/** Types of namespaces. https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#namespaces */
export const NAMESPACE_TYPES: readonly NamespaceType[] = [
  "pid",
  "network",
  "mount",
  "ipc",
  "uts",
  "user",
  "cgroup",
  "time",
];

export type NamespaceType = "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";

/** Clocks that a time namespace can shift. https://man7.org/linux/man-pages/man7/time_namespaces.7.html */
export const TIME_CLOCKS: readonly TimeClock[] = ["monotonic", "boottime"];

export type TimeClock = "monotonic" | "boottime";

/**
 * Types of devices to make: character, block, unbuffered character, FIFO.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#devices
 */
export const DEVICE_TYPES: readonly DeviceType[] = ["c", "b", "u", "p"];

export type DeviceType = "c" | "b" | "u" | "p";

/**
 * Types of devices in the rules of the device controller: all, character, block.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#allowed-device-list
 */
export const DEVICE_RULE_TYPES: readonly DeviceRuleType[] = ["a", "c", "b"];

export type DeviceRuleType = "a" | "c" | "b";

/** https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#rootfs-mount-propagation */
export const ROOTFS_PROPAGATIONS: readonly RootfsPropagation[] = ["shared", "slave", "private", "unbindable"];

export type RootfsPropagation = "shared" | "slave" | "private" | "unbindable";

/** https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#personality */
export const PERSONALITY_DOMAINS: readonly PersonalityDomain[] = ["LINUX", "LINUX32"];

export type PersonalityDomain = "LINUX" | "LINUX32";

/**
 * NUMA memory policies in the order of their numbers in `linux/mempolicy.h`, from 0.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#memory-policy
 */
export const MEMORY_POLICY_MODES: readonly MemoryPolicyMode[] = [
  "MPOL_DEFAULT",
  "MPOL_PREFERRED",
  "MPOL_BIND",
  "MPOL_INTERLEAVE",
  "MPOL_LOCAL",
  "MPOL_PREFERRED_MANY",
  "MPOL_WEIGHTED_INTERLEAVE",
];

/** One of {@link MEMORY_POLICY_MODES}. */
export type MemoryPolicyMode =
  | "MPOL_DEFAULT"
  | "MPOL_PREFERRED"
  | "MPOL_BIND"
  | "MPOL_INTERLEAVE"
  | "MPOL_LOCAL"
  | "MPOL_PREFERRED_MANY"
  | "MPOL_WEIGHTED_INTERLEAVE";

/** Flags of NUMA memory policies in the order of their bits, from bit 13. */
export const MEMORY_POLICY_FLAGS: readonly MemoryPolicyFlag[] = [
  "MPOL_F_NUMA_BALANCING",
  "MPOL_F_RELATIVE_NODES",
  "MPOL_F_STATIC_NODES",
];

export type MemoryPolicyFlag = "MPOL_F_NUMA_BALANCING" | "MPOL_F_RELATIVE_NODES" | "MPOL_F_STATIC_NODES";
