/**
 * Access to devices under control groups of version 2: a BPF program that judges each access. Pure.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#device-controller
 * @module
 */
import type { DeviceRule } from "../config/resources.ts";
import { DEFAULT_DEVICE_RULES } from "./devices-v1.ts";

const LOAD_WORD = 0x61;
const MOVE = 0xbf;
const MOVE_NUMBER = 0xb7;
const AND_NUMBER = 0x54;
const SHIFT_RIGHT = 0x74;
const JUMP_IF_NUMBER = 0x15;
const JUMP_UNLESS_NUMBER = 0x55;
const JUMP_UNLESS_REGISTER = 0x5d;
const EXIT = 0x95;

// Registers: 0 the answer, 1 the question and then scratch, 2 type, 3 access, 4 major, 5 minor.
const TYPE = 2;
const ACCESS = 3;
const MAJOR = 4;
const MINOR = 5;
const INSTRUCTION_BYTES = 8;

/** One instruction of BPF. */
interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  readonly offset: number;
  readonly number: number;
}

/**
 * The program for rules in their order, of which the last that fits decides; what none fits is denied. The default
 * devices are allowed after them. As bytes, 8 an instruction.
 */
export function compileDeviceRules(rules: readonly DeviceRule[]): Uint8Array {
  const program: Instruction[] = [
    { code: LOAD_WORD, to: TYPE, from: 1, offset: 0, number: 0 },
    { code: AND_NUMBER, to: TYPE, from: 0, offset: 0, number: 0xffff },
    { code: LOAD_WORD, to: ACCESS, from: 1, offset: 0, number: 0 },
    { code: SHIFT_RIGHT, to: ACCESS, from: 0, offset: 0, number: 16 },
    { code: LOAD_WORD, to: MAJOR, from: 1, offset: 4, number: 0 },
    { code: LOAD_WORD, to: MINOR, from: 1, offset: 8, number: 0 },
  ];
  let decided = false;
  for (const rule of rules.concat(DEFAULT_DEVICE_RULES).toReversed()) {
    if (decided) break;
    const tests = testsOf(rule);
    program.push(...judge(tests, rule.allow));
    // The kernel refuses a program with instructions that are never reached.
    decided = tests.length === 0;
  }
  if (!decided) program.push(...judge([], false));
  return encode(program);
}

/** A test that leads on to the next rule where it does not hold. */
interface Test {
  readonly before: readonly Instruction[];
  readonly code: number;
  readonly to: number;
  readonly from: number;
  readonly number: number;
}

// An access for several purposes is allowed where a rule allows all of them, and denied where one denies any.
function testsOf({ allow, type, major, minor, access }: DeviceRule): Test[] {
  const tests: Test[] = [];
  const unless = (to: number, number: number): void => {
    tests.push({ before: [], code: JUMP_UNLESS_NUMBER, to, from: 0, number });
  };
  if (type !== "a") unless(TYPE, type === "b" ? 1 : 2);
  const mask = (access.includes("m") ? 1 : 0) + (access.includes("r") ? 2 : 0) + (access.includes("w") ? 4 : 0);
  if (mask !== 7) {
    const before: readonly Instruction[] = [
      { code: MOVE, to: 1, from: ACCESS, offset: 0, number: 0 },
      { code: AND_NUMBER, to: 1, from: 0, offset: 0, number: mask },
    ];
    const code = allow ? JUMP_UNLESS_REGISTER : JUMP_IF_NUMBER;
    tests.push({ before, code, to: 1, from: allow ? ACCESS : 0, number: 0 });
  }
  if (major >= 0) unless(MAJOR, major);
  if (minor >= 0) unless(MINOR, minor);
  return tests;
}

function judge(tests: readonly Test[], allow: boolean): Instruction[] {
  const answer: Instruction[] = [
    { code: MOVE_NUMBER, to: 0, from: 0, offset: 0, number: allow ? 1 : 0 },
    { code: EXIT, to: 0, from: 0, offset: 0, number: 0 },
  ];
  const length = tests.reduce((sum, test) => sum + test.before.length + 1, 0);
  const out: Instruction[] = [];
  for (const { before, code, to, from, number } of tests) {
    out.push(...before);
    out.push({ code, to, from, offset: length - out.length - 1 + answer.length, number });
  }
  return out.concat(answer);
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { code, to, from, offset, number } of program) {
    view.setUint8(at, code);
    view.setUint8(at + 1, to | (from << 4));
    view.setInt16(at + 2, offset, true);
    view.setUint32(at + 4, number, true);
    at += INSTRUCTION_BYTES;
  }
  return bytes;
}
