/**
 * Numbers in the byte arrays that pass between the program and the kernel, in the byte order of the machine (little).
 * @module
 */

/** An array for `count` numbers of 32 bits. */
export function words32(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i] ?? 0, true);
  return bytes;
}

/** The signed 32-bit number at `index`. */
export function int32At(bytes: Uint8Array, index: number): number {
  return new DataView(bytes.buffer).getInt32(index * 4, true);
}

/** The double at `index`. */
export function doubleAt(bytes: Uint8Array, index: number): number {
  return new DataView(bytes.buffer).getFloat64(index * 8, true);
}
