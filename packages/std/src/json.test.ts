import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, fieldPath, isInteger, parseJson } from "@teu/std/json";
import { toValue } from "@teu/std/json-value";

/** Documents that are strict JSON. Each reads as the engine's own reader reads it. */
const VALID = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "10",
  "1234567890",
  "0.5",
  "-0.0",
  "1e5",
  "1E5",
  "1e+5",
  "1e-5",
  "0e0",
  "0e+1",
  "1.5e10",
  "-1.25E-3",
  "123.456e78",
  '""',
  '"a"',
  '" "',
  '"\u007f"',
  '"\u0080\u009f"',
  '"é€😀"',
  '"\u2028\u2029"',
  '"\ufeff"',
  '"\uffff\ufffe\ufdd0"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"\\u0000"',
  '"\\u0041\\u00e9\\u20AC\\u20ac"',
  '"\\uD83D\\uDE00"',
  '"\\ud83d\\ude00\\udbff\\udfff"',
  '"\\uffff"',
  '"\\\\u0041"',
  '"\\u0022"',
  '"/"',
  '"null"',
  "[]",
  "[ ]",
  "[[]]",
  "[null]",
  "[1,2]",
  "[1 , 2]",
  "[[],[[]],[1,[2]]]",
  '["a",{"b":[]}]',
  "[0]",
  "[-0]",
  "[1e1]",
  "{}",
  "{ }",
  '{"a":1}',
  '{ "a" : 1 , "b" : 2 }',
  '{"":0}',
  '{"a":{"a":{"a":null}}}',
  '{"a":1,"A":2}',
  '{"a\\u0000b":1}',
  '{"é":1,"e\u0301":2}',
  '{"__proto__":1,"constructor":2,"toString":3,"hasOwnProperty":4}',
  '{"10":"a","9":"b","-1":"c"}',
  " null ",
  "\t\n\r null\r\n\t",
  '\n{\n"a"\n:\n1\n}\n',
];

