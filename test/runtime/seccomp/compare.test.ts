import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { parseJson } from "@teu/std/json";
import { X32_BIT, findArchitecture, numberAt, tableOf } from "@teu/runtime/seccomp/architectures";
import { compileProfile } from "@teu/runtime/seccomp/compile";
import { type Condition, type Profile, readSeccomp } from "@teu/runtime/seccomp/profile";
import { SYSCALL_NAMES } from "@teu/runtime/seccomp/syscall-numbers";
import { type Call, runFilter } from "./filter-machine.ts";
import { type Json, dockerLike, randomProfile } from "./profiles.ts";

const folder = mkdtempSync(join(tmpdir(), "teu-seccomp-test-"));
const reference = join(folder, "reference");
const NAMES = SYSCALL_NAMES.split(" ");
const X86_64_AUDIT = 0xc000003e;
const X86_64 = tableOf(findArchitecture("SCMP_ARCH_X86_64") ?? assert.fail());

function whyNoReference(): string | false {
  if (process.platform !== "linux" || process.arch !== "x64") return "the comparison is written for x86_64";
  const source = join(import.meta.dirname, "reference.c");
  const { status } = spawnSync("cc", [source, "-o", reference, "-lseccomp"], { stdio: "ignore" });
  return status === 0 && existsSync(reference) ? false : "needs cc and libseccomp-dev";
}

suite("a compiled profile judges every call as libseccomp does", { skip: whyNoReference() }, () => {
  after(() => rmSync(folder, { recursive: true }));

  test("a profile such as Docker's", () => {
    const { checked, instructions } = compare(dockerLike(), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
    assert.ok(checked > 10_000, `${checked} calls were compared`);
    assert.ok(instructions < 500, `${instructions} instructions`);
  });

  test("a profile such as Docker's on other machines", () => {
    for (const name of OTHERS) compare(dockerLike([name]), ["SCMP_ARCH_X86_64", name]);
  });

  test("random profiles of which libseccomp makes what they say", () => {
    for (let seed = 1; seed <= 50; seed++)
      compare(randomProfile(seed, false), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], seed);
  });
});

const OTHERS = ["AARCH64", "ARM", "RISCV64", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC64LE"].map(
  (n) => `SCMP_ARCH_${n}`,
);

test("random profiles with overlapping rules: the first that fits decides", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const profile = readSeccomp(parseJson(JSON.stringify(randomProfile(seed, true))));
    assert.ok(profile !== undefined);
    const { program } = compileProfile(profile, "SCMP_ARCH_X86_64");
    const numbers = profile.rules.flatMap(({ names }) => names.map((name) => numberAt(X86_64, NAMES.indexOf(name))));
    for (const number of numbers.filter((found) => found >= 0))
      for (const args of interestingArguments(profile)) {
        const wanted = judge(profile, NAMES.find((_, i) => numberAt(X86_64, i) === number) ?? "", args);
        assert.equal(
          runFilter(program, { audit: X86_64_AUDIT, number, args }),
          wanted,
          `seed ${seed}: ${number} ${args.join()}`,
        );
      }
  }
});

test("jumps are right in programs that are as long as the kernel takes", () => {
  const arg = (index: number, op: string, value: number): Json => ({ index, op: `SCMP_CMP_${op}`, value });
  const syscalls = NAMES.filter((_, i) => numberAt(X86_64, i) >= 0).map((name, i) => ({
    names: [name],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 2 + i,
    args: [arg(i % 6, "GE", i)],
  }));
  const profile = readSeccomp(parseJson(JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls })));
  assert.ok(profile !== undefined);
  const { program } = compileProfile(profile, "SCMP_ARCH_X86_64");
  assert.ok(program.length / 8 > 2500, String(program.length / 8));
  for (let number = 0; number < 600; number++)
    for (const value of [0n, 5n, 200n, 1n << 33n]) {
      const args = [value, value, value, value, value, value];
      const wanted = judge(profile, NAMES.find((_, i) => numberAt(X86_64, i) === number) ?? "", args);
      assert.equal(runFilter(program, { audit: X86_64_AUDIT, number, args }), wanted, `${number} ${value}`);
    }
});

/** What the rules of a profile say about a call with 64-bit arguments, straight from their words. */
function judge({ rules, defaultAction }: Profile, name: string, args: readonly bigint[]): number {
  const about = rules.filter((rule) => rule.names.includes(name) && rule.action !== defaultAction);
  const unconditional = about.find((rule) =>
    rule.conditions.every(({ maskHigh, maskLow }) => maskHigh + maskLow === 0),
  );
  const found = unconditional ?? about.find((rule) => rule.conditions.every((condition) => holds(condition, args)));
  return found?.action ?? defaultAction;
}

function holds({ index, operator, high, low, maskHigh, maskLow }: Condition, args: readonly bigint[]): boolean {
  const value = (BigInt(high) << 32n) + BigInt(low);
  const argument = (args[index] ?? 0n) & ((BigInt(maskHigh) << 32n) + BigInt(maskLow));
  switch (operator) {
    case "SCMP_CMP_NE":
      return argument !== value;
    case "SCMP_CMP_LT":
      return argument < value;
    case "SCMP_CMP_LE":
      return argument <= value;
    case "SCMP_CMP_GE":
      return argument >= value;
    case "SCMP_CMP_GT":
      return argument > value;
    default:
      return argument === value;
  }
}

const X32 = "SCMP_ARCH_X32";
// Of these libseccomp 2.5 knows the number on some machines, and makes no rules.
const MISJUDGED = ["map_shadow_stack", "sys_debug_setcontext"];

