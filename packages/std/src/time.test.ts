import assert from "node:assert/strict";
import { test } from "node:test";
import { compareTimestamps, formatRfc3339, fromMilliseconds, parseRfc3339, sourceDateEpoch } from "@teu/std/time";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";

const secondsOf = (text: string): number => parseRfc3339(text).seconds;

test("parseRfc3339() reads dates and times", () => {
  assert.deepEqual(parseRfc3339("1970-01-01T00:00:00Z"), { seconds: 0, nanoseconds: 0 });
  assert.deepEqual(parseRfc3339("2015-10-31T22:22:56.015925234Z"), { seconds: 1446330176, nanoseconds: 15925234 });
  assert.deepEqual(parseRfc3339("1985-04-12T23:20:50.52Z"), { seconds: 482196050, nanoseconds: 520000000 });
  assert.deepEqual(parseRfc3339("1969-12-31T23:59:59.999999999z"), { seconds: -1, nanoseconds: 999999999 });
  assert.equal(secondsOf("2026-11-22t00:00:00z"), Date.UTC(2026, 10, 22) / 1000);
  assert.equal(secondsOf("0000-01-01T00:00:00Z"), -62167219200);
  assert.equal(secondsOf("0050-01-01T00:00:00Z"), -60589296000);
  assert.equal(secondsOf("9999-12-31T23:59:59Z"), 253402300799);
});

test("parseRfc3339() applies offsets", () => {
  assert.equal(secondsOf("1996-12-19T16:39:57-08:00"), secondsOf("1996-12-20T00:39:57Z"));
  assert.equal(secondsOf("1937-01-01T12:00:27.87+00:20"), secondsOf("1937-01-01T11:40:27Z"));
  assert.equal(secondsOf("2026-01-01T00:00:00-00:00"), secondsOf("2026-01-01T00:00:00+00:00"));
  assert.equal(secondsOf("2026-01-01T00:00:00+23:59"), secondsOf("2025-12-31T00:01:00Z"));
});

test("parseRfc3339() keeps nanoseconds exact and drops what is finer", () => {
  assert.equal(parseRfc3339("2026-01-01T00:00:00.1Z").nanoseconds, 100000000);
  assert.equal(parseRfc3339("2026-01-01T00:00:00.000000001Z").nanoseconds, 1);
  assert.equal(parseRfc3339("2026-01-01T00:00:00.9999999999999Z").nanoseconds, 999999999);
  assert.equal(parseRfc3339(`2026-01-01T00:00:00.${"0".repeat(100_000)}Z`).nanoseconds, 0);
});

test("parseRfc3339() takes a leap second for the second after it", () => {
  assert.equal(secondsOf("1990-12-31T23:59:60Z"), secondsOf("1991-01-01T00:00:00Z"));
  assert.equal(secondsOf("1990-12-31T15:59:60-08:00"), secondsOf("1991-01-01T00:00:00Z"));
  assert.deepEqual(parseRfc3339("2015-06-30T23:59:60.25Z"), { seconds: 1435708800, nanoseconds: 250000000 });
  for (const text of ["2015-06-29T23:59:60Z", "2015-06-30T22:59:60Z", "2015-06-30T23:59:60+01:00"]) {
    assert.match(assertCode(() => parseRfc3339(text), "ERR_TIME_INVALID").message, /no leap second there/);
  }
});

test("parseRfc3339() knows how many days each month has", () => {
  const last = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  for (const [index, days] of last.entries()) {
    const month = String(index + 1).padStart(2, "0");
    parseRfc3339(`2026-${month}-${days}T00:00:00Z`);
    assertCode(() => parseRfc3339(`2026-${month}-${days + 1}T00:00:00Z`), "ERR_TIME_INVALID");
  }
  for (const year of ["2000", "2024", "0000"]) parseRfc3339(`${year}-02-29T00:00:00Z`);
  for (const year of ["1900", "2023", "2100"]) {
    assertCode(() => parseRfc3339(`${year}-02-29T00:00:00Z`), "ERR_TIME_INVALID");
  }
});

