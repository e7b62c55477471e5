/**
 * The default profile of system calls: what Docker documents that containers may call. Everything else fails with EPERM,
 * and what newer C libraries try first with ENOSYS.
 * @see {@link https://docs.docker.com/engine/security/seccomp/}
 * @module
 */
import { ALLOWED, ALLOWED_BY_ARCHITECTURE, ALLOWED_BY_CAPABILITY } from "./seccomp-calls.ts";

const ALLOW = "SCMP_ACT_ALLOW";
const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** Flags of clone(2) that make namespaces. */
const NAMESPACE_FLAGS = 0x7e020000;
/** Execution domains that are harmless: Linux, and 32-bit addresses with it. */
const PERSONALITIES = [0, 8, 0x20000, 0x20008, 0xffffffff];

/** A part of a profile, as runtime-spec has it. */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: string;
  }[];
}

/** A profile, as runtime-spec has it. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

/** The default profile for a container with these capabilities, on a machine as Node calls it. */
export function defaultProfile(capabilities: readonly string[], machine: string = process.arch): SeccompProfile {
  const byCapability = Object.entries(ALLOWED_BY_CAPABILITY).flatMap(([name, calls]) =>
    capabilities.includes(name) ? calls : [],
  );
  const names = [...ALLOWED, ...(ALLOWED_BY_ARCHITECTURE[machine] ?? []), ...byCapability];
  const argument = (index: number, value: number, op: string): NonNullable<SeccompRule["args"]>[number] => ({
    index,
    value,
    op,
  });
  const mayClone = capabilities.includes("CAP_SYS_ADMIN");
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: ARCHITECTURES[machine] ?? [],
    syscalls: [
      { names: [...new Set(names)], action: ALLOW },
      ...PERSONALITIES.map((value) => ({
        names: ["personality"],
        action: ALLOW,
        args: [argument(0, value, "SCMP_CMP_EQ")],
      })),
      { names: ["socket"], action: ALLOW, args: [argument(0, AF_VSOCK, "SCMP_CMP_NE")] },
      ...(mayClone ? [] : CLONE_RULES),
    ],
  };
}

const CLONE_RULES: readonly SeccompRule[] = [
  {
    names: ["clone"],
    action: ALLOW,
    args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
  },
  { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
];
