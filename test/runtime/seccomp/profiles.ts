/**
 * Seccomp profiles for tests.
 * @module
 */
import { SYSCALL_NAMES } from "@teu/runtime/seccomp/syscall-numbers";

export type Json = Readonly<Record<string, unknown>>;

const FORBIDDEN = new Set(
  `_sysctl acct add_key bpf clock_settime clone clone3 create_module delete_module fanotify_init finit_module fsconfig
fsmount fsopen fspick get_kernel_syms get_mempolicy init_module io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load
keyctl lookup_dcookie mbind migrate_pages mount mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree
perf_event_open personality pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev ptrace query_module
quotactl quotactl_fd reboot request_key set_mempolicy setdomainname sethostname setns settimeofday socket stime swapoff
swapon sysfs syslog umount umount2 unshare uselib userfaultfd ustat vhangup vm86 vm86old`.split(/\s+/u),
);

/** A profile in the form of Docker's: allows most calls, some by their arguments, and denies the rest. */
export function dockerLike(
  architectures: readonly string[] = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
): Json {
  const allow = (name: string, ...args: Json[]): Json => ({ names: [name], action: "SCMP_ACT_ALLOW", args });
  const first = (op: string, value: number, valueTwo = 0): Json => ({
    index: 0,
    op: `SCMP_CMP_${op}`,
    value,
    valueTwo,
  });
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 1,
    architectures,
    syscalls: [
      { names: SYSCALL_NAMES.split(" ").filter((name) => !FORBIDDEN.has(name)), action: "SCMP_ACT_ALLOW" },
      allow("socket", first("NE", 40)),
      ...[0, 8, 0x20000, 0x20008, 0xffffffff].map((persona) => allow("personality", first("EQ", persona))),
      allow("clone", first("MASKED_EQ", 0x7e020000)),
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
      { names: ["not_a_call", "another_unknown_call"], action: "SCMP_ACT_ALLOW" },
    ],
  };
}

const ACTIONS = ["ALLOW", "ERRNO", "KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "LOG", "TRACE"];
const OPERATORS = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"];

/**
 * A profile that depends on nothing but `seed`. Where rules do not overlap, a call has one rule, or several about the
 * same argument: all that libseccomp 2.5 merges without loss.
 */
export function randomProfile(seed: number, overlap: boolean): Json {
  const random = numbersFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  // What libseccomp of Debian 12 knows.
  const names = SYSCALL_NAMES.split(" ").filter((name) => !NEW.test(name));
  const action = (): Json => {
    const name = pick(ACTIONS);
    return name === "ERRNO" || name === "TRACE"
      ? { action: `SCMP_ACT_${name}`, errnoRet: 2 + random(90) }
      : { action: `SCMP_ACT_${name}` };
  };
  const value = (): bigint => {
    const small = BigInt(random(8));
    return pick([small, small << 32n, (small << 32n) + BigInt(random(4)), 0xffffffffn, 0xffffffffffffffffn - small]);
  };
  const condition = (index: number): Json => ({
    index,
    op: `SCMP_CMP_${pick(OPERATORS)}`,
    value: rawNumber(value()),
    valueTwo: rawNumber(value()),
  });
  const used = new Set<string>();
  const rules: Json[] = [];
  for (let i = 0; i < 1 + random(60); i++) {
    const name = pick(names);
    if (used.has(name)) continue;
    used.add(name);
    const what = action();
    const equal = random(6);
    if (!overlap && random(3) === 0)
      for (const wanted of [3n, 5n << 32n, 9n])
        rules.push({
          names: [name],
          ...what,
          args: [{ ...condition(equal), op: "SCMP_CMP_EQ", value: rawNumber(wanted) }],
        });
    else
      for (let count = overlap ? random(4) : 0; count >= 0; count--) {
        const indices = [0, 1, 2, 3, 4, 5].filter(() => random(3) === 0).slice(0, 3);
        const args = indices.map((index) => condition(index));
        rules.push({ names: [name], ...(overlap ? action() : what), args });
      }
  }
  const { action: defaultAction, errnoRet } = action() as { action: string; errnoRet?: number };
  return {
    defaultAction,
    ...(errnoRet === undefined ? {} : { defaultErrnoRet: errnoRet }),
    architectures: ["SCMP_ARCH_X86"],
    syscalls: rules,
  };
}

// 64-bit numbers pass JSON.stringify only as raw literals.
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(value));
}

const NEW =
  /^(?:cachestat|fchmodat2|futex_(?:requeue|wait|wake)|getxattrat|listns|listxattrat|.*attrat|lsm_|map_shadow|mseal|open_tree_attr|removexattrat|rseq_slice|set_mempolicy_home|setxattrat|statmount|listmount|uprobe|uretprobe|file_[gs]etattr)/u;

function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 12345;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % below;
  };
}