test("parseRfc3339() refuses everything else", () => {
  const day = "2026-01-01";
  const texts = [
    "",
    day,
    "00:00:00Z",
    `${day}T00:00:00`,
    `${day} 00:00:00Z`,
    `${day}T00:00Z`,
    `${day}T00:00:00.Z`,
    `${day}T00:00:00,5Z`,
    `${day}T00:00:00+0100`,
    `${day}T00:00:00+01`,
    `${day}T00:00:00+1:00`,
    `${day}T00:00:00+24:00`,
    `${day}T00:00:00+00:60`,
    `${day}T00:00:00\u221200:00`,
    `${day}T24:00:00Z`,
    `${day}T00:60:00Z`,
    `${day}T00:00:61Z`,
    `${day}T0:00:00Z`,
    `${day}T00:00:00Z\n`,
    ` ${day}T00:00:00Z`,
    `${day}T00:00:00Z+01:00`,
    "2026-00-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-1-1T00:00:00Z",
    "26-01-01T00:00:00Z",
    "+2026-01-01T00:00:00Z",
    "12026-01-01T00:00:00Z",
    "２026-01-01T00:00:00Z",
    "20260101T000000Z",
    "2026-W01-1T00:00:00Z",
  ];
  for (const text of texts) assertCode(() => parseRfc3339(text), "ERR_TIME_INVALID");
});

test("parseRfc3339() says what is wrong", () => {
  const message = (text: string): string => assertCode(() => parseRfc3339(text), "ERR_TIME_INVALID").message;
  assert.equal(
    message("2026-02-30T00:00:00Z"),
    'Reading time "2026-02-30T00:00:00Z": no such day, expected such as 2026-01-31T23:59:59.5Z',
  );
  assert.match(message("yesterday"), /^Reading time "yesterday": not in the form of RFC 3339, /);
  assert.ok(message("x".repeat(1e6)).length < 200);
});

test("formatRfc3339() writes UTC, with no more digits than needed", () => {
  assert.equal(formatRfc3339({ seconds: 0, nanoseconds: 0 }), "1970-01-01T00:00:00Z");
  assert.equal(formatRfc3339({ seconds: -1, nanoseconds: 500000000 }), "1969-12-31T23:59:59.5Z");
  assert.equal(formatRfc3339({ seconds: 1446330176, nanoseconds: 15925234 }), "2015-10-31T22:22:56.015925234Z");
  assert.equal(formatRfc3339({ seconds: -62167219200, nanoseconds: 0 }), "0000-01-01T00:00:00Z");
});

test("formatRfc3339() refuses years of more than four digits", () => {
  for (const wrong of [-62167219201, 253402300800, Number.NaN, Infinity]) {
    assert.throws(() => formatRfc3339({ seconds: wrong, nanoseconds: 0 }), RangeError);
  }
});

test("parseRfc3339() undoes formatRfc3339()", () => {
  const seconds = fc.integer({ min: -62167219200, max: 253402300799 });
  const time = fc.tuple(seconds, fc.nat(999999999)).map(([whole, nanoseconds]) => ({ seconds: whole, nanoseconds }));
  fc.assert(fc.property(time, (value) => assert.deepEqual(parseRfc3339(formatRfc3339(value)), value)));
});

test("fromMilliseconds() rounds down", () => {
  assert.deepEqual(fromMilliseconds(1500), { seconds: 1, nanoseconds: 500000000 });
  assert.deepEqual(fromMilliseconds(-1), { seconds: -1, nanoseconds: 999000000 });
  assert.deepEqual(fromMilliseconds(0.25), { seconds: 0, nanoseconds: 250000 });
});

test("compareTimestamps() orders by seconds, then nanoseconds", () => {
  const at = (whole: number, nanoseconds: number) => ({ seconds: whole, nanoseconds });
  assert.ok(compareTimestamps(at(1, 9), at(2, 0)) < 0);
  assert.ok(compareTimestamps(at(2, 1), at(2, 0)) > 0);
  assert.equal(compareTimestamps(at(2, 1), at(2, 1)), 0);
});

test("sourceDateEpoch() reads whole seconds", () => {
  const read = (value: string) => sourceDateEpoch({ SOURCE_DATE_EPOCH: value });
  assert.equal(sourceDateEpoch({}), undefined);
  assert.deepEqual(read("0"), { seconds: 0, nanoseconds: 0 });
  assert.deepEqual(read("1446330176"), { seconds: 1446330176, nanoseconds: 0 });
  assert.deepEqual(read("253402300799"), { seconds: 253402300799, nanoseconds: 0 });
});

test("sourceDateEpoch() refuses everything else, and says what to do", () => {
  const values = ["", " ", "-1", "+1", "1.5", "1e9", "0x1", "now", "1\n", " 1", "253402300800", "9".repeat(400)];
  for (const value of values) {
    const error = assertCode(() => sourceDateEpoch({ SOURCE_DATE_EPOCH: value }), "ERR_SOURCE_DATE_EPOCH");
    assert.match(error.message, /^Reading SOURCE_DATE_EPOCH: ".{0,40}", expected whole seconds since 1970/);
    assert.match(error.hint ?? "", /date \+%s/);
  }
});