/** Texts that are not strict JSON, with the place and the reason. */
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ["", "line 1, column 1: unexpected end of the document"],
  ["   ", "line 1, column 4: unexpected end of the document"],
  ["\n\n", "line 3, column 1: unexpected end of the document"],
  ["\ufeffnull", "line 1, column 1: byte order mark, expected none"],
  [" \ufeffnull", 'line 1, column 2: unexpected character "\ufeff"'],
  ["\u00a0null", 'line 1, column 1: unexpected character "\u00a0"'],
  ["\u000cnull", 'line 1, column 1: unexpected character "\\f"'],
  ["\u000bnull", 'line 1, column 1: unexpected character "\\u000b"'],
  ["\u0000", 'line 1, column 1: unexpected character "\\u0000"'],
  ["null\u0000", "line 1, column 5: text after the end of the document"],
  ["nul", "line 1, column 1: expected null"],
  ["nULL", "line 1, column 1: expected null"],
  ["None", 'line 1, column 1: unexpected character "N"'],
  ["tru", "line 1, column 1: expected true"],
  ["True", 'line 1, column 1: unexpected character "T"'],
  ["falsy", "line 1, column 1: expected false"],
  ["truefalse", "line 1, column 5: text after the end of the document"],
  ["undefined", 'line 1, column 1: unexpected character "u"'],
  ["NaN", 'line 1, column 1: unexpected character "N"'],
  ["Infinity", 'line 1, column 1: unexpected character "I"'],
  ["-Infinity", "line 1, column 2: expected a digit"],
  ["😀", 'line 1, column 1: unexpected character "😀"'],
  ["1 2", "line 1, column 3: text after the end of the document"],
  ["{}{}", "line 1, column 3: text after the end of the document"],
  ["null,", "line 1, column 5: text after the end of the document"],
  ["// note\nnull", 'line 1, column 1: unexpected character "/"'],
  ["null // note", "line 1, column 6: text after the end of the document"],
  ["-", "line 1, column 2: expected a digit"],
  ["--1", "line 1, column 2: expected a digit"],
  ["+1", 'line 1, column 1: unexpected character "+"'],
  ["- 1", "line 1, column 2: expected a digit"],
  ["01", "line 1, column 2: text after the end of the document"],
  ["-01", "line 1, column 3: text after the end of the document"],
  ["00", "line 1, column 2: text after the end of the document"],
  [".5", 'line 1, column 1: unexpected character "."'],
  ["-.5", "line 1, column 2: expected a digit"],
  ["1.", "line 1, column 3: expected a digit"],
  ["1.e5", "line 1, column 3: expected a digit"],
  ["1.5.5", "line 1, column 4: text after the end of the document"],
  ["1e", "line 1, column 3: expected a digit"],
  ["1e+", "line 1, column 4: expected a digit"],
  ["1e-a", "line 1, column 4: expected a digit"],
  ["1e5.5", "line 1, column 4: text after the end of the document"],
  ["1ee5", "line 1, column 3: expected a digit"],
  ["0x10", "line 1, column 2: text after the end of the document"],
  ["1_000", "line 1, column 2: text after the end of the document"],
  ["1n", "line 1, column 2: text after the end of the document"],
  ["１", 'line 1, column 1: unexpected character "１"'],
  ["[1１]", "line 1, column 3: expected a comma or a closing bracket"],
  ['"', "line 1, column 2: unterminated string"],
  ['"a', "line 1, column 3: unterminated string"],
  ['"\\', "line 1, column 2: bad escape in a string"],
  ['"\\"', "line 1, column 4: unterminated string"],
  ["'a'", 'line 1, column 1: unexpected character "\'"'],
  ["`a`", 'line 1, column 1: unexpected character "`"'],
  ["“a”", 'line 1, column 1: unexpected character "“"'],
  ['"\n"', "line 1, column 2: control character in a string"],
  ['"a\tb"', "line 1, column 3: control character in a string"],
  ['"\u0000"', "line 1, column 2: control character in a string"],
  ['"\u001f"', "line 1, column 2: control character in a string"],
  ['"\\x41"', "line 1, column 2: bad escape in a string"],
  ['"\\a"', "line 1, column 2: bad escape in a string"],
  ['"\\\'"', "line 1, column 2: bad escape in a string"],
  ['"\\0"', "line 1, column 2: bad escape in a string"],
  ['"\\v"', "line 1, column 2: bad escape in a string"],
  ['"\\\n"', "line 1, column 2: bad escape in a string"],
  ['"\\U0041"', "line 1, column 2: bad escape in a string"],
  ['"\\u"', "line 1, column 2: bad escape in a string"],
  ['"\\u004"', "line 1, column 2: bad escape in a string"],
  ['"\\u00G0"', "line 1, column 2: bad escape in a string"],
  ['"\\u+041"', "line 1, column 2: bad escape in a string"],
  ['"\\u 041"', "line 1, column 2: bad escape in a string"],
  ['"\\u{41}"', "line 1, column 2: bad escape in a string"],
  ['"ab\\ud83d"', "line 1, column 4: lone surrogate in a string"],
  ['"\\ude00"', "line 1, column 2: lone surrogate in a string"],
  ['"\\ud83d\\ud83d"', "line 1, column 2: lone surrogate in a string"],
  ['"\\ude00\\ud83d"', "line 1, column 2: lone surrogate in a string"],
  ['"\\ud83d\\n"', "line 1, column 2: lone surrogate in a string"],
  ['"\\ud83dx"', "line 1, column 2: lone surrogate in a string"],
  ['"\ud83d"', "line 1, column 2: lone surrogate in a string"],
  ['"\ude00"', "line 1, column 2: lone surrogate in a string"],
  ['"\ude00\ud83d"', "line 1, column 2: lone surrogate in a string"],
  ['"\ud83d\\ude00"', "line 1, column 2: lone surrogate in a string"],
  ['{"\ud83d":1}', "line 1, column 3: lone surrogate in a string"],
  ["[", "line 1, column 2: unexpected end of the document"],
  ["]", 'line 1, column 1: unexpected character "]"'],
  ["[1", "line 1, column 3: expected a comma or a closing bracket"],
  ["[1,", "line 1, column 4: unexpected end of the document"],
  ["[1,]", 'line 1, column 4: unexpected character "]"'],
  ["[,1]", 'line 1, column 2: unexpected character ","'],
  ["[1,,2]", 'line 1, column 4: unexpected character ","'],
  ["[1 2]", "line 1, column 4: expected a comma or a closing bracket"],
  ["[1;2]", "line 1, column 3: expected a comma or a closing bracket"],
  ["[1}", "line 1, column 3: expected a comma or a closing bracket"],
  ['["a":1]', "line 1, column 5: expected a comma or a closing bracket"],
  ["[\n1\n 2]", "line 3, column 2: expected a comma or a closing bracket"],
  ["{", "line 1, column 2: expected a field name in quotes"],
  ["}", 'line 1, column 1: unexpected character "}"'],
  ["{1:1}", "line 1, column 2: expected a field name in quotes"],
  ["{a:1}", "line 1, column 2: expected a field name in quotes"],
  ["{'a':1}", "line 1, column 2: expected a field name in quotes"],
  ["{null:1}", "line 1, column 2: expected a field name in quotes"],
  ['{"a"}', "line 1, column 5: expected a colon"],
  ['{"a"', "line 1, column 5: expected a colon"],
  ['{"a",1}', "line 1, column 5: expected a colon"],
  ['{"a"=1}', "line 1, column 5: expected a colon"],
  ['{"a"::1}', 'line 1, column 6: unexpected character ":"'],
  ['{"a":}', 'line 1, column 6: unexpected character "}"'],
  ['{"a":1', "line 1, column 7: expected a comma or a closing brace"],
  ['{"a":1,}', "line 1, column 8: expected a field name in quotes"],
  ['{"a":1,,"b":2}', "line 1, column 8: expected a field name in quotes"],
  ['{,"a":1}', "line 1, column 2: expected a field name in quotes"],
  ['{"a":1 "b":2}', "line 1, column 8: expected a comma or a closing brace"],
  ['{"a":1]', "line 1, column 7: expected a comma or a closing brace"],
  ['{"a":1,"a":2}', "line 1, column 8: a is given twice"],
  ['{"a":1,"b":2,"\\u0061":3}', "line 1, column 14: a is given twice"],
  ['{"x":[{"a":1},{"b.c":1, "b.c":1}]}', 'line 1, column 25: x[1]["b.c"] is given twice'],
  ['{"__proto__":1,"__proto__":2}', "line 1, column 16: __proto__ is given twice"],
];

