import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { fromBase64, fromBase64Url } from "./base64.ts";
import { CborTag, type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
import { parseCoseSign1, writeCoseSign1 } from "./cose.ts";
import { dsseToJson, isSignedBy, parseDsse, preAuthEncoding, signDsse } from "./dsse.ts";
import { parseJws, writeJws } from "./jws.ts";
import { generateKey } from "./keys.ts";
import { formatPem, parsePem, parsePemOf } from "./pem.ts";
import { keySigner, signBytes, verifyBytes } from "./signature.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("base64 has one form", () => {
  assert.deepEqual(fromBase64("aGk="), bytes("hi").slice());
  for (const text of ["aGk", "aGl=", "aG k=", "aGk=\n", "_-8="])
    assertCode(() => fromBase64(text), "ERR_BASE64_INVALID");
  for (const text of ["aGk=", "aGl", "+/8"]) assertCode(() => fromBase64Url(text), "ERR_BASE64_INVALID");
});

test("PEM is read with what stands around its blocks, and refused when it is not whole", () => {
  const block = { label: "PUBLIC KEY", bytes: new Uint8Array(100).fill(7) };
  const text = `about it\n${formatPem(block).replaceAll("\n", "\r\n")}`;
  assert.deepEqual(parsePem(text), [block]);
  assertCode(() => parsePemOf(text, ["PRIVATE KEY"]), "ERR_PEM_INVALID");
  assertCode(() => parsePemOf(text + text, ["PUBLIC KEY"]), "ERR_PEM_INVALID");
  const broken = [
    "",
    "-----BEGIN A-----\naGk=\n",
    "-----BEGIN A-----\naGk=\n-----END B-----\n",
    "-----BEGIN A-----\nProc-Type: 4\n\naGk=\n-----END A-----\n",
  ];
  for (const each of broken) assertCode(() => parsePem(each), "ERR_PEM_INVALID");
});

test("DSSE signs what the protocol says", () => {
  const encoded = preAuthEncoding("http://example.com/HelloWorld", bytes("hello world"));
  assert.equal(Buffer.from(encoded).toString(), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

test("a DSSE envelope comes back from JSON and verifies with its key only", async () => {
  const [key, other] = [await generateKey(), await generateKey()];
  const envelope = await signDsse("text/plain", bytes("payload"), keySigner(key));
  const json = JSON.stringify({ ...dsseToJson(envelope), future: true });
  const read = parseDsse(json);
  assert.ok(isSignedBy(read, key));
  assert.ok(!isSignedBy(read, other));
  assert.ok(!isSignedBy({ ...read, payloadType: "text/html" }, key));
  for (const text of [
    "[]",
    "{}",
    '{"payloadType":"a","payload":"aGk=","signatures":[]}',
    json.replace("text/plain", 'a","payloadType":"b'),
  ])
    assertCode(() => parseDsse(text), "ERR_ENVELOPE_INVALID");
});

// From appendix A of RFC 8949, but for what is not read here.
const CBOR: readonly (readonly [string, CborValue])[] = [
  ["00", 0],
  ["17", 23],
  ["1818", 24],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["1bffffffffffffffff", 18446744073709551615n],
  ["20", -1],
  ["3903e7", -1000],
  ["3bffffffffffffffff", -18446744073709551616n],
  ["f4", false],
  ["f5", true],
  ["f6", null],
  ["c11a514b67b0", new CborTag(1, 1363896240)],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["62c3bc", "\u00fc"],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
  [
    "a26161016162820203",
    new Map<string, CborValue>([
      ["a", 1],
      ["b", [2, 3]],
    ]),
  ],
];

test("CBOR is read and written as RFC 8949 has it", () => {
  for (const [hex, value] of CBOR) {
    assert.deepEqual(decodeCbor(fromHex(hex)), value, hex);
    assert.equal(toHex(encodeCbor(value)), hex);
  }
});

test("CBOR in other forms is refused", () => {
  const refused = [
    "",
    "1817",
    "190017",
    "1a00000017",
    "5f42010243030405ff",
    "9fff",
    "bf6161f5ff",
    "f97e00",
    "fb3ff199999999999a",
    "f7",
    "f818",
    "a200000000",
    "a1820001",
    "62c328",
    "0000",
    "82",
    "9b7fffffffffffffff",
    "5affffffff00",
    "ff",
    "1c",
    "81".repeat(40) + "00",
  ];
  for (const hex of refused) assertCode(() => decodeCbor(fromHex(hex)), "ERR_CBOR_INVALID");
});

test("a COSE_Sign1 comes back, and its signature covers headers and payload", async () => {
  const key = await generateKey();
  const scheme = { hash: "sha256", encoding: "ieee-p1363" } as const;
  const written = await writeCoseSign1({
    protected: new Map<number | string, CborValue>([
      [1, -7],
      ["b", 1],
    ]),
    unprotected: new Map<number, CborValue>([[33, [Uint8Array.of(1)]]]),
    payload: bytes("payload"),
    sign: async (signed) => signBytes(key, signed, scheme),
  });
  const read = parseCoseSign1(written);
  assert.equal(read.protected.get(1), -7);
  assert.ok(verifyBytes(key, read.signed, read.signature, scheme));
  assertCode(() => parseCoseSign1(written.subarray(1)), "ERR_ENVELOPE_INVALID");
  const twice = encodeCbor(
    new CborTag(18, [encodeCbor(new Map([[1, -7]])), new Map([[1, -7]]), bytes("p"), bytes("s")]),
  );
  assertCode(() => parseCoseSign1(twice), "ERR_ENVELOPE_INVALID");
});

test("a JWS comes back, and takes no header for the second time", async () => {
  const key = await generateKey();
  const scheme = { hash: "sha256", encoding: "ieee-p1363" } as const;
  const text = await writeJws({
    protected: { alg: "ES256" },
    header: { x5c: [] },
    payload: bytes("{}"),
    sign: async (signed) => signBytes(key, signed, scheme),
  });
  const read = parseJws(text);
  assert.equal(read.protected.get("alg").string(), "ES256");
  assert.ok(verifyBytes(key, read.signed, read.signature, scheme));
  for (const other of [text.replace('"x5c"', '"alg"'), text.replace('"header"', '"signatures"'), "{}", `${text} x`])
    assertCode(() => parseJws(other), "ERR_ENVELOPE_INVALID");
});
