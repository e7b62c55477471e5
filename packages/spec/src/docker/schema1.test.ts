import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { digestOf } from "../image/good.test.data.ts";
import { parseSchema1, schema1Layers } from "./schema1.ts";

const MANIFEST = {
  schemaVersion: 1,
  name: "library/hello",
  tag: "latest",
  architecture: "amd64",
  fsLayers: [{ blobSum: digestOf("2") }, { blobSum: digestOf("1") }],
  history: [{ v1Compatibility: '{"id":"top","parent":"base","throwaway":true}' }, { v1Compatibility: '{"id":"base"}' }],
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const base64url = (text: string): string => Buffer.from(text).toString("base64url");

/** The manifest as Docker signs it: the signatures go between the last field and what closes the object. */
function sign(payload: string, header: (length: number, tail: string) => unknown = defaultHeader): string {
  const length = payload.trimEnd().slice(0, -1).trimEnd().length;
  const tail = payload.slice(length);
  const part = {
    header: { alg: "ES256" },
    signature: "XRE",
    protected: base64url(JSON.stringify(header(length, tail))),
  };
  return `${payload.slice(0, length)},\n   "signatures": ${JSON.stringify([part, part])}\n}`;
}

function defaultHeader(length: number, tail: string): unknown {
  return { formatLength: length, formatTail: base64url(tail), time: "2015-04-08T18:52:59Z" };
}

test("parseSchema1() reads an unsigned manifest", () => {
  const input = encode(JSON.stringify(MANIFEST));
  const document = parseSchema1(input);
  assert.deepEqual(document.value, MANIFEST);
  assert.equal(document.bytes, input);
});

test("parseSchema1() gives back the bytes that were signed", () => {
  for (const payload of [
    JSON.stringify(MANIFEST),
    JSON.stringify(MANIFEST, null, 3),
    `${JSON.stringify(MANIFEST)}\n`,
  ]) {
    const document = parseSchema1(encode(sign(payload)));
    assert.equal(decode(document.bytes), payload);
    assert.deepEqual(document.value, MANIFEST);
  }
});

test("parseSchema1() takes the fields from the signed bytes alone", () => {
  const payload = JSON.stringify(MANIFEST, null, 3);
  const signed = sign(payload).replace('"signatures"', '"unsigned": 1,\n   "signatures"');
  assert.deepEqual(parseSchema1(encode(signed)).value, MANIFEST);
});

test("parseSchema1() refuses signatures that do not say what they sign", () => {
  const payload = JSON.stringify(MANIFEST, null, 3);
  const headers: readonly ((length: number, tail: string) => unknown)[] = [
    () => ({}),
    () => [],
    (length) => ({ formatLength: length }),
    (length, tail) => ({ formatLength: String(length), formatTail: base64url(tail) }),
    (length, tail) => ({ formatLength: -length, formatTail: base64url(tail) }),
    (length, tail) => ({ formatLength: length + 0.5, formatTail: base64url(tail) }),
    (length) => ({ formatLength: length, formatTail: "\n}" }),
    (_, tail) => ({ formatLength: 1_000_000, formatTail: base64url(tail) }),
    (length, tail) => ({ formatLength: length - 1, formatTail: base64url(tail) }),
  ];
  for (const header of headers) {
    assertCode(() => parseSchema1(encode(sign(payload, header))), "ERR_DOCUMENT_INVALID");
  }
});

test("parseSchema1() refuses signatures that sign different bytes", () => {
  const payload = JSON.stringify(MANIFEST, null, 3);
  const [one, other] = [defaultHeader(10, "\n}"), defaultHeader(10, "}")].map((header) =>
    base64url(JSON.stringify(header)),
  );
  const signed = payload.replace(/\n\}$/, `, "signatures": [{"protected":"${one}"},{"protected":"${other}"}]}`);
  const { message } = assertCode(() => parseSchema1(encode(signed)), "ERR_DOCUMENT_INVALID");
  assert.match(message, /signatures\[1\]: expected the same signed bytes/);
});

test("schema1Layers() turns the layers the right way up", () => {
  const layers = schema1Layers(parseSchema1(encode(JSON.stringify(MANIFEST))).value);
  assert.deepEqual(
    layers.map(({ blobSum, image }) => [blobSum, image.id, image.throwaway]),
    [
      [digestOf("1"), "base", undefined],
      [digestOf("2"), "top", true],
    ],
  );
});