suite("parseJson()", () => {
  test("reads strict JSON as the engine does", () => {
    for (const text of VALID) assert.deepEqual(toValue(parseJson(text)), JSON.parse(text), text);
  });

  test("refuses everything else, with line and column", () => {
    for (const [text, message] of INVALID) {
      assert.throws(() => parseJson(text), new JsonError(message), JSON.stringify(text));
    }
  });

  test("reads and refuses the same where it is told that a text is plain", () => {
    const isPlain = (text: string): boolean => /^[\t\n\r -[\]-~]*$/.test(text);
    const read = (text: string): unknown => toValue(parseJson(text, DEFAULT_JSON_LIMITS, true));
    const [valid, invalid] = [VALID.filter(isPlain), INVALID.filter(([text]) => isPlain(text))];
    assert.ok(valid.length > 10 && invalid.length > 50);
    for (const text of valid) assert.deepEqual(read(text), JSON.parse(text), text);
    for (const [text, message] of invalid)
      assert.throws(() => read(text), new JsonError(message), JSON.stringify(text));
    for (const text of ['"a', '"', '{"a', '["a\nb"]', '"\t"', '{"a\r":1}'])
      assert.throws(() => read(text), /unterminated string|control character in a string/, JSON.stringify(text));
  });

  test("counts columns in UTF-16 code units, and lines by newlines", () => {
    assert.throws(() => parseJson('["😀" x'), new JsonError("line 1, column 7: expected a comma or a closing bracket"));
    assert.throws(() => parseJson("[\r\n1,\r\n\t?]"), new JsonError('line 3, column 2: unexpected character "?"'));
  });

  test("keeps every digit of a number", () => {
    for (const literal of ["9007199254740993", "18446744073709551615", "-9223372036854775808", "1.10", "1E400"]) {
      assert.equal(parseJson(literal).text, literal);
      assert.equal(parseJson(`[${literal} ]`).items[0]?.text, literal);
    }
  });

  test("refuses a number of more than 64 characters", () => {
    const longest = "1".repeat(64);
    assert.equal(parseJson(longest).text, longest);
    for (const text of [`${longest}1`, `0.${longest}`, `1e${longest}`]) {
      assert.throws(() => parseJson(text), /^JsonError: line 1, column \d+: number of more than 64 characters$/);
    }
  });

  test("keeps fields in document order", () => {
    const json = parseJson('{"b":1,"10":2,"a":3,"9":4}');
    assert.deepEqual(json.names(), ["b", "10", "a", "9"]);
    assert.deepEqual([...json.fields.keys()], json.names());
  });

  test("nests up to the limit", () => {
    const limits = { ...DEFAULT_JSON_LIMITS, maxDepth: 3 };
    assert.equal(parseJson('[{"a":[]},{"b":[1]},[[]]]', limits).list().length, 3);
    const message = "line 1, column 8: nested more than 3 deep";
    assert.throws(() => parseJson('[{"a":[[]]}]', limits), new JsonError(message));
    assert.throws(() => parseJson('[{"a":[{}]}]', limits), new JsonError(message));
    assert.throws(() => parseJson("[]", { ...limits, maxDepth: 0 }), JsonError);
    assert.equal(parseJson("1", { ...limits, maxDepth: 0 }).text, "1");
  });

  test("holds the limit of values", () => {
    const limits = { ...DEFAULT_JSON_LIMITS, maxValues: 4 };
    assert.equal(parseJson('[1,{"a":2}]', limits).list().length, 2);
    assert.throws(() => parseJson('[1,{"a":[]},2]', limits), new JsonError("line 1, column 13: more than 4 values"));
    assert.throws(() => parseJson(`[${"0,".repeat(500_000)}0]`), /more than 500000 values/);
  });

  test("stands any depth and length of hostile input", () => {
    for (const piece of ["[", '{"a":', "[[],", '{"a":[']) {
      assert.throws(() => parseJson(piece.repeat(100_000)), /nested more than 64 deep/);
    }
    const spaces = " ".repeat(DEFAULT_JSON_LIMITS.maxLength);
    assert.throws(() => parseJson(spaces), /column 4194305: unexpected end/);
    assert.throws(
      () => parseJson(`${spaces} `),
      new JsonError("the document is too long: 4194305 characters, at most 4194304 are read"),
    );
  });

  test("names places in messages of bounded length", () => {
    const name = "x".repeat(100_000);
    const shown = `["${"x".repeat(80)}…"]`;
    const text = `{"${name}":1,"${name}":1}`;
    assert.throws(() => parseJson(text), new JsonError(`line 1, column 100007: ${shown} is given twice`));
    const inner = parseJson(`{"${name}":{"${name}":1}}`).get(name).get(name);
    assert.equal(inner.path, shown + shown);
  });
});

