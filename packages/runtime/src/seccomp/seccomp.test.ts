import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@teu/std/json";
import { findArchitecture, innerCalls, isLittleEndian, numberAt, tableOf } from "./architectures.ts";
import { compileProfile } from "./compile.ts";
import { architectureOf } from "./load.ts";
import { type Profile, readSeccomp } from "./profile.ts";
import { SYSCALL_NAMES } from "./syscall-numbers.ts";
import { SECCOMP_ARCHITECTURES } from "@teu/spec/runtime/seccomp-names";

const NAMES = SYSCALL_NAMES.split(" ");

function read(json: object): Profile {
  const profile = readSeccomp(parseJson(JSON.stringify(json)));
  return profile ?? assert.fail("no profile");
}

function numberOf(architecture: string, name: string): number {
  const found = findArchitecture(architecture) ?? assert.fail(architecture);
  const number = numberAt(tableOf(found), NAMES.indexOf(name));
  return number < 0 ? number : number + found.offset;
}

test("calls have the numbers of their machines", () => {
  const cases = [
    ["X86_64", "read", 0],
    ["X86", "read", 3],
    ["X32", "execve", 0x40000208],
    ["AARCH64", "openat", 56],
    ["ARM", "cacheflush", 0xf0002],
    ["MIPS64N32", "read", 6000],
    ["S390X", "exit", 1],
    ["X86_64", "cacheflush", -1],
  ] as const;
  for (const [architecture, name, number] of cases)
    assert.equal(numberOf(`SCMP_ARCH_${architecture}`, name), number, `${architecture} ${name}`);
});

test("every architecture of the specification has its table, and is known to the kernel by one number", () => {
  const audits = new Set<number>();
  for (const name of SECCOMP_ARCHITECTURES) {
    const found = findArchitecture(name) ?? assert.fail(name);
    assert.ok(numberOf(name, "execve") > 0, name);
    audits.add(found.audit);
  }
  // x86_64 and x32 share theirs.
  assert.equal(audits.size, SECCOMP_ARCHITECTURES.length - 1);
  assert.deepEqual([0xc000003e, 0x80000016].map(isLittleEndian), [true, false]);
  for (const name of innerCalls().keys()) assert.ok(NAMES.includes(name), name);
  for (const machine of ["x86_64", "aarch64", "riscv64", "s390x", "armv7l"])
    assert.ok(findArchitecture(architectureOf(machine)), machine);
});

test("flags: speculation is allowed unless they are given; a listener brings its own", () => {
  const rule = (action: string): object => ({ syscalls: [{ names: ["mkdir"], action }] });
  const base = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/a" };
  assert.equal(read({ ...base }).flags, 4);
  assert.equal(read({ ...base, flags: [] }).flags, 0);
  assert.equal(
    read({ ...base, flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }).flags,
    2,
  );
  const all = ["TSYNC", "LOG", "WAIT_KILLABLE_RECV"].map((flag) => `SECCOMP_FILTER_FLAG_${flag}`);
  assert.equal(read({ ...base, flags: all, ...rule("SCMP_ACT_NOTIFY") }).flags, 1 + 2 + 8 + 16 + 32);
});

test("comparisons of one argument are alternatives, of several they are one rule", () => {
  const arg = (index: number, value: number): object => ({ index, value, op: "SCMP_CMP_EQ" });
  const rules = (args: object[]): number =>
    read({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_KILL", args }] }).rules
      .length;
  assert.deepEqual([rules([]), rules([arg(0, 1), arg(1, 1)]), rules([arg(0, 1), arg(0, 2), arg(1, 1)])], [1, 1, 3]);
});

test("an absent profile is none, and one that is too long for the kernel is refused", () => {
  assert.equal(readSeccomp(parseJson("{}").get("seccomp")), undefined);
  assert.equal(readSeccomp(parseJson("{}")), undefined);
  const args = [0, 1, 2, 3, 4, 5].map((index) => ({ index, value: index + 7, op: "SCMP_CMP_GT" }));
  const syscalls = [{ names: NAMES, action: "SCMP_ACT_ALLOW", args }];
  const profile = read({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
  assert.throws(
    () => compileProfile(profile, "SCMP_ARCH_X86_64"),
    /linux\.seccomp: has \d{5} instructions .* takes 4096/,
  );
});
