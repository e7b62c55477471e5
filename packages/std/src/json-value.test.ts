import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DEFAULT_JSON_LIMITS, JsonError, parseJson } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import * as fc from "fast-check";

// Characters of every length in UTF-8, and those that are escaped. The unit "binary" takes seconds to set up.
const unit = fc.constantFrom("a", "_", "é", "€", "😀", '"', "\\", "/", "\u0000", "\n", "\u007f", "\u2028");

const read = (text: string): JsonValue => toValue(parseJson(text));

suite("parseJsonBytes()", () => {
  test("reads UTF-8", () => {
    assert.equal(parseJsonBytes(Buffer.from('"é😀"')).string(), "é😀");
  });

  test("refuses what is not UTF-8", () => {
    const inString = [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
    for (const bytes of inString) {
      const document = Uint8Array.of(0x22, ...bytes, 0x22);
      assert.throws(() => parseJsonBytes(document), new JsonError("the document is not UTF-8"));
    }
    assert.throws(() => parseJsonBytes(Buffer.from("null", "utf16le")), JsonError);
  });

  test("refuses a byte order mark", () => {
    const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x31);
    assert.throws(() => parseJsonBytes(bytes), new JsonError("line 1, column 1: byte order mark, expected none"));
  });

  test("holds the limits", () => {
    const limits = { maxLength: 4, maxDepth: 1 };
    assert.equal(parseJsonBytes(Buffer.from("null"), limits).kind, "null");
    assert.throws(
      () => parseJsonBytes(Buffer.from("false"), limits),
      new JsonError("the document is too long: 5 bytes, at most 4 are read"),
    );
    assert.throws(() => parseJsonBytes(Buffer.from("[[]]"), limits), /nested more than 1 deep/);
    assert.throws(() => parseJsonBytes(new Uint8Array(DEFAULT_JSON_LIMITS.maxLength + 1)), /4194305 bytes/);
  });
});

suite("toValue()", () => {
  test("keeps whole numbers exact", () => {
    assert.equal(read("9007199254740991"), 9007199254740991);
    assert.equal(read("-9007199254740991"), -9007199254740991);
    assert.equal(read("9007199254740992"), 9007199254740992n);
    assert.equal(read("18446744073709551615"), 18446744073709551615n);
    assert.equal(read("-9223372036854775808"), -9223372036854775808n);
    assert.equal(read("9".repeat(64)), BigInt("9".repeat(64)));
    assert.equal(read("0"), 0);
    assert.ok(Object.is(read("-0"), -0));
  });

  test("reads other numbers as the nearest double", () => {
    assert.equal(read("1.5"), 1.5);
    assert.equal(read("1e3"), 1000);
    assert.equal(read("1e-400"), 0);
    assert.equal(read("9007199254740993.0"), 9007199254740992);
  });

  test("refuses a number beyond a double", () => {
    const problem = "expected a number within the range of a double, got";
    assert.throws(() => read('{"a":[1e400]}'), new JsonError(`a[0]: ${problem} 1e400`));
    assert.throws(() => read("-1e999"), new JsonError(`the document: ${problem} -1e999`));
  });

  test("takes __proto__ and its like as ordinary fields", () => {
    const value = read('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    assert.ok(typeof value === "object" && value !== null);
    assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(Reflect.get({}, "polluted"), undefined);
    assert.equal(stringifyJson(read('{"__proto__":1}')), '{"__proto__":1}');
  });

  test("gives the kinds of values", () => {
    assert.deepEqual(read('[null,true,false,"",[],{}]'), [null, true, false, "", [], {}]);
  });
});

suite("stringifyJson()", () => {
  test("writes big integers as digits", () => {
    assert.equal(
      stringifyJson({ max: 18446744073709551615n, list: [-1n] }),
      '{"max":18446744073709551615,"list":[-1]}',
    );
  });

  test("leaves undefined fields out, and indents when asked to", () => {
    assert.equal(stringifyJson({ a: undefined, b: [1] }), '{"b":[1]}');
    assert.equal(stringifyJson({ b: [1n] }, 2), '{\n  "b": [\n    1\n  ]\n}');
  });

  test("refuses numbers that JSON does not have", () => {
    assert.throws(() => stringifyJson({ a: [Number.NaN] }), new RangeError("0: NaN, expected a finite number"));
    assert.throws(() => stringifyJson(-Infinity), new RangeError("value: -Infinity, expected a finite number"));
  });
});

suite("parseJson() and JSON.parse()", () => {
  test("agree on whatever JSON.stringify() writes", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4, stringUnit: unit }), fc.nat(3), (text, indent) => {
        const value: unknown = JSON.parse(text);
        assert.deepEqual(asDoubles(read(JSON.stringify(value, undefined, indent))), value);
      }),
    );
  });

  test("refuse the same texts, but for what only the strict reader refuses", () => {
    const characters = '{}[]:,"\\/-+.eE019 \n\tabu'.split("");
    const piece = fc.constantFrom(...characters, "true", "null", '"a"', "\\u00", "\u0000", "é");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const strict = attempt(() => read(text));
        const loose = attempt(() => JSON.parse(text) as JsonValue);
        if (strict.ok) assert.deepEqual(asDoubles(strict.value), loose.value, text);
        else if (loose.ok) assert.match(strict.message, /given twice|lone surrogate|range of a double/, text);
      }),
      { numRuns: 3000 },
    );
  });

  test("round trip through bytes keeps every value", () => {
    const values = fc.jsonValue({ stringUnit: "grapheme" }).map((value) => value as JsonValue);
    fc.assert(
      fc.property(values, fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), (value, big) => {
        const written = stringifyJson([value, big]);
        assert.equal(stringifyJson(toValue(parseJsonBytes(new TextEncoder().encode(written)))), written);
      }),
    );
  });
});

interface Attempt {
  readonly ok: boolean;
  readonly value?: JsonValue;
  readonly message: string;
}

function attempt(action: () => JsonValue): Attempt {
  try {
    return { ok: true, value: action(), message: "" };
  } catch (error) {
    return { ok: false, message: String(error) };
  }
}

function asDoubles(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(asDoubles);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asDoubles(item)]));
}
