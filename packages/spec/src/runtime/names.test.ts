import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTAINER_STATUSES, HOOK_NAMES } from "./lifecycle-names.ts";
import {
  DEVICE_RULE_TYPES,
  DEVICE_TYPES,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  NAMESPACE_TYPES,
  PERSONALITY_DOMAINS,
  ROOTFS_PROPAGATIONS,
  TIME_CLOCKS,
} from "./linux-names.ts";
import {
  BIND_MOUNT_OPTIONS,
  IDMAP_MOUNT_OPTIONS,
  OPTIONAL_MOUNT_OPTIONS,
  RECOMMENDED_MOUNT_OPTIONS,
  REQUIRED_MOUNT_OPTIONS,
} from "./mount-option-names.ts";
import {
  CAPABILITIES,
  CAPABILITY_SETS,
  IO_PRIORITY_CLASSES,
  LINUX_RLIMITS,
  SCHEDULER_FLAGS,
  SCHEDULER_POLICIES,
} from "./process-names.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_ERRNO_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "./seccomp-names.ts";

/** Each list with the number of names that the specification, or the kernel, has for it, and how they all begin. */
const LISTS: readonly (readonly [names: readonly string[], count: number, prefix: string])[] = [
  [HOOK_NAMES, 6, ""],
  [CONTAINER_STATUSES, 4, ""],
  [NAMESPACE_TYPES, 8, ""],
  [TIME_CLOCKS, 2, ""],
  [DEVICE_TYPES, 4, ""],
  [DEVICE_RULE_TYPES, 3, ""],
  [ROOTFS_PROPAGATIONS, 4, ""],
  [PERSONALITY_DOMAINS, 2, "LINUX"],
  [MEMORY_POLICY_MODES, 7, "MPOL_"],
  [MEMORY_POLICY_FLAGS, 3, "MPOL_F_"],
  [[...REQUIRED_MOUNT_OPTIONS, ...RECOMMENDED_MOUNT_OPTIONS, ...OPTIONAL_MOUNT_OPTIONS], 62, ""],
  [CAPABILITIES, 41, "CAP_"],
  [CAPABILITY_SETS, 5, ""],
  [LINUX_RLIMITS, 16, "RLIMIT_"],
  [SCHEDULER_POLICIES, 7, "SCHED_"],
  [SCHEDULER_FLAGS, 7, "SCHED_FLAG_"],
  [IO_PRIORITY_CLASSES, 3, "IOPRIO_CLASS_"],
  [SECCOMP_ACTIONS, 9, "SCMP_ACT_"],
  [SECCOMP_OPERATORS, 7, "SCMP_CMP_"],
  [SECCOMP_ARCHITECTURES, 23, "SCMP_ARCH_"],
  [SECCOMP_FLAGS, 4, "SECCOMP_FILTER_FLAG_"],
];

test("the lists of names are complete in number, without repeats, each of its own kind", () => {
  for (const [names, count, prefix] of LISTS) {
    assert.equal(names.length, count, names[0]);
    assert.equal(new Set(names).size, count, names[0]);
    assert.deepEqual(
      names.filter((name) => !name.startsWith(prefix)),
      [],
    );
  }
});

test("names whose position is a number of the kernel stand at it", () => {
  const numbers = { CAP_SYS_ADMIN: 21, CAP_SETFCAP: 31, CAP_BPF: 39, CAP_CHECKPOINT_RESTORE: 40 };
  for (const [name, number] of Object.entries(numbers)) assert.equal(CAPABILITIES.indexOf(name), number);
  assert.equal(LINUX_RLIMITS.indexOf("RLIMIT_NOFILE"), 7);
  assert.equal(LINUX_RLIMITS.indexOf("RLIMIT_RTTIME"), 15);
  assert.equal(SCHEDULER_POLICIES.indexOf("SCHED_DEADLINE"), 6);
  assert.equal(SCHEDULER_FLAGS.indexOf("SCHED_FLAG_UTIL_CLAMP_MAX"), 6);
  assert.equal(MEMORY_POLICY_MODES.indexOf("MPOL_WEIGHTED_INTERLEAVE"), 6);
});

test("lists of special names are taken from the others", () => {
  for (const name of SECCOMP_ERRNO_ACTIONS) assert.ok(SECCOMP_ACTIONS.includes(name));
  for (const name of BIND_MOUNT_OPTIONS) assert.ok(REQUIRED_MOUNT_OPTIONS.includes(name));
  for (const name of IDMAP_MOUNT_OPTIONS) assert.ok(RECOMMENDED_MOUNT_OPTIONS.includes(name));
});
