/**
 * What a profile says about the calls of one machine interface, by their numbers. Pure.
 *
 * Where rules overlap the outcome is that of libseccomp, which profiles were written for: the first rule without
 * conditions decides about a call and makes those with conditions void; without one, the first that fits decides.
 * @module
 */
import { ARM_PRIVATE_BASE, type Architecture, type InnerCall, innerCalls, numberAt, tableOf } from "./architectures.ts";
import { Numbers } from "./numbers.ts";
import type { Condition, Profile, Rule } from "./profile.ts";
import { SYSCALL_NAMES } from "./syscall-numbers.ts";

/** What happens to a call under conditions. */
export interface Alternative {
  readonly conditions: readonly Condition[];
  readonly action: number;
}

/** No rule is about the call … */
export const NO_RULE = -2;
/** … or all have conditions. Every action is at least 0. */
export const CONDITIONAL = -1;

/** A rule with its names looked up. */
export interface NumberedRule {
  readonly rule: Rule;
  /** Places in the tables of numbers. */
  readonly places: readonly number[];
  /** Those of its calls that some interfaces have inside others. */
  readonly inner: readonly InnerCall[];
  /** The default action does the same: the rule only tells which calls the profile knows. */
  readonly idle: boolean;
}

/** Looks up the names of a profile; those that no machine has are passed over. */
export function numberRules(profile: Profile): NumberedRule[] {
  const names = SYSCALL_NAMES.split(" ");
  const places = new Map<string, number>();
  for (let i = 0; i < names.length; i++) places.set(names[i] ?? "", i);
  const inners = new Map<number, InnerCall>();
  for (const [name, call] of innerCalls()) inners.set(places.get(name) ?? -1, call);
  const rules: NumberedRule[] = [];
  for (const rule of profile.rules) {
    const found: number[] = [];
    const inner: InnerCall[] = [];
    for (const name of rule.names) {
      const place = places.get(name);
      if (place === undefined) continue;
      found.push(place);
      const call = inners.get(place);
      if (call !== undefined) inner.push(call);
    }
    rules.push({ rule, places: found, inner, idle: rule.action === profile.defaultAction });
  }
  return rules;
}

/** The calls of one interface that a profile judges. */
export class Calls {
  /** What happens to each number, without the offset of the interface; to be read with {@link actionAt}. */
  readonly actions: Numbers = new Numbers();
  /** The same for ARM's own calls, by their distance from the first. */
  readonly privates: Numbers = new Numbers();
  /** Of the conditional ones, by number: what happens under which conditions, the first that hold deciding. */
  readonly alternatives: Map<number, Alternative[]> = new Map<number, Alternative[]>();
  /** The greatest number that the profile names; -1 for none. Those of ARM alone do not count. */
  newest = -1;
  private readonly is64: boolean;
  private readonly table: string;
  private readonly multiplexes: boolean;

  constructor(architecture: Architecture) {
    this.is64 = architecture.is64;
    this.multiplexes = architecture.multiplexes;
    this.table = tableOf(architecture);
  }

  addAll(rules: readonly NumberedRule[]): void {
    for (const { rule, places, inner, idle } of rules) {
      const conditions = this.simplify(rule.conditions);
      for (const place of places) {
        const number = numberAt(this.table, place);
        if (number < 0) continue;
        if (number < ARM_PRIVATE_BASE && number > this.newest) this.newest = number;
        if (!idle) this.add(number, conditions, rule.action);
      }
      if (this.multiplexes && !idle) for (const call of inner) this.addInner(call, conditions, rule.action);
    }
  }

  /** Adds a rule about one number. */
  add(number: number, conditions: readonly Condition[], action: number): void {
    const list = number < ARM_PRIVATE_BASE ? this.actions : this.privates;
    const at = number < ARM_PRIVATE_BASE ? number : number - ARM_PRIVATE_BASE;
    list.reach(at + 1);
    if (actionAt(list, at) >= 0) return;
    list.put(at, (conditions.length === 0 ? action : CONDITIONAL) - NO_RULE);
    if (conditions.length === 0) return;
    const alternatives = this.alternatives.get(number);
    if (alternatives === undefined) this.alternatives.set(number, [{ conditions, action }]);
    else alternatives.push({ conditions, action });
  }

  // The arguments of an inner call are in memory, where no filter can look: only which call it is can be judged.
  // Conditions on later arguments stay, as in libseccomp, though they then see the pointer to the real ones.
  private addInner({ outer, first }: InnerCall, conditions: readonly Condition[], action: number): void {
    const later = conditions.filter((condition) => condition.index > 0);
    this.add(outer, [isNumber(first)].concat(later), action);
    this.newest = Math.max(this.newest, outer);
  }

  // Conditions that are always true here are none.
  private simplify(conditions: readonly Condition[]): readonly Condition[] {
    if (conditions.length === 0) return conditions;
    return conditions.filter(({ maskHigh, maskLow }) => maskLow !== 0 || (this.is64 && maskHigh !== 0));
  }
}

/** What happens to a call: an action, {@link NO_RULE} or {@link CONDITIONAL}. The list has it above NO_RULE, so that 0 is none. */
export function actionAt(list: Numbers, index: number): number {
  return list.at(index) + NO_RULE;
}

function isNumber(low: number): Condition {
  return { index: 0, operator: "SCMP_CMP_EQ", high: 0, low, maskHigh: 0xffffffff, maskLow: 0xffffffff };
}
