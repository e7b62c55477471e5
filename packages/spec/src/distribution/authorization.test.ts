import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Credentials, formatAuthorization, parseAuthorization } from "./authorization.ts";

test("parseAuthorization() agrees with the examples of RFC 7617 and RFC 6750", () => {
  const rows: readonly (readonly [string, Credentials | undefined])[] = [
    ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", { scheme: "basic", user: "Aladdin", password: "open sesame" }],
    ["Basic dGVzdDoxMjPCow==", { scheme: "basic", user: "test", password: "123£" }],
    ["basic  OnA6cQ==", { scheme: "basic", user: "", password: "p:q" }],
    ["Bearer mF_9.B5f-4.1JqM", { scheme: "bearer", token: "mF_9.B5f-4.1JqM" }],
    ["BEARER x", { scheme: "bearer", token: "x" }],
    ["Negotiate YII=", undefined],
  ];
  for (const [value, credentials] of rows) assert.deepEqual(parseAuthorization(value), credentials, value);
});

test("parseAuthorization() refuses what is none, without showing it", () => {
  const long = `Bearer ${"a".repeat(20_000)}`;
  for (const value of [
    "",
    "Basic",
    "Basic secret",
    "Basic c2VjcmV0",
    "Basic /w==",
    "Bearer a secret",
    ["Bearer a", "Bearer b"],
    long,
  ]) {
    assert.throws(
      () => parseAuthorization(value),
      (error: Error & { code: string }) => error.code === "ERR_HEADER_INVALID" && !error.message.includes("secret"),
      String(value),
    );
  }
});

test("parseAuthorization() reads what formatAuthorization() writes", () => {
  const credentials: fc.Arbitrary<Credentials> = fc.oneof(
    fc.record(
      {
        scheme: fc.constant("basic" as const),
        user: fc.string({ unit: "grapheme" }).filter((user) => !user.includes(":")),
        password: fc.string({ unit: "grapheme" }),
      },
      { noNullPrototype: true },
    ),
    fc.record(
      { scheme: fc.constant("bearer" as const), token: fc.stringMatching(/^[!-~]{1,200}$/) },
      { noNullPrototype: true },
    ),
  );
  fc.assert(
    fc.property(credentials, (each) => {
      assert.deepEqual(parseAuthorization(formatAuthorization(each)), each);
    }),
  );
});

test("formatAuthorization() refuses what cannot be sent", () => {
  assert.throws(() => formatAuthorization({ scheme: "basic", user: "a:b", password: "" }), {
    code: "ERR_HEADER_INVALID",
  });
  for (const token of ["", "a b", "a\r\nb", "ü"]) {
    assert.throws(() => formatAuthorization({ scheme: "bearer", token }), { code: "ERR_HEADER_INVALID" }, token);
  }
});