const sample = parseJson(
  '{"s":"x","n":-12,"f":1.5,"t":true,"u":false,"z":null,"a":[1,[{"b.c":{"d":[]}}]],"o":{"":{"x y":{"é":1}}}}',
);

test("Json gives values of the kind asked for", () => {
  assert.equal(sample.get("s").string(), "x");
  assert.equal(sample.get("n").integer(), "-12");
  assert.equal(sample.get("t").boolean(), true);
  assert.equal(sample.get("u").boolean(), false);
  assert.deepEqual(sample.get("a").list().map(kind), ["number", "array"]);
  assert.deepEqual(sample.get("o").names(), [""]);
  assert.deepEqual(sample.names(), ["s", "n", "f", "t", "u", "z", "a", "o"]);
});

test("Json treats a missing field as null", () => {
  for (const name of ["z", "missing"]) {
    const absent = sample.get(name);
    assert.ok(absent.absent);
    assert.deepEqual(absent.list(), []);
    assert.deepEqual(absent.names(), []);
    assert.equal(absent.get("x").get("y").kind, "missing");
  }
  assert.ok(!sample.get("u").absent);
  assert.equal(sample.get("missing").get("x y").path, 'missing["x y"]');
});

test("Json does not take names of Object.prototype for fields", () => {
  for (const name of ["__proto__", "constructor", "toString"]) assert.equal(sample.get(name).kind, "missing");
});

