/**
 * CRC-64 with the polynomial of ISO 3309, as tar-split notes it of files.
 * @module
 */

// The reversed polynomial is 0xd8000000_00000000. Numbers of 64 bits are kept as two of 32.
const POLYNOMIAL_HIGH = 0xd8000000;
const [HIGH, LOW] = table();

function table(): [Uint32Array, Uint32Array] {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (l & 1) === 1;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (isOdd) h = (h ^ POLYNOMIAL_HIGH) >>> 0;
    }
    high[byte] = h;
    low[byte] = l;
  }
  return [high, low];
}

/** Takes bytes in piece by piece and says their sum. */
export class Crc64 {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(bytes: Uint8Array): void {
    let [high, low] = [this.#high, this.#low];
    for (const byte of bytes) {
      const at = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[at] ?? 0);
      high = (high >>> 8) ^ (HIGH[at] ?? 0);
    }
    this.#high = high;
    this.#low = low;
  }

  /** The sum of all bytes so far: eight bytes, the highest first. */
  digest(): Buffer {
    const sum = Buffer.alloc(8);
    sum.writeUInt32BE(~this.#high >>> 0, 0);
    sum.writeUInt32BE(~this.#low >>> 0, 4);
    return sum;
  }
}
