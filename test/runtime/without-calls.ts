/**
 * Running programs where the kernel seems to lack system calls, or refuses them: a filter answers them.
 * @module
 */
import { execFileSync } from "node:child_process";
import { type Answer, runProgram } from "./program.ts";

const SOURCE = `#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ERRNO CALL... -- PROGRAM ARGUMENT... */
int main(int count, char **words) {
  struct sock_filter code[128];
  int at = 0, word = 2;
  code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (; word < count && words[word][0] != '-'; word++) {
    code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, atoi(words[word]), 0, 1);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(words[1]));
  }
  code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {at, code};
  /* As root without no_new_privs, which the programs inside would show. */
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return 125;
  execv(words[word + 1], words + word + 1);
  return 126;
}
`;

/** Numbers of the calls of x86-64 that later kernels brought; they are the same on all newer machines. */
export const NEW_CALLS = {
  openTree: 428,
  moveMount: 429,
  fsopen: 430,
  closeRange: 436,
  openat2: 437,
  mountSetattr: 442,
};
/** The number of sendmsg on this machine. */
export const SENDMSG: number = process.arch === "x64" ? 46 : 211;

/** Compiles the program that filters. */
export function compileFilter(path: string): void {
  execFileSync("cc", ["-x", "c", "-o", path, "-"], { input: SOURCE });
}

/** Runs a program without some calls. */
export function runWithout(
  filter: string,
  calls: readonly number[],
  errno: number,
  command: readonly string[],
): Answer {
  return runProgram(filter, [String(errno), ...calls.map(String), "--", ...command]);
}
