/**
 * For tests: runs a program of the kernel's classic packet filter as the kernel would.
 * @module
 */

/** What a filter sees of a call. Arguments have 64 bits. */
export interface Call {
  readonly audit: number;
  readonly number: number;
  readonly args: readonly bigint[];
}

/** What the program answers. Throws where the kernel would not have taken the program. */
export function runFilter(program: Uint8Array, call: Call): number {
  const view = new DataView(program.buffer, program.byteOffset, program.length);
  const little = (call.audit & 0x40000000) !== 0;
  const data = dataOf(call, little);
  let kept = 0;
  for (let at = 0; ; at++) {
    if (at * 8 >= program.length) throw new Error("the program runs over its end");
    const code = view.getUint16(at * 8, true);
    const operand = view.getUint32(at * 8 + 4, true);
    const jump = (yes: boolean): number => view.getUint8(at * 8 + (yes ? 2 : 3));
    if (code === 0x06) return operand;
    if (code === 0x20) kept = load(data, operand, little);
    else if (code === 0x54) kept = (kept & operand) >>> 0;
    else if (code === 0x05) at += operand;
    else if (code === 0x15) at += jump(kept === operand);
    else if (code === 0x25) at += jump(kept > operand);
    else if (code === 0x35) at += jump(kept >= operand);
    else if (code === 0x45) at += jump((kept & operand) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
}

function load(data: DataView, offset: number, little: boolean): number {
  if (offset % 4 !== 0 || offset + 4 > data.byteLength) throw new Error(`a load from ${offset}`);
  return data.getUint32(offset, little);
}

function dataOf({ audit, number, args }: Call, little: boolean): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, little);
  data.setUint32(4, audit, little);
  for (let i = 0; i < 6; i++) data.setBigUint64(16 + i * 8, BigInt.asUintN(64, args[i] ?? 0n), little);
  return data;
}
