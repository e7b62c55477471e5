/**
 * The machine interfaces that a profile can name: how the kernel tells them apart, and how they number their calls.
 * @module
 */
import { SYSCALL_TABLES } from "./syscall-numbers.ts";

/** One machine interface. */
export interface Architecture {
  /** Such as `SCMP_ARCH_X86_64`. */
  readonly name: string;
  /** What the kernel calls it, AUDIT_ARCH_…, as a number without sign. */
  readonly audit: number;
  /** Name of its table of calls. */
  readonly table: string;
  /** What is added to every number of the table. */
  readonly offset: number;
  /** Arguments of 64 bits; the others are judged by their lower half. */
  readonly is64: boolean;
  /** Several old calls share the numbers of socketcall and ipc, told apart by their first argument. */
  readonly multiplexes: boolean;
}

/** Numbers from here on are of x32, where the rest of the number is as on x86_64. */
export const X32_BIT = 0x40000000;

/** Where ARM has calls of its own. */
export const ARM_PRIVATE_BASE = 0x0f0000;

const BITS64 = 0x80000000;
const LITTLE = 0x40000000;
const N32 = 0x20000000;

/** Tells the byte order of an interface, from what the kernel calls it. */
export function isLittleEndian(audit: number): boolean {
  return Math.floor(audit / LITTLE) % 2 === 1;
}

/** The interface of that name; undefined where there is none. */
export function findArchitecture(name: string): Architecture | undefined {
  switch (name) {
    case "SCMP_ARCH_X86_64":
      return plain(name, 62 + BITS64 + LITTLE, "X86_64");
    case "SCMP_ARCH_X86":
      return shared(name, 3 + LITTLE, "X86");
    case "SCMP_ARCH_X32":
      return { name, audit: 62 + BITS64 + LITTLE, table: "X32", offset: X32_BIT, is64: false, multiplexes: false };
    case "SCMP_ARCH_AARCH64":
      return plain(name, 183 + BITS64 + LITTLE, "AARCH64");
    case "SCMP_ARCH_ARM":
      return plain(name, 40 + LITTLE, "ARM");
    case "SCMP_ARCH_PPC":
      return shared(name, 20, "PPC");
    case "SCMP_ARCH_PPC64":
      return shared(name, 21 + BITS64, "PPC64");
    case "SCMP_ARCH_PPC64LE":
      return shared(name, 21 + BITS64 + LITTLE, "PPC64");
    case "SCMP_ARCH_S390":
      return shared(name, 22, "S390");
    case "SCMP_ARCH_S390X":
      return shared(name, 22 + BITS64, "S390X");
    case "SCMP_ARCH_RISCV64":
      return plain(name, 243 + BITS64 + LITTLE, "RISCV64");
    case "SCMP_ARCH_LOONGARCH64":
      return plain(name, 258 + BITS64 + LITTLE, "LOONGARCH64");
    case "SCMP_ARCH_PARISC":
      return plain(name, 15, "PARISC");
    case "SCMP_ARCH_PARISC64":
      return plain(name, 15 + BITS64, "PARISC64");
    case "SCMP_ARCH_M68K":
      return shared(name, 4, "M68K");
    case "SCMP_ARCH_SH":
      return shared(name, 42 + LITTLE, "SH");
    case "SCMP_ARCH_SHEB":
      return shared(name, 42, "SH");
    default:
      return findMips(name);
  }
}

function findMips(name: string): Architecture | undefined {
  switch (name) {
    case "SCMP_ARCH_MIPS":
      return { name, audit: 8, table: "MIPS", offset: 4000, is64: false, multiplexes: true };
    case "SCMP_ARCH_MIPSEL":
      return { name, audit: 8 + LITTLE, table: "MIPS", offset: 4000, is64: false, multiplexes: true };
    case "SCMP_ARCH_MIPS64":
      return mips64(name, 8 + BITS64, "MIPS64", 5000);
    case "SCMP_ARCH_MIPSEL64":
      return mips64(name, 8 + BITS64 + LITTLE, "MIPS64", 5000);
    case "SCMP_ARCH_MIPS64N32":
      return mips64(name, 8 + BITS64 + N32, "MIPS64N32", 6000);
    case "SCMP_ARCH_MIPSEL64N32":
      return mips64(name, 8 + BITS64 + LITTLE + N32, "MIPS64N32", 6000);
    default:
      return undefined;
  }
}

function plain(name: string, audit: number, table: string): Architecture {
  return { name, audit, table, offset: 0, is64: audit >= BITS64, multiplexes: false };
}

function shared(name: string, audit: number, table: string): Architecture {
  return { name, audit, table, offset: 0, is64: audit >= BITS64, multiplexes: true };
}

// oxlint-disable-next-line max-params -- a row of a table
function mips64(name: string, audit: number, table: string, offset: number): Architecture {
  return { name, audit, table, offset, is64: offset === 5000, multiplexes: false };
}

/** The numbers of an interface, to be read with {@link numberAt}. */
export function tableOf({ table }: Architecture): string {
  for (const [name, numbers] of SYSCALL_TABLES) if (name === table) return numbers;
  return "";
}

const PRIVATE_START = 1000;

/** The number of the name at `index`, without the offset; -1 where the interface has no such call. */
export function numberAt(table: string, index: number): number {
  const high = table.charCodeAt(index * 2) - 48;
  if (!(high >= 0)) return -1;
  const number = high * 32 + table.charCodeAt(index * 2 + 1) - 48;
  return number < PRIVATE_START ? number : ARM_PRIVATE_BASE + number - PRIVATE_START;
}

/** The calls inside socketcall and ipc. */
const SOCKET_CALLS =
  "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg";
const IPC_CALLS = "1 semop 2 semget 3 semctl 4 semtimedop 11 msgsnd 12 msgrcv 13 msgget 14 msgctl 21 shmat 22 shmdt 23 shmget 24 shmctl";

export const SOCKETCALL = 102;
export const IPC = 117;

/** A call inside another: the outer one's number, and what its first argument is. */
export interface Multiplexed {
  readonly outer: number;
  readonly first: number;
}

/** Where `name` is found inside another call; undefined where it is not. */
export function findMultiplexed(name: string): Multiplexed | undefined {
  const socket = SOCKET_CALLS.split(" ").indexOf(name);
  if (socket >= 0) return { outer: SOCKETCALL, first: socket + 1 };
  const ipc = IPC_CALLS.split(" ");
  const at = ipc.indexOf(name);
  return at > 0 && at % 2 === 1 ? { outer: IPC, first: Number(ipc[at - 1]) } : undefined;
}
