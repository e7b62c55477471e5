import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { printable, redact } from "@teu/std/redact";
import * as fc from "fast-check";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const WEB_TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

const REDACTED: readonly (readonly [text: string, expected: string])[] = [
  ["GET https://user:secret@host/v2/: 401", "GET https://***@host/v2/: 401"],
  ["https://user@host", "https://***@host"],
  ["https://:secret@host:5000/x", "https://***@host:5000/x"],
  ["https://user:p@ss:w@rd@host/x", "https://***@host/x"],
  ["https://user:it's@host", "https://***@host"],
  ["https://user:%2F@host/a?b=c@d", "https://***@host/a?b=c@d"],
  ["HTTPS://USER:SECRET@HOST", "HTTPS://***@HOST"],
  [
    'proxy "socks5h://u:p@[::1]:1080" and git+ssh://git@host/x',
    'proxy "socks5h://***@[::1]:1080" and git+ssh://***@host/x',
  ],
  ["http://a:b@c http://d:e@f", "http://***@c http://***@f"],
  ["Authorization: Basic YTpi", "Authorization: Basic ***"],
  ["AUTHORIZATION: BA\u017fIC YTpi", "AUTHORIZATION: BA\u017fIC ***"],
  ["Coo\u212aie: a=b", "Coo\u212aie: ***"],
  ["authorization: Bearer a b c\nHost: x", "authorization: Bearer ***\nHost: x"],
  ["Proxy-Authorization: Negotiate YII=", "Proxy-Authorization: Negotiate ***"],
  ["{ authorization: 'Basic YTpi', host: 'x' }", "{ authorization: 'Basic ***', host: 'x' }"],
  ['{"Authorization":"Bearer abc","host":"x"}', '{"Authorization":"Bearer ***","host":"x"}'],
  ["Cookie: session=1; b=2\r\nHost: x", "Cookie: ***\r\nHost: x"],
  ["set-cookie: a=b; HttpOnly", "set-cookie: ***"],
  ["X-Registry-Auth: e30=", "X-Registry-Auth: ***"],
  ["sent Bearer abcDEF123._~+/-== and more", "sent Bearer *** and more"],
  ["sent basic dXNlcjpwYXNz, refused", "sent basic ***, refused"],
  [`Bearer ${"a".repeat(24)}`, "Bearer ***"],
  ["/token?service=x&access_token=abc&scope=y", "/token?service=x&access_token=***&scope=y"],
  ["/x?token=a#b", "/x?token=***#b"],
  ["/x?sv=1&sig=a%2Bb%3D&se=2", "/x?sv=1&sig=***&se=2"],
  [
    "/x?X-Amz-Credential=AK/2026&X-Amz-Date=1&X-Amz-Signature=00ff",
    "/x?X-Amz-Credential=***&X-Amz-Date=1&X-Amz-Signature=***",
  ],
  ["/x?X-Goog-Signature=00ff", "/x?X-Goog-Signature=***"],
  ["grant_type=password&password=p%40ss&username=u", "grant_type=password&password=***&username=u"],
  ["refresh_token=abc&x=y", "refresh_token=***&x=y"],
  ["ran login --password='a' --username=b", "ran login --password='***' --username=b"],
  ['{"token":"abc","expires_in":60}', '{"token":"***","expires_in":60}'],
  ['{"auths":{"host":{"auth": "YTpi"}}}', '{"auths":{"host":{"auth": "***"}}}'],
  [`got ${WEB_TOKEN}, expired`, "got ***, expired"],
];

/** Texts in which nothing is secret. */
const ORDINARY = [
  "",
  "Reading an image manifest: layers[0].size: expected an integer, got string",
  "Basic authentication is not offered, expected Bearer challenge",
  'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull"',
  'Basic realm="registry"',
  "the bearer of the token is unknown: token: expected a string, password: is required",
  "authorization: expected an object, got null",
  `docker://alpine@${DIGEST}`,
  `pulling docker://host:5000/team/app:v1@${DIGEST}`,
  `host:5000/team/app@${DIGEST} and user@host and a@b:c`,
  "https://host/path/@scope/name?x=a@b#c@d",
  "git@github.com:owner/name.git",
  '{"url":"https://host","email":"a@b"}',
  "https://host/v2/?n=100&last=token",
  "grüße, 日本語, 👩‍👩‍👧 and می‌خواهم\n\tindented",
  "the secret name; a password is needed; key=value; tokens=3; max_token=4",
  "cookies are not kept, a code=5 is not a secret",
];

suite("redact()", () => {
  test("hides credentials", () => {
    for (const [text, expected] of REDACTED) assert.equal(redact(text), expected);
  });

  test("leaves ordinary text alone", () => {
    for (const text of ORDINARY) assert.equal(redact(text), text);
  });

  test("leaves what it has redacted alone", () => {
    for (const [, expected] of REDACTED) assert.equal(redact(expected), expected);
  });

  test("hides the password of any URL", () => {
    const password = fc.stringMatching(/^[a-z0-9!$&()*+,;=:%~._-]{1,30}$/);
    fc.assert(
      fc.property(password, (word) => {
        assert.equal(redact(`get https://user:${word}@host/path: refused`), "get https://***@host/path: refused");
      }),
    );
  });

  test("takes time linear in the length of hostile text", () => {
    const pieces = ["a.", "a-", "a://", "a://b", "://@", "Bearer ", "Bearer-", "basic a", "authorization: ", "cookie"];
    const more = ["?token=", "&sig", "password=", '"token":"', '"auth" : ', "eyJ", "eyJaaaaaaaa.", "eyJaaaaaaaa.eyJ"];
    for (const piece of [...pieces, ...more]) {
      const start = performance.now();
      redact(piece.repeat(Math.ceil(200_000 / piece.length)));
      assert.ok(performance.now() - start < 1000, piece);
    }
  });
});

suite("printable()", () => {
  test("makes control and bidirectional characters visible", () => {
    assert.equal(printable("a\u001b[31mb\u0000\r\u007f\u0085\u009b"), "a\\u{1b}[31mb\\u{0}\\u{d}\\u{7f}\\u{85}\\u{9b}");
    assert.equal(printable("\u202eexe.txt\u202c \u2066x\u2069"), "\\u{202e}exe.txt\\u{202c} \\u{2066}x\\u{2069}");
    assert.equal(printable("\u200e\u200f\u061c\u2028\u2029"), "\\u{200e}\\u{200f}\\u{61c}\\u{2028}\\u{2029}");
  });

  test("redacts", () => {
    assert.equal(printable("https://u:p@host"), "https://***@host");
  });

  test("leaves ordinary text alone, with its newlines, tabs, letters and joiners", () => {
    for (const text of ORDINARY) assert.equal(printable(text), text);
  });

  test("leaves nothing that a terminal obeys, and what it gives stays as it is", () => {
    const plain = fc.constantFrom("a", ":", "/", "@", "=", "?", "é", "😀", "\n", "\t", "token=", "Bearer ", "https://");
    const control = fc.nat(0x9f).map((code) => String.fromCodePoint(code));
    const direction = fc.constantFrom("\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069");
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(plain, control, direction) }), (text) => {
        const shown = printable(text);
        assert.doesNotMatch(shown, /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u);
        assert.equal(printable(shown), shown);
      }),
    );
  });
});
