import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { MAX_TOKEN_BYTES, type Token, formatToken, parseToken } from "./token.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("parseToken() reads the answers of token servers", () => {
  const rows: readonly (readonly [string, Token])[] = [
    ['{"token":"abc"}', { token: "abc", expiresInSeconds: 60 }],
    ['{"access_token":"abc","expires_in":300}', { token: "abc", expiresInSeconds: 300 }],
    ['{"token":"","access_token":"abc"}', { token: "abc", expiresInSeconds: 60 }],
    ['{"token":"abc","access_token":"def"}', { token: "abc", expiresInSeconds: 60 }],
    ['{"token":"abc","expires_in":0,"issued_at":null,"refresh_token":""}', { token: "abc", expiresInSeconds: 60 }],
    ['{"token":"abc","expires_in":12345678901234567890}', { token: "abc", expiresInSeconds: Number.MAX_SAFE_INTEGER }],
    ['{"token":"abc","expires_in":-5}', { token: "abc", expiresInSeconds: 60 }],
    ['{"token":"abc","issued_at":"0001-01-01"}', { token: "abc", expiresInSeconds: 60 }],
    ['{"token":"abc","scope":["x"]}', { token: "abc", expiresInSeconds: 60 }],
    [
      '{"token":"e.y.J","expires_in":3600,"issued_at":"2009-11-10T23:00:00Z","refresh_token":"r","scope":"repository:a:pull"}',
      {
        token: "e.y.J",
        expiresInSeconds: 3600,
        issuedAt: "2009-11-10T23:00:00Z",
        refreshToken: "r",
        scope: "repository:a:pull",
      },
    ],
  ];
  for (const [text, token] of rows) assert.deepEqual(parseToken(bytes(text)), token, text);
});

test("parseToken() refuses what is none, and never shows a token", () => {
  const wrong = [
    "",
    "secret",
    "[]",
    "{}",
    '{"token":""}',
    '{"token":null}',
    '{"token":{"secret":1}}',
    '{"token":"secret\\r\\nX-Header: 1"}',
    '{"token":"secret ü"}',
    '{"token":"secret","expires_in":"60"}',
    '{"token":"secret","expires_in":1.5}',
    '{"token":"secret","refresh_token":1}',
    '{"token":"secret","token":"secret"}',
  ];
  for (const text of wrong) {
    assert.throws(
      () => parseToken(bytes(text)),
      (error: Error & { code: string }) => error.code === "ERR_DOCUMENT_INVALID" && !error.message.includes("secret"),
      text,
    );
  }
  assert.throws(() => parseToken(new Uint8Array(MAX_TOKEN_BYTES + 1)), { code: "ERR_DOCUMENT_INVALID" });
});

test("parseToken() reads what formatToken() writes", () => {
  const token: fc.Arbitrary<Token> = fc.record(
    {
      token: fc.stringMatching(/^[!-~]{1,99}$/),
      expiresInSeconds: fc.integer({ min: 60, max: Number.MAX_SAFE_INTEGER }),
      issuedAt: fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-01-01") })
        .map((date) => date.toISOString()),
      refreshToken: fc.string({ minLength: 1 }),
      scope: fc.string(),
    },
    { requiredKeys: ["token", "expiresInSeconds"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(token, (each) => {
      assert.deepEqual(parseToken(bytes(formatToken(each))), each);
    }),
  );
});
