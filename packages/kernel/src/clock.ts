/**
 * Time.
 * @module
 */

/** Microseconds since 1970. */
export function nowMicroseconds(): number {
  return sys_clock(0);
}

/** Milliseconds of a clock that never jumps. */
export function monotonicMs(): number {
  return sys_clock(1) / 1000;
}

/** Waits that many milliseconds. */
export function sleepMs(ms: number): void {
  sys_sleep(ms);
}

/** Such as `2026-01-31T12:00:00.123456Z`, from microseconds since 1970. */
export function rfc3339(microseconds: number): string {
  const seconds = new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${String(Math.floor(microseconds) % 1_000_000).padStart(6, "0")}Z`;
}