test("Json names the place of a value of the wrong kind", () => {
  const messages = [
    [() => sample.string(), "the document: expected a string, got object"],
    [() => sample.list(), "the document: expected an array, got object"],
    [() => parseJson("1.5").integer(), "the document: expected an integer, got 1.5"],
    [() => sample.get("n").string(), "n: expected a string, got number"],
    [() => sample.get("s").integer(), "s: expected a number, got string"],
    [() => sample.get("f").integer(), "f: expected an integer, got 1.5"],
    [() => sample.get("s").boolean(), "s: expected a boolean, got string"],
    [() => sample.get("z").string(), "z: expected a string, got null"],
    [() => sample.get("a").get("x"), "a: expected an object, got array"],
    [() => sample.get("a").names(), "a: expected an object, got array"],
    [() => sample.get("o").list(), "o: expected an array, got object"],
    [() => sample.get("s").get("x"), "s: expected an object, got string"],
    [() => sample.get("x").get("y").string(), "x.y: is required, expected a string"],
    [() => sample.get("x").integer(), "x: is required, expected a number"],
    [() => sample.get("a").list()[0]?.boolean(), "a[0]: expected a boolean, got number"],
  ] as const;
  for (const [action, message] of messages) assert.throws(action, new JsonError(message));
});

test("Json knows its place at any depth", () => {
  assert.equal(sample.path, "");
  const inner = sample.get("a").list()[1]?.list()[0]?.get("b.c").get("d");
  assert.equal(inner?.path, 'a[1][0]["b.c"].d');
  assert.equal(sample.get("o").get("").get("x y").get("é").path, 'o[""]["x y"]["é"]');
  assert.equal(parseJson("[[],[[1]]]").list()[1]?.list()[0]?.list()[0]?.path, "[1][0][0]");
  assert.equal(parseJson('{"":1}').get("").path, '[""]');
});

test("Json.integerBetween() holds both bounds", () => {
  assert.equal(port("-1"), -1);
  assert.equal(port("65535"), 65535);
  for (const text of ["-2", "65536", "18446744073709551616"]) {
    assert.throws(() => port(text), new JsonError(`n: expected an integer from -1 to 65535, got ${text}`));
  }
  assert.throws(() => port("1.0"), new JsonError("n: expected an integer, got 1.0"));
  assert.throws(() => port("1e2"), new JsonError("n: expected an integer, got 1e2"));
});

test("fieldPath() quotes what is not a plain word", () => {
  assert.equal(fieldPath("", "a"), "a");
  assert.equal(fieldPath("a", "b-c_1$"), "a.b-c_1$");
  assert.equal(fieldPath("a[0]", "b"), "a[0].b");
  for (const name of ["", "1", "a.b", "a b", "é", "-a", "a\n", 'a"]', "a\u0000"]) {
    assert.equal(fieldPath("x", name), `x[${JSON.stringify(name)}]`);
  }
});

test("isInteger() takes digits and a sign, no fraction and no exponent", () => {
  for (const literal of ["0", "-0", "12", "-9007199254740993"]) assert.ok(isInteger(literal), literal);
  for (const literal of ["", "-", "1.0", "1e2", "+1", "1\n", "１"]) assert.ok(!isInteger(literal), literal);
});

function kind(json: Json): string {
  return json.kind;
}

function port(text: string): number {
  return parseJson(`{"n":${text}}`).get("n").integerBetween(-1, 65535);
}
