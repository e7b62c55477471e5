/**
 * The Retry-After header of HTTP.
 * @module
 */

/**
 * Reads the value of a Retry-After header, a number of seconds or a date in one of the three forms of HTTP, as
 * milliseconds to wait from `nowMs` on: at least 0, and undefined if it is neither.
 * @param nowMs The time of the answer in milliseconds since 1970.
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (text === "") return undefined;
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) * 1000;
  const atMs = parseHttpDate(text, nowMs);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = "(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9]):(?<second>[0-5][0-9]|60)";
const MONTH = `(?<month>${MONTHS.join("|")})`;

// As the RFC calls them: IMF-fixdate, rfc850-date, asctime-date. The name of the day is not looked at.
const FORMS = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`, "u"),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT$`, "u"),
  new RegExp(`^[A-Z][a-z]{2} ${MONTH} (?<day>[ 0-9][0-9]) ${TIME} (?<year>[0-9]{4})$`, "u"),
];

/** Milliseconds since 1970 of a date as RFC 9110 section 5.6.7 has it, undefined if `text` is none. */
function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const fields = form.exec(text)?.groups;
    if (fields !== undefined) return toMs(fields, nowMs);
  }
  return undefined;
}

function toMs(fields: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const { day = "", month = "", year = "", hour = "", minute = "", second = "" } = fields;
  const fullYear = year.length === 4 ? Number(year) : nearestYear(Number(year), nowMs);
  const monthIndex = MONTHS.indexOf(month);
  const date = new Date(Date.UTC(fullYear, monthIndex, Number(day), Number(hour), Number(minute), Number(second)));
  const exists = Number(day) > 0 && Number(day) <= new Date(Date.UTC(fullYear, monthIndex + 1, 0)).getUTCDate();
  return exists ? date.getTime() : undefined;
}

/** A year of two digits that seems more than 50 years ahead is the latest past one with these digits. */
function nearestYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}
