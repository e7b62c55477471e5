/**
 * Points in time to the nanosecond, as RFC 3339 texts and as SOURCE_DATE_EPOCH has them. A `Date` holds milliseconds only.
 * @module
 */
import { TeuError } from "./error.ts";
import type { StdErrorCode } from "./errors.ts";

/** A point in time. */
export interface Timestamp {
  /** Whole seconds since 1970-01-01T00:00:00Z, rounded down, leap seconds not counted. */
  readonly seconds: number;
  /** What comes on top, from 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/** The time `ms` milliseconds after 1970, as `Date.now()` counts; fractions are kept to the nanosecond. */
export function fromMilliseconds(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1000) * 1e6) };
}

/** Below zero if `a` is earlier than `b`, above zero if it is later, zero if they are the same time. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
}

const RFC3339 =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d+))?(?:[Zz]|(?<sign>[+-])(?<offsetHour>\d\d):(?<offsetMinute>\d\d))$/u;

/**
 * Reads a date and time. Digits beyond nanoseconds are dropped. A leap second, which can stand only at the end of a month
 * in UTC, is the same time as the second after it.
 * @throws TeuError `ERR_TIME_INVALID` if `text` is not a `date-time` of RFC 3339.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseRfc3339(text: string): Timestamp {
  const fields = RFC3339.exec(text)?.groups;
  if (fields === undefined) throw invalidTime(text, "not in the form of RFC 3339");
  const { sign, fraction = "" } = fields;
  const number = (name: string): number => Number(fields[name] ?? "0");

  const days = daysSince1970(number("year"), number("month"), number("day"));
  if (days === undefined) throw invalidTime(text, "no such day");
  const [hour, minute, second] = [number("hour"), number("minute"), number("second")];
  if (hour > 23 || minute > 59 || second > 60) throw invalidTime(text, "no such time of day");
  if (number("offsetHour") > 23 || number("offsetMinute") > 59) throw invalidTime(text, "no such offset");

  const offset = (number("offsetHour") * 60 + number("offsetMinute")) * (sign === "-" ? -60 : 60);
  const seconds = days * DAY + hour * 3600 + minute * 60 + second - offset;
  if (second === 60 && !startsMonth(seconds)) throw invalidTime(text, "no leap second there");
  return { seconds, nanoseconds: Number(fraction.slice(0, 9).padEnd(9, "0")) };
}

const DAY = 86_400;

function daysSince1970(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  // Not Date.UTC(), which takes the year 50 for 1950.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / (DAY * 1000) : undefined;
}

function startsMonth(seconds: number): boolean {
  return seconds % DAY === 0 && new Date(seconds * 1000).getUTCDate() === 1;
}

function invalidTime(text: string, problem: string): TeuError<StdErrorCode> {
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  return new TeuError("ERR_TIME_INVALID", `Reading time ${shown}: ${problem}, expected such as ${EXAMPLE}`);
}

const EXAMPLE = "2026-01-31T23:59:59.5Z";
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

/**
 * Writes `time` in UTC, with as many digits of a fraction as it needs.
 * @throws RangeError outside the years 0000 to 9999.
 */
export function formatRfc3339(time: Timestamp): string {
  const { seconds, nanoseconds } = time;
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) {
    throw new RangeError(`seconds: ${seconds}, expected from ${FIRST_SECOND} to ${LAST_SECOND}`);
  }
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/u, "");
  const whole = new Date(seconds * 1000).toISOString().slice(0, "2026-01-31T23:59:59".length);
  return fraction === "" ? `${whole}Z` : `${whole}.${fraction}Z`;
}

/**
 * The time that builds are to write instead of the present, undefined where the variable is not set.
 * @param environment Default: that of the process.
 * @throws TeuError `ERR_SOURCE_DATE_EPOCH` if it is set to anything else than whole seconds since 1970 up to the year 9999.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function sourceDateEpoch(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Timestamp | undefined {
  const value = environment["SOURCE_DATE_EPOCH"];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (/^[0-9]{1,12}$/.test(value) && seconds <= LAST_SECOND) return { seconds, nanoseconds: 0 };
  const message = `Reading SOURCE_DATE_EPOCH: ${JSON.stringify(value.slice(0, 40))}, expected whole seconds since 1970, at most ${LAST_SECOND}`;
  throw new TeuError<StdErrorCode>("ERR_SOURCE_DATE_EPOCH", message, {
    hint: "set it to the output of date +%s or git log -1 --format=%ct, or unset it",
  });
}
