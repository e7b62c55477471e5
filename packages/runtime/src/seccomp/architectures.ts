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

// Name behind SCMP_ARCH_, number of the machine in ELF files, properties, table, offset of its numbers.
// l: little-endian, w: the kernel's machine has 64 bits, a: so have arguments, n: the interface n32, i: inner calls.
const ROWS: readonly string[] = [
  "X86_64 62 lwa X86_64 0",
  "X86 3 li X86 0",
  "X32 62 lw X32 1073741824",
  "AARCH64 183 lwa AARCH64 0",
  "ARM 40 l ARM 0",
  "MIPS 8 i MIPS 4000",
  "MIPSEL 8 li MIPS 4000",
  "MIPS64 8 wa MIPS64 5000",
  "MIPSEL64 8 lwa MIPS64 5000",
  "MIPS64N32 8 wn MIPS64N32 6000",
  "MIPSEL64N32 8 lwn MIPS64N32 6000",
  "PPC 20 i PPC 0",
  "PPC64 21 wai PPC64 0",
  "PPC64LE 21 lwai PPC64 0",
  "S390 22 i S390 0",
  "S390X 22 wai S390X 0",
  "PARISC 15 - PARISC 0",
  "PARISC64 15 wa PARISC64 0",
  "RISCV64 243 lwa RISCV64 0",
  "LOONGARCH64 258 lwa LOONGARCH64 0",
  "M68K 4 i M68K 0",
  "SH 42 li SH 0",
  "SHEB 42 i SH 0",
];

/** Tells the byte order of an interface, from what the kernel calls it. */
export function isLittleEndian(audit: number): boolean {
  return Math.floor(audit / LITTLE) % 2 === 1;
}

/** The interface of that name; undefined where there is none. */
export function findArchitecture(name: string): Architecture | undefined {
  const start = `${name.slice("SCMP_ARCH_".length)} `;
  const row = ROWS.find((line) => line.startsWith(start));
  if (row === undefined) return undefined;
  const [, machine = "", has = "", table = "", offset = ""] = row.split(" ");
  const flags = (has.includes("w") ? BITS64 : 0) + (has.includes("l") ? LITTLE : 0) + (has.includes("n") ? N32 : 0);
  return {
    name,
    audit: Number(machine) + flags,
    table,
    offset: Number(offset),
    is64: has.includes("a"),
    multiplexes: has.includes("i"),
  };
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

/** The calls inside socketcall, by what its first argument is, from 1. */
const SOCKET_CALLS =
  "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg";
/** The calls inside ipc, each behind what its first argument is. */
const IPC_CALLS =
  "1 semop 2 semget 3 semctl 4 semtimedop 11 msgsnd 12 msgrcv 13 msgget 14 msgctl 21 shmat 22 shmdt 23 shmget 24 shmctl";

const SOCKETCALL = 102;
const IPC = 117;

/** A call inside another. */
export interface InnerCall {
  /** The other's number, without the offset. */
  readonly outer: number;
  /** What its first argument is. */
  readonly first: number;
}

/** The calls that some interfaces have inside others, by name. */
export function innerCalls(): Map<string, InnerCall> {
  const calls = new Map<string, InnerCall>();
  const sockets = SOCKET_CALLS.split(" ");
  for (let i = 0; i < sockets.length; i++) calls.set(sockets[i] ?? "", { outer: SOCKETCALL, first: i + 1 });
  const ipc = IPC_CALLS.split(" ");
  for (let i = 0; i < ipc.length; i += 2) calls.set(ipc[i + 1] ?? "", { outer: IPC, first: Number(ipc[i]) });
  return calls;
}
