/**
 * Programs of the kernel's classic packet filter, written from their end to their beginning, so that the place a jump
 * leads to is always known. Pure.
 * https://www.kernel.org/doc/html/latest/networking/filter.html
 * @module
 */

import { Numbers } from "./numbers.ts";

/** Compares and jumps. */
export const JEQ = 0x15;
export const JGT = 0x25;
export const JGE = 0x35;

const JA = 0x05;
const LOAD = 0x20;
const AND = 0x54;
const RETURN = 0x06;

/** What a program may have at most: the kernel takes no more. */
export const MAX_INSTRUCTIONS = 4096;

const MAX_JUMP = 255;
// A jump may be put off by two others, written before it for its targets.
const SAFE_JUMP = MAX_JUMP - 2;

/** A place in a program: how many instructions are from there to the end. */
export type Label = number;

/** A program that grows at its beginning. */
export class Program {
  /** Code, distance where true and where false, in one number each; the last instruction first. */
  private readonly heads: Numbers = new Numbers();
  private readonly operands: Numbers = new Numbers();
  /** The few values that are returned, each with the place where that was done last. */
  private readonly values: Numbers = new Numbers();
  private readonly places: Numbers = new Numbers();

  /** How many instructions there are. */
  get length(): number {
    return this.heads.length;
  }

  /** Gives `value` to the kernel; returns where that is done, near enough for the next jump. */
  ret(value: number): Label {
    const at = this.placeOf(value);
    if (at < this.places.length && this.heads.length - this.places.at(at) < SAFE_JUMP) return this.places.at(at);
    const label = this.put(RETURN, value);
    if (at < this.places.length) this.places.put(at, label);
    else {
      this.values.push(value);
      this.places.push(label);
    }
    return label;
  }

  /** Loads 32 bits of what is judged; what follows is the instruction written last. */
  load(offset: number): Label {
    return this.put(LOAD, offset);
  }

  /** Keeps some bits of what is loaded. */
  and(mask: number): Label {
    return this.put(AND, mask);
  }

  /** Compares what is loaded with `operand`. */
  // oxlint-disable-next-line max-params -- the parts of one instruction
  jump(code: number, operand: number, yes: Label, no: Label): Label {
    const nearNo = this.near(no);
    const nearYes = this.near(yes);
    const length = this.heads.length;
    const head = code + (length - nearYes) * 0x10000 + (length - nearNo) * 0x1000000;
    return this.put(head, operand);
  }

  /** The program as a list of struct sock_filter. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length * 8);
    const view = new DataView(bytes.buffer);
    const last = this.length - 1;
    for (let i = 0; i <= last; i++) {
      view.setUint32((last - i) * 8, this.heads.at(i), true);
      view.setUint32((last - i) * 8 + 4, this.operands.at(i), true);
    }
    return bytes;
  }

  // What is too far away is returned again, or reached by a jump of its own.
  private near(label: Label): Label {
    const distance = this.heads.length - label;
    if (distance < SAFE_JUMP) return label;
    return this.heads.at(label - 1) === RETURN ? this.ret(this.operands.at(label - 1)) : this.put(JA, distance);
  }

  private placeOf(value: number): number {
    let at = 0;
    while (at < this.values.length && this.values.at(at) !== value) at++;
    return at;
  }

  private put(head: number, operand: number): Label {
    this.heads.push(head);
    this.operands.push(operand);
    return this.heads.length;
  }
}
