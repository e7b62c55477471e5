/**
 * Memory for large pieces of streams, used again where a reader says that it is done. Fresh memory costs the kernel and the
 * garbage collector more than moving bytes through it does.
 *
 * A chunk belongs to its reader, who may keep it and need not say anything: its memory is then collected as any other.
 * Only a reader that keeps no part of a chunk, and has seen every write of it end, may give it back.
 * @module
 */

interface Slab {
  /** How many of its bytes were given back. */
  returned: number;
  /** How many were handed out, once there will be no more. */
  total: number | undefined;
  /** Whether it is not from here. */
  readonly isForeign: boolean;
}

const MAX_FREE_BYTES = 16 * 1024 * 1024;

const issued = new WeakMap<ArrayBufferLike, Slab>();
const free = new Map<number, ArrayBuffer[]>();
let freeBytes = 0;

/** Memory of `bytes`, with anything in it. */
export function takeSlab(bytes: number): Uint8Array<ArrayBuffer> {
  const buffer = free.get(bytes)?.pop();
  if (buffer !== undefined) freeBytes -= bytes;
  const slab = buffer === undefined ? fresh(bytes) : new Uint8Array(buffer);
  issued.set(slab.buffer, { returned: 0, total: undefined, isForeign: false });
  return slab;
}

/**
 * Takes on the whole memory of `slab`, which somebody else made and hands out in chunks: once all of them are back it is
 * freed at once, and does not wait for the garbage collector. Taken on twice, it counts once.
 */
export function adoptSlab(slab: Uint8Array): void {
  if (!issued.has(slab.buffer)) issued.set(slab.buffer, { returned: 0, total: undefined, isForeign: true });
}

function fresh(bytes: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(bytes);
  return new Uint8Array(buffer);
}

/** Says that of `slab` so many bytes were handed out in chunks that do not overlap, and that there will be no more. */
export function endSlab(slab: Uint8Array, handedOut: number): void {
  const entry = issued.get(slab.buffer);
  if (entry === undefined) return;
  entry.total = handedOut;
  recycle(slab.buffer, entry);
}

/** Gives a chunk back, each once. One whose memory is not from here is left to the garbage collector. */
export function giveBack(chunk: Uint8Array): void {
  const entry = issued.get(chunk.buffer);
  if (entry === undefined) return;
  entry.returned += chunk.length;
  recycle(chunk.buffer, entry);
}

function recycle(buffer: ArrayBufferLike, { returned, total, isForeign }: Slab): void {
  if (returned !== total || !(buffer instanceof ArrayBuffer)) return;
  issued.delete(buffer);
  // What made it does not take it back. Moving nothing out of it frees it.
  if (isForeign) return void buffer.transfer(0);
  if (freeBytes + buffer.byteLength > MAX_FREE_BYTES) return;
  freeBytes += buffer.byteLength;
  const list = free.get(buffer.byteLength) ?? [];
  list.push(buffer);
  free.set(buffer.byteLength, list);
}
