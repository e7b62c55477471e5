import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { MAX_FIELD_LENGTH } from "./field.ts";
import { MAX_WARNING_BYTES, checkWarnings, formatWarning, formatWarnings, parseWarnings } from "./warning.ts";

test("parseWarnings() reads the form of distribution-spec and that of RFC 7234", () => {
  const text = "This image is deprecated and will be removed soon.";
  assert.deepEqual(parseWarnings(`299 - "${text}"`), [{ code: "299", agent: "-", text }]);
  assert.deepEqual(parseWarnings('112 - "network down" "Sat, 25 Aug 2012 23:34:45 GMT"'), [
    { code: "112", agent: "-", text: "network down", date: "Sat, 25 Aug 2012 23:34:45 GMT" },
  ]);
  assert.deepEqual(parseWarnings(['299 - "a, \\"b\\"",', '299 host:5000 "c"']), [
    { code: "299", agent: "-", text: 'a, "b"' },
    { code: "299", agent: "host:5000", text: "c" },
  ]);
  assert.deepEqual(parseWarnings(""), []);
});

test("parseWarnings() refuses what is none, and bounds its work", () => {
  for (const value of ["299", "299 -", "299 - text", '29 - "a"', '2999 - "a"', '"a"', '299 - "a', '299 - "a" b']) {
    assert.throws(() => parseWarnings(value), { code: "ERR_HEADER_INVALID" }, value);
  }
  assert.throws(() => parseWarnings('299 - "",'.repeat(600)), { message: /more than 512 warnings/ });
  assert.throws(() => parseWarnings('299 - "'.padEnd(MAX_FIELD_LENGTH + 1, "a")), { message: /at most 16384/ });
});

test("parseWarnings() reads what formatWarning() writes", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[aB1 ,"\\ü\t-]{0,9}$/), (text) => {
      assert.deepEqual(parseWarnings(formatWarning(text)), [{ code: "299", agent: "-", text }]);
    }),
  );
  assert.throws(() => formatWarning("a\r\nSet-Cookie: b"), { code: "ERR_HEADER_INVALID" });
});

test("formatWarnings() sends each text once and no more bytes than allowed", () => {
  assert.deepEqual(formatWarnings(["a", "b", "a"]), ['299 - "a"', '299 - "b"']);
  const long = Array.from({ length: 10 }, (_, index) => String(index).repeat(1000));
  const values = [...formatWarnings([...long, "short"])];
  assert.equal(values.length, 5);
  assert.equal(values.at(-1), '299 - "short"');
  assert.ok(values.join("").length <= MAX_WARNING_BYTES);
  assert.deepEqual(checkWarnings(values), []);
});

test("checkWarnings() finds every broken clause", () => {
  const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], []],
    [['299 - "a"', '299 - "b", 299 - "c"'], []],
    [['199 - "a"'], ["distribution.warning.code"]],
    [['299 host "a"'], ["distribution.warning.agent"]],
    [['299 - "a" "Sat, 25 Aug 2012 23:34:45 GMT"'], ["distribution.warning.date"]],
    [["soon to be removed"], ["distribution.warning.code", "distribution.warning.agent"]],
    [[`299 - "${"a".repeat(MAX_WARNING_BYTES)}"`], ["distribution.warning.size"]],
    [Array.from({ length: 5 }, () => `299 - "${"a".repeat(1000)}"`), ["distribution.warning.size"]],
  ];
  for (const [lines, clauses] of rows)
    assert.deepEqual(
      checkWarnings(lines).map(({ clause }) => clause),
      clauses,
    );
  assert.equal(checkWarnings(['299 - "a"', '199 - "b"'])[0]?.path, "Warning[1]");
});