interface Comparison {
  readonly checked: number;
  readonly instructions: number;
}

/** Judges many calls with both programs. */
function compare(json: Json, architectures: readonly string[], seed = 0): Comparison {
  const profile = readSeccomp(parseJson(JSON.stringify(json)));
  assert.ok(profile !== undefined);
  const ours = compileProfile(profile, "SCMP_ARCH_X86_64").program;
  const { program: theirs, unknown } = askReference(profile, seed);
  const lists = interestingArguments(profile);
  let checked = 0;
  for (const name of architectures) {
    const architecture = findArchitecture(name);
    assert.ok(architecture !== undefined);
    const { audit, offset } = architecture;
    const table = tableOf(architecture);
    const newest: number = newestOf(profile, table) + offset;
    const skipped = new Set([...unknown, ...MISJUDGED].map((call) => numberAt(table, NAMES.indexOf(call)) + offset));
    const conditional: number[] = profile.rules.flatMap((rule) =>
      rule.names.map((call) => numberAt(table, NAMES.indexOf(call)) + offset),
    );
    const shared = audit === X86_64_AUDIT && profile.architectures.includes(X32);
    for (const number of new Set([
      ...range(offset, offset + 600),
      0xf0002,
      0xf0005,
      X32_BIT,
      X32_BIT + 1,
      0xffffffff,
    ])) {
      // x86_64 and x32 are looked at by turns.
      if (skipped.has(number) || (shared && number < X32_BIT !== offset < X32_BIT)) continue;
      const all: boolean = conditional.includes(number) || number % 100 === 0;
      for (const args of all ? lists : lists.slice(0, 2)) {
        const call: Call = { audit, number, args };
        const expected: number | undefined = isNewer(number, newest, audit) ? answerToNewer(profile) : undefined;
        const wanted: number = expected ?? runFilter(theirs, call);
        assert.equal(runFilter(ours, call), wanted, `seed ${seed}: ${name} ${number} (${args.join(", ")})`);
        checked++;
      }
    }
  }
  assert.equal(
    runFilter(ours, { audit: 1, number: 1, args: [] }),
    runFilter(theirs, { audit: 1, number: 1, args: [] }),
  );
  return { checked, instructions: ours.length / 8 };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The greatest number that the profile names, leaving out ARM's own calls; as runc has it. */
function newestOf({ rules }: Profile, table: string): number {
  const numbers = rules.flatMap((rule) => rule.names.map((name) => numberAt(table, NAMES.indexOf(name))));
  return Math.max(-1, ...numbers.filter((number) => number < 0xf0000));
}

function isNewer(number: number, newest: number, audit: number): boolean {
  if (newest < 0 || number <= newest) return false;
  if (audit === X86_64_AUDIT) return number < X32_BIT === newest < X32_BIT;
  return audit !== findArchitecture("SCMP_ARCH_ARM")?.audit || number < 0xf0000;
}

function answerToNewer({ defaultAction }: Profile): number | undefined {
  const permissive = defaultAction >= 0x7ff00000 && defaultAction < 0x80000000;
  return permissive ? undefined : 0x00050000 + 38;
}

/** Arguments at and around every number that the profile compares with, for all arguments alike, and one by one. */
function interestingArguments({ rules }: Profile): bigint[][] {
  const values = new Set([0n, 1n, 0xffffffffffffffffn, 0x100000000n]);
  for (const { high, low, maskHigh, maskLow } of rules.flatMap((rule) => rule.conditions)) {
    const value = (BigInt(high) << 32n) + BigInt(low);
    const mask = (BigInt(maskHigh) << 32n) + BigInt(maskLow);
    for (const near of [value, value + 1n, value - 1n, value | ~mask, value ^ (1n << 40n)])
      values.add(BigInt.asUintN(64, near));
  }
  const list = [...values].slice(0, 24);
  return list.flatMap((value, i) => [
    [value, value, value, value, value, value],
    [value, list[(i * 7 + 3) % list.length] ?? 0n, list[(i * 5 + 1) % list.length] ?? 0n, value, 2n, value],
  ]);
}

interface Reference {
  readonly program: Uint8Array;
  /** Names that libseccomp does not know yet. */
  readonly unknown: readonly string[];
}

function askReference(profile: Profile, seed: number): Reference {
  const lines = [`default ${profile.defaultAction}`];
  for (const name of profile.architectures) lines.push(`arch ${token(name)}`);
  for (const { names, action, conditions } of profile.rules) {
    if (action === profile.defaultAction) continue;
    const parts = conditions.map(({ index, operator, high, low, maskHigh, maskLow }) => {
      const value = (BigInt(high) << 32n) + BigInt(low);
      const mask = (BigInt(maskHigh) << 32n) + BigInt(maskLow);
      const isMasked = mask !== 0xffffffffffffffffn;
      return isMasked ? `${index} MASKED_EQ ${mask} ${value}` : `${index} ${operator.slice(9)} ${value} 0`;
    });
    for (const name of names) lines.push(`rule ${action} ${name} ${conditions.length} ${parts.join(" ")}`);
  }
  const input = `${lines.join("\n")}\n`;
  const result = spawnSync(reference, { input, maxBuffer: 1 << 20 });
  assert.equal(result.status, 0, `seed ${seed}: ${result.stderr.toString()}\n${input}`);
  return { program: result.stdout, unknown: result.stderr.toString().split("\n").filter(Boolean) };
}

/** libseccomp's number of an architecture: AUDIT_ARCH_…, but for x32 one that no kernel knows. */
function token(name: string): number {
  return name === "SCMP_ARCH_X32" ? 0x4000003e : (findArchitecture(name)?.audit ?? 0);
}
