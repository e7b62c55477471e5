import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, OCI_INDEX, OCI_MANIFEST } from "../media-types.ts";
import {
  MAX_MEDIA_RANGES,
  chooseMediaType,
  formatAccept,
  formatContentType,
  parseAccept,
  parseContentType,
  qualityOf,
} from "./content-type.ts";
import { MAX_FIELD_LENGTH } from "./field.ts";

test("parseContentType() reads type and parameters", () => {
  const rows: readonly (readonly [string, string, Record<string, string>])[] = [
    ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.index.v1+json", {}],
    [" Application/JSON ; Charset=UTF-8", "application/json", { charset: "UTF-8" }],
    ['text/html;charset="utf-8"', "text/html", { charset: "utf-8" }],
    ['a/b; x="a;b,\\"c"; y=1;; z=""', "a/b", { x: 'a;b,"c', y: "1", z: "" }],
    ["a/b;x=1;x=2", "a/b", { x: "1" }],
  ];
  for (const [value, type, parameters] of rows) {
    const read = parseContentType(value);
    assert.deepEqual({ ...read, parameters: Object.fromEntries(read.parameters) }, { type, parameters }, value);
  }
});

test("parseContentType() refuses what is none", () => {
  for (const value of ["", "json", "a/", "/b", "a/b c", "a/b,c/d", "a/b;x", 'a/b;x="', "a/b;x=1 2"]) {
    assert.throws(() => parseContentType(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});

test("parseContentType() reads what formatContentType() writes", () => {
  const word = fc.stringMatching(/^[ab+.1-]{1,9}$/);
  const value = fc.stringMatching(/^[aB1 ;,="\\/ü]{0,9}$/);
  fc.assert(
    fc.property(word, word, fc.dictionary(word, value), (main, sub, parameters) => {
      const contentType = { type: `${main}/${sub}`, parameters: new Map(Object.entries(parameters)) };
      assert.deepEqual(parseContentType(formatContentType(contentType)), contentType);
    }),
  );
});

test("formatContentType() refuses what would break out of the header", () => {
  const none = new Map<string, string>();
  for (const type of ["", "a/", "a/b\r\nc", "a/b;c"]) {
    assert.throws(() => formatContentType({ type, parameters: none }), { code: "ERR_HEADER_INVALID" }, type);
  }
  for (const parameters of [new Map([["a b", "c"]]), new Map([["a", "\n"]])]) {
    assert.throws(() => formatContentType({ type: "a/b", parameters }), { code: "ERR_HEADER_INVALID" });
  }
});

test("qualityOf() agrees with the example of RFC 9110 section 12.5.1, for types without parameters", () => {
  const accept = parseAccept(
    "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5",
  );
  const rows: Record<string, number> = { "text/plain": 0.7, "text/html": 0.3, "image/jpeg": 0.5 };
  for (const [type, quality] of Object.entries(rows)) assert.equal(qualityOf(accept, type), quality, type);
});

test("qualityOf() judges by the most exact element", () => {
  const rows: readonly (readonly [string | undefined, string, number])[] = [
    [undefined, OCI_INDEX, 1],
    ["", OCI_INDEX, 1],
    ["*/*", OCI_INDEX, 1],
    ["application/*", OCI_INDEX, 1],
    ["text/*", OCI_INDEX, 0],
    ["application/json", OCI_INDEX, 0],
    [OCI_INDEX.toUpperCase(), OCI_INDEX, 1],
    [`${OCI_INDEX};q=0, */*`, OCI_INDEX, 0],
    [`${OCI_INDEX}; charset=utf-8`, OCI_INDEX, 1],
    [`${OCI_INDEX};q=0.1, ${OCI_INDEX};q=0.8`, OCI_INDEX, 0.8],
    [`${OCI_INDEX};q=nonsense`, OCI_INDEX, 1],
    [`${OCI_INDEX};q=2`, OCI_INDEX, 1],
    [`${OCI_INDEX};q=0.`, OCI_INDEX, 0],
    [`${OCI_INDEX};q=0.123`, OCI_INDEX, 0.123],
  ];
  for (const [value, type, quality] of rows) assert.equal(qualityOf(parseAccept(value), type), quality, value);
});

const types = (value: string): string[] => parseAccept(value).map(({ type }) => type);

test("parseAccept() leaves out what breaks the grammar, and no more", () => {
  assert.deepEqual(types("a/b, nonsense, , c/d;x, e/f"), ["a/b", "e/f"]);
  assert.deepEqual(types('a/b;x="1,2", c/d'), ["a/b", "c/d"]);
  assert.deepEqual(types('a/b, c/d;x="no end, e/f'), ["a/b"]);
  assert.deepEqual(parseAccept(["a/b", "c/d"]).length, 2);
});

test("parseAccept() bounds its work", () => {
  assert.equal(parseAccept("a/b,".repeat(MAX_MEDIA_RANGES * 2)).length, MAX_MEDIA_RANGES);
  assert.deepEqual(parseAccept("a/b,".repeat(MAX_FIELD_LENGTH)), []);
  assert.deepEqual(parseAccept('"'.repeat(MAX_FIELD_LENGTH)), []);
});

test("chooseMediaType() takes the client's favourite, then the first it names, then the registry's", () => {
  const offers = [OCI_MANIFEST, DOCKER_MANIFEST, DOCKER_MANIFEST_LIST];
  const rows: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, OCI_MANIFEST],
    ["*/*", OCI_MANIFEST],
    [`${DOCKER_MANIFEST_LIST}, ${DOCKER_MANIFEST}`, DOCKER_MANIFEST_LIST],
    [`${DOCKER_MANIFEST}, ${DOCKER_MANIFEST_LIST}`, DOCKER_MANIFEST],
    [`${DOCKER_MANIFEST};q=0.5, ${DOCKER_MANIFEST_LIST}`, DOCKER_MANIFEST_LIST],
    [`*/*, ${DOCKER_MANIFEST};q=0.5`, OCI_MANIFEST],
    [`${OCI_MANIFEST};q=0, application/*`, DOCKER_MANIFEST],
    ["application/json", undefined],
  ];
  for (const [value, choice] of rows) assert.equal(chooseMediaType(parseAccept(value), offers), choice, value);
});

test("formatAccept() writes what parseAccept() reads", () => {
  const read = parseAccept(formatAccept([OCI_INDEX, OCI_MANIFEST]));
  assert.deepEqual(
    read.map(({ type, quality }) => [type, quality]),
    [
      [OCI_INDEX, 1],
      [OCI_MANIFEST, 1],
    ],
  );
});
