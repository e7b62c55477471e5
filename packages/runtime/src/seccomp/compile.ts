/**
 * From a seccomp profile to the program that the kernel runs on every call. Pure.
 *
 * Numbers with the same verdict lie in ranges, which the program searches in halves: a profile that allows 400 calls
 * needs about 6 comparisons for each, and some 100 instructions for each machine interface.
 * @module
 */
import { type Architecture, X32_BIT, ARM_PRIVATE_BASE, findArchitecture, isLittleEndian } from "./architectures.ts";
import { fieldFailure } from "../failure.ts";
import { type Alternative, CONDITIONAL, Calls, NO_RULE, type NumberedRule, actionAt, numberRules } from "./calls.ts";
import { Numbers } from "./numbers.ts";
import { ALLOW, type Condition, ERRNO, KILL_THREAD, LOG, type Profile, TRACE } from "./profile.ts";
import { JEQ, JGE, JGT, type Label, MAX_INSTRUCTIONS, Program } from "./program.ts";

/** A profile that is ready to be loaded. */
export interface Filter {
  /** A list of struct sock_filter. */
  readonly program: Uint8Array;
  /** For seccomp(2). */
  readonly flags: number;
  /** The kernel gives a listener for it, which an agent is to have. */
  readonly notifies: boolean;
}

/**
 * Compiles a profile for a machine.
 * @param native the machine's own interface, such as `SCMP_ARCH_X86_64`, which is always judged
 * @throws Failure where the program is too long for the kernel
 */
export function compileProfile(profile: Profile, native: string): Filter {
  const program = new Program();
  const rules = numberRules(profile);
  // The machine's own interface is written last, so that it is asked for first.
  const names = [...profile.architectures.filter((name) => name !== native), native];
  const done: number[] = [];
  let rest = program.ret(KILL_THREAD);
  for (const name of names) {
    const architecture = findArchitecture(name);
    if (architecture === undefined || done.includes(architecture.audit)) continue;
    done.push(architecture.audit);
    const entry = new Judge(program, profile, architecture).write(rules, names);
    rest = program.jump(JEQ, architecture.audit, entry, rest);
  }
  program.load(OFFSET_AUDIT);
  if (program.length > MAX_INSTRUCTIONS)
    throw fieldFailure(
      "linux.seccomp",
      `has ${program.length} instructions when compiled, the kernel takes ${MAX_INSTRUCTIONS}`,
      "leave out rules with many conditions, or architectures that the machine does not run",
    );
  return { program: program.bytes(), flags: profile.flags, notifies: profile.notifies };
}

// Places in struct seccomp_data.
const OFFSET_NUMBER = 0;
const OFFSET_AUDIT = 4;
const OFFSET_ARGUMENTS = 16;

const ENOSYS = 38;
const LAST_NUMBER = 0xffffffff;

/** The judgement of all numbers that one of the kernel's machines has, as ranges. */
class Judge {
  private readonly program: Program;
  private readonly profile: Profile;
  private readonly architecture: Architecture;
  private readonly lowFirst: boolean;
  /** The first number of each range, ascending. */
  private readonly starts: Numbers = new Numbers();
  /** What happens to the numbers of the range; below 0 for the one number that it then has. */
  private readonly actions: Numbers = new Numbers();
  /** By first number of a conditional range. */
  private readonly conditional: Map<number, Conditional> = new Map<number, Conditional>();

  constructor(program: Program, profile: Profile, architecture: Architecture) {
    this.program = program;
    this.profile = profile;
    this.architecture = architecture;
    this.lowFirst = isLittleEndian(architecture.audit);
  }

  /** Writes the judgement of all calls; returns its beginning. */
  write(rules: readonly NumberedRule[], names: readonly string[]): Label {
    if (this.architecture.audit === X86_64_AUDIT) this.collectX86(rules, names);
    else this.collect(this.architecture, rules, LAST_NUMBER);
    this.search(0, this.starts.length - 1);
    return this.program.load(OFFSET_NUMBER);
  }

  // x86_64 and x32 share everything but a bit of the number. A number of -1 is what a tracer leaves to skip a call.
  private collectX86(rules: readonly NumberedRule[], names: readonly string[]): void {
    const x64 = findArchitecture("SCMP_ARCH_X86_64");
    const x32 = findArchitecture("SCMP_ARCH_X32");
    if (x64 !== undefined && names.includes("SCMP_ARCH_X86_64")) this.collect(x64, rules, X32_BIT - 1);
    else this.range(0, KILL_THREAD);
    if (x32 !== undefined && names.includes("SCMP_ARCH_X32")) this.collect(x32, rules, LAST_NUMBER);
    else {
      this.range(X32_BIT, KILL_THREAD);
      this.range(LAST_NUMBER, this.profile.defaultAction);
    }
  }

