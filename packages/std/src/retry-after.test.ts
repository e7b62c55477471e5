import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRetryAfter } from "@teu/std/retry-after";

const NOW = Date.UTC(1994, 10, 6, 8, 49, 0);

test("parseRetryAfter() reads seconds", () => {
  assert.equal(parseRetryAfter("0", NOW), 0);
  assert.equal(parseRetryAfter(" 120 ", NOW), 120_000);
});

test("parseRetryAfter() reads the three forms of a date", () => {
  const dates = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
  for (const date of dates) assert.equal(parseRetryAfter(date, NOW), 37_000, date);
});

test("parseRetryAfter() gives zero for a date that has passed", () => {
  assert.equal(parseRetryAfter("Sun, 06 Nov 1994 08:48:59 GMT", NOW), 0);
});

test("parseRetryAfter() takes a year of two digits for the nearest one, at most 50 years ahead", () => {
  const wait = (year: string): number | undefined => parseRetryAfter(`Sunday, 06-Nov-${year} 08:49:00 GMT`, NOW);
  assert.equal(wait("93"), 0);
  assert.equal(wait("44"), 0);
  assert.equal(wait("95"), 365 * 86_400_000);
  const in2090 = Date.UTC(2090, 0, 1);
  assert.equal(parseRetryAfter("Sunday, 02-Jan-90 00:00:00 GMT", in2090), 86_400_000);
});

test("parseRetryAfter() reads days at the ends of months, and a leap second", () => {
  assert.equal(parseRetryAfter("Thu, 29 Feb 1996 00:00:00 GMT", Date.UTC(1996, 1, 28)), 86_400_000);
  assert.equal(parseRetryAfter("Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2016, 11, 31, 23, 59, 59)), 1000);
});

test("parseRetryAfter() gives undefined for anything else", () => {
  const others = [
    "",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "12345678901",
    "soon",
    "1994-11-06T08:49:37Z",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Thu, 29 Feb 1995 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "120, 240",
  ];
  for (const value of others) assert.equal(parseRetryAfter(value, NOW), undefined, value);
});
