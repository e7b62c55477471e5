/**
 * Writes `packages/runtime/src/seccomp/syscall-numbers.ts`, the numbers of system calls by machine, from the headers that
 * Debian ships for every machine in one package:
 *   apt-get download linux-libc-dev linux-libc-dev-s390x-cross     (the first from sid: it has all machines and new calls)
 *   dpkg -x each of them, then
 *   sh tools/run tools/native/syscall-numbers.ts FOLDER/usr/lib/linux/uapi FOLDER/usr/s390x-linux-gnu/include
 * The second brings 31-bit s390, which newer headers have dropped.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.ts";

/** Name of the table, its header below the first folder (or, after `s390:`, the second). */
const TABLES: readonly (readonly [name: string, header: string])[] = [
  ["X86_64", "x86/asm/unistd_64.h"],
  ["X86", "x86/asm/unistd_32.h"],
  ["X32", "x86/asm/unistd_x32.h"],
  ["AARCH64", "arm64/asm/unistd_64.h"],
  ["ARM", "arm/asm/unistd-eabi.h"],
  ["MIPS", "mips/asm/unistd_o32.h"],
  ["MIPS64", "mips/asm/unistd_n64.h"],
  ["MIPS64N32", "mips/asm/unistd_n32.h"],
  ["PPC", "powerpc/asm/unistd_32.h"],
  ["PPC64", "powerpc/asm/unistd_64.h"],
  ["S390", "s390:asm/unistd_32.h"],
  ["S390X", "s390/asm/unistd_64.h"],
  ["PARISC", "parisc/asm/unistd_32.h"],
  ["PARISC64", "parisc/asm/unistd_64.h"],
  ["RISCV64", "riscv/asm/unistd_64.h"],
  ["LOONGARCH64", "loongarch/asm/unistd_64.h"],
  ["M68K", "m68k/asm/unistd_32.h"],
  ["SH", "sh/asm/unistd_32.h"],
];

/** Calls that 32-bit ARM alone has, far above all others: their distance from the first number of that range. */
const ARM_PRIVATE: Readonly<Record<string, number>> = {
  breakpoint: 1,
  cacheflush: 2,
  usr26: 3,
  usr32: 4,
  set_tls: 5,
  get_tls: 6,
};

/** Where the table has the private calls of ARM. */
const PRIVATE_START = 1000;

/** Calls that exist only inside socketcall and ipc on some machines, so that no header numbers them there. */
const MULTIPLEXED = ["accept", "recv", "send", "semop", "semtimedop"];

if (import.meta.main) main();

function main(): void {
  const [headers, s390] = process.argv.slice(2);
  if (headers === undefined || s390 === undefined) throw new Error("expected two folders of headers");
  const tables = TABLES.map(([name, header]) => {
    const path = header.startsWith("s390:") ? join(s390, header.slice(5)) : join(headers, header);
    return { name, numbers: readNumbers(readFileSync(path, "utf8"), name) };
  });
  const names = [...new Set([...MULTIPLEXED, ...tables.flatMap(({ numbers }) => [...numbers.keys()])])].toSorted();
  const columns = tables.map(
    ({ name, numbers }) => `  ["${name}", "${names.map((call) => encode(numbers.get(call))).join("")}"],\n`,
  );
  const out = join(projectRoot, "packages/runtime/src/seccomp/syscall-numbers.ts");
  writeFileSync(out, source(names, columns));
}

function readNumbers(text: string, machine: string): Map<string, number> {
  const numbers = new Map<string, number>();
  const define = /^#define __NR_(\w+)\s+(?:\(__\w+ \+ )?(\d+)\)?$/gmu;
  for (const [, name = "", number = ""] of text.matchAll(define)) {
    if (!/^(?:syscalls|Linux_syscalls|SYSCALL_BASE|unused\d+|reserved\d+)$/u.test(name))
      numbers.set(name, Number(number));
  }
  if (machine === "ARM") {
    for (const [name, distance] of Object.entries(ARM_PRIVATE)) numbers.set(name, PRIVATE_START + distance);
    numbers.set("sync_file_range2", numbers.get("arm_sync_file_range") ?? 0);
  }
  if (numbers.size < 250) throw new Error(`the header of ${machine} has only ${numbers.size} calls`);
  return numbers;
}

/** Two digits to the base of 32, from `0` to `O`; two dots for a call that is not there. */
function encode(number: number | undefined): string {
  if (number === undefined) return "..";
  if (number >= 1024) throw new Error(`${number} does not fit two digits`);
  return String.fromCharCode(48 + (number >> 5), 48 + (number & 31));
}

function source(names: readonly string[], columns: readonly string[]): string {
  return `/**
 * The numbers of system calls by machine. Written by \`tools/native/syscall-numbers.ts\` from the headers of Linux.
 * @module
 */

/** All names, each at its place in every table of {@link SYSCALL_TABLES}. */
export const SYSCALL_NAMES: string =
  "${names.join(" ")}";

/**
 * The table of each machine interface: two digits a name to the base of 32, from \`0\` to \`O\`, or two dots.
 * Numbers are without the offset that the interface gives all of its calls. From 1000 on: ARM's private calls.
 */
export const SYSCALL_TABLES: readonly (readonly [string, string])[] = [
${columns.join("")}];
`;
}