  private collect(architecture: Architecture, rules: readonly NumberedRule[], last: number): void {
    const { offset, table } = architecture;
    const calls = new Calls(architecture);
    calls.addAll(rules);
    const { defaultAction } = this.profile;
    for (const [number, alternatives] of calls.alternatives)
      this.conditional.set(number + offset, { alternatives, is64: architecture.is64 });
    const answersNewer = calls.newest >= 0 && !isPermissive(defaultAction);
    // On s390 a call that the kernel does not know arrives as number 0, which is nothing else any more.
    if (table.startsWith("S390") && answersNewer) calls.add(0, [], ERRNO + ENOSYS);
    if (offset !== X32_BIT) this.range(0, defaultAction);
    this.list(calls.actions, offset);
    const next = offset + calls.newest + 1;
    if (answersNewer && next <= last) this.range(next, ERRNO + ENOSYS);
    if (table !== "ARM") return;
    this.range(ARM_PRIVATE_BASE, defaultAction);
    this.list(calls.privates, ARM_PRIVATE_BASE);
  }

  private list(actions: Numbers, offset: number): void {
    const { defaultAction } = this.profile;
    let last = CONDITIONAL;
    for (let i = 0; i < actions.length; i++) {
      const action = actionAt(actions, i);
      if (action !== last || action === CONDITIONAL)
        this.range(offset + i, action === NO_RULE ? defaultAction : action);
      last = action;
    }
    this.range(offset + actions.length, defaultAction);
  }

  private range(start: number, action: number): void {
    const { starts, actions } = this;
    // A range that begins where the last one did replaces it.
    if (starts.length > 0 && starts.last() === start) {
      starts.pop();
      actions.pop();
    }
    if (starts.length > 0 && action >= 0 && actions.last() === action) return;
    starts.push(start);
    actions.push(action);
  }

  /** Writes the search among the ranges from `first` to `last`; returns its beginning. */
  private search(first: number, last: number): Label {
    if (first === last) return this.leaf(first);
    const middle = Math.floor((first + last + 1) / 2);
    const upper = this.search(middle, last);
    const lower = this.search(first, middle - 1);
    return this.program.jump(JGE, this.starts.at(middle), upper, lower);
  }

  private leaf(range: number): Label {
    const action = this.actions.at(range);
    if (action >= 0) return this.program.ret(action);
    let otherwise = this.program.ret(this.profile.defaultAction);
    const conditional = this.conditional.get(this.starts.at(range));
    if (conditional === undefined) return otherwise;
    const { alternatives, is64 } = conditional;
    for (let i = alternatives.length - 1; i >= 0; i--) otherwise = this.alternative(alternatives[i], otherwise, is64);
    return otherwise;
  }

  private alternative(alternative: Alternative | undefined, otherwise: Label, is64: boolean): Label {
    if (alternative === undefined) return otherwise;
    const { action, conditions } = alternative;
    let next = this.program.ret(action);
    for (let i = conditions.length - 1; i >= 0; i--) {
      const condition = conditions[i];
      if (condition !== undefined) next = this.condition(condition, { yes: next, no: otherwise, is64 });
    }
    return next;
  }

  private condition(condition: Condition, to: Outcomes): Label {
    const { yes, no, is64 } = to;
    switch (condition.operator) {
      case "SCMP_CMP_EQ":
        return this.equal(condition, to);
      case "SCMP_CMP_NE":
        return this.equal(condition, { yes: no, no: yes, is64 });
      case "SCMP_CMP_GT":
        return this.above(JGT, condition, to);
      case "SCMP_CMP_GE":
        return this.above(JGE, condition, to);
      case "SCMP_CMP_LT":
        return this.above(JGE, condition, { yes: no, no: yes, is64 });
      default:
        return this.above(JGT, condition, { yes: no, no: yes, is64 });
    }
  }

  private equal({ index, high, low, maskHigh, maskLow }: Condition, { yes, no, is64 }: Outcomes): Label {
    let next = yes;
    if (maskLow !== 0) {
      this.program.jump(JEQ, low, yes, no);
      next = this.half(index, true, maskLow);
    }
    if (maskHigh === 0 || !is64) return next;
    this.program.jump(JEQ, high, next, no);
    return this.half(index, false, maskHigh);
  }

  private above(code: number, { index, high, low }: Condition, { yes, no, is64 }: Outcomes): Label {
    this.program.jump(code, low, yes, no);
    const lower = this.half(index, true, LAST_NUMBER);
    if (!is64) return lower;
    const same = this.program.jump(JEQ, high, lower, no);
    this.program.jump(JGT, high, yes, same);
    return this.half(index, false, LAST_NUMBER);
  }

  // Loads half of an argument for the comparison that was written last.
  private half(index: number, isLow: boolean, mask: number): Label {
    if (mask !== LAST_NUMBER) this.program.and(mask);
    return this.program.load(OFFSET_ARGUMENTS + index * 8 + (isLow === this.lowFirst ? 0 : 4));
  }
}

interface Conditional {
  readonly alternatives: readonly Alternative[];
  /** Arguments are compared with all their 64 bits. */
  readonly is64: boolean;
}

interface Outcomes {
  readonly yes: Label;
  readonly no: Label;
  readonly is64: boolean;
}

const X86_64_AUDIT = 0xc000003e;

// A tracer answers for calls to come itself.
function isPermissive(action: number): boolean {
  return action === ALLOW || action === LOG || Math.floor(action / 0x10000) * 0x10000 === TRACE;
}
