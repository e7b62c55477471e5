/**
 * Dates and times as RFC 3339 writes them, checked without losing digits of the second.
 * @module
 */

/**
 * Tells whether `text` is a date and time with its offset, such as `2015-10-31T22:22:56.015925234Z`.
 * @see {@link https://datatracker.ietf.org/doc/html/rfc3339#section-5.6}
 */
export function isRfc3339(text: string): boolean {
  const match = DATE_TIME.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

// A second of 60 is a leap second. The letters may be in lower case.
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
