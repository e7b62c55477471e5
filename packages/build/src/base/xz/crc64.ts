/**
 * The CRC-64 that xz files carry, of ECMA-182, reflected. Halves of 32 bits, because numbers have no 64.
 * @module
 */
const POLYNOMIAL_LOW = 0xd7870f42 | 0;
const POLYNOMIAL_HIGH = 0xc96c5795 | 0;

const { low: LOW, high: HIGH } = makeTables();

function makeTables(): { readonly low: Int32Array; readonly high: Int32Array } {
  const tables = { low: new Int32Array(256), high: new Int32Array(256) };
  for (let byte = 0; byte < 256; byte += 1) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (low & 1) === 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (!isOdd) continue;
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
    tables.low[byte] = low;
    tables.high[byte] = high;
  }
  return tables;
}

/** The checksum of `bytes`. */
export function crc64(bytes: Uint8Array): bigint {
  let low = -1;
  let high = -1;
  for (let at = 0; at < bytes.length; at += 1) {
    const index = (low ^ (bytes[at] ?? 0)) & 0xff;
    const carried = (low >>> 8) | (high << 24);
    high = (high >>> 8) ^ (HIGH[index] ?? 0);
    low = carried ^ (LOW[index] ?? 0);
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}
