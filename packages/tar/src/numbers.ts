/**
 * Numbers as tar writes them: octal digits, base 256, and the decimal digits of PAX records. Readers give NaN for what
 * is no number and ±Infinity for what a JavaScript number cannot hold exactly; callers know the field and refuse it.
 * @module
 */

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;
const NINE = 0x39;
const POINT = 0x2e;
const MINUS = 0x2d;
const BASE_256 = 0x80;
const BASE_256_NEGATIVE = 0x40;

/** Reads a numeric field of a header: octal, or base 256 (GNU, star), which may be negative. */
export function readNumber(bytes: Uint8Array, start: number, end: number): number {
  return ((bytes[start] ?? 0) & BASE_256) === 0 ? readOctal(bytes, start, end) : readBase256(bytes, start, end);
}

/** Octal digits, with spaces before them and spaces or a NUL after them. Empty is zero. */
function readOctal(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === SPACE) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > SEVEN) return isFieldEnd(bytes, at, end, start) ? value : Number.NaN;
    value = value * 8 + (byte - ZERO);
  }
  return value;
}

// A NUL before the first digit is read as zero by some programs and skipped by others, so digits may not follow it.
function isFieldEnd(bytes: Uint8Array, from: number, end: number, start: number): boolean {
  let at = from;
  while (at < end && bytes[at] === SPACE) at += 1;
  if (at < end && bytes[at] !== 0) return false;
  if (at !== start) return true;
  while (at < end && bytes[at] === 0) at += 1;
  return at === end;
}

function readBase256(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] ?? 0;
  const negative = (first & BASE_256_NEGATIVE) !== 0;
  const flip = negative ? 0xff : 0;
  let value = (first ^ flip) & 0x3f;
  for (let at = start + 1; at < end; at += 1) value = value * 256 + ((bytes[at] ?? 0) ^ flip);
  if (value > Number.MAX_SAFE_INTEGER) return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return negative ? -value - 1 : value;
}

/** Reads decimal digits and nothing else. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return Number.NaN;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value;
}

/** A point in time: whole seconds since 1970-01-01T00:00:00Z, rounded down, and 0 to 999,999,999 nanoseconds more. */
export interface TarTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * Reads the time of a PAX record: decimal seconds, maybe negative, maybe with a fraction, of which nine digits count.
 * `seconds` is NaN or infinite where {@link readDecimal} would be.
 */
export function readTime(bytes: Uint8Array, start: number, end: number): TarTime {
  const negative = bytes[start] === MINUS;
  let point = start;
  while (point < end && bytes[point] !== POINT) point += 1;
  const seconds = readDecimal(bytes, negative ? start + 1 : start, point);
  const nanoseconds = readFraction(bytes, point + 1, end);
  if (!Number.isFinite(seconds) || Number.isNaN(nanoseconds)) return { seconds: seconds + nanoseconds, nanoseconds: 0 };
  if (!negative) return { seconds, nanoseconds };
  if (nanoseconds === 0) return { seconds: seconds === 0 ? 0 : -seconds, nanoseconds };
  return { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function readFraction(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let scale = 100_000_000;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return Number.NaN;
    value += (byte - ZERO) * scale;
    scale = scale > 1 ? scale / 10 : 0;
  }
  return value;
}

/** Writes a time as a PAX record holds it, the shortest way. */
export function formatTime(time: TarTime): string {
  if (time.nanoseconds === 0) return String(time.seconds);
  const negative = time.seconds < 0;
  const seconds = negative ? -time.seconds - 1 : time.seconds;
  const nanoseconds = negative ? 1_000_000_000 - time.nanoseconds : time.nanoseconds;
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  return `${negative ? "-" : ""}${seconds}.${fraction}`;
}
